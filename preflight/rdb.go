package preflight

import "math"

// newerRDB stands for every RDB version that is newer than those of the table.
const newerRDB = math.MaxInt

// rdbFormat is which RDB versions a server sends in a full sync and which it
// can load.
type rdbFormat struct {
	engine string
	// from is the first version of the engine to which this applies.
	from version
	// writes are the versions that it may send; several if it picks one by what
	// the replica says of itself, or if that is not known.
	writes []int
	// reads is the newest version that it loads, with all older ones; also is
	// one more.
	reads, also int
	// perhaps is the newest version of which it is not known whether it loads
	// it; 0 for none.
	perhaps int
}

// rdbFormats are in the order of versions. Measured: full syncs between Redis
// 2.8 to 7.4 and Valkey 7.2 and 8.0. The others:
//   - ElastiCache's Redis OSS 7.1 has no counterpart in the open source; it is
//     taken for a 7.0 (assumed), and whether it knows version 11 is not known.
//   - 7.3 is what the release candidates of Redis 7.4 call themselves.
//   - Redis 8 writes 12 or newer (reported); what exactly does not matter to
//     any engine of ElastiCache.
//   - Valkey takes 12 to 79 for another project's and refuses them; Valkey 9
//     writes 80, or 11 to a replica that announces an older version (reported).
func rdbFormats() []rdbFormat {
	return []rdbFormat{
		{engine: "redis", from: version{2, 8, 0}, writes: []int{6}, reads: 6},
		{engine: "redis", from: version{3, 2, 0}, writes: []int{7}, reads: 7},
		{engine: "redis", from: version{4, 0, 0}, writes: []int{8}, reads: 8},
		{engine: "redis", from: version{5, 0, 0}, writes: []int{9}, reads: 9},
		{engine: "redis", from: version{7, 0, 0}, writes: []int{10}, reads: 10},
		{engine: "redis", from: version{7, 1, 0}, writes: []int{10, 11}, reads: 10, perhaps: 11},
		{engine: "redis", from: version{7, 2, 0}, writes: []int{11}, reads: 11},
		{engine: "redis", from: version{7, 3, 0}, writes: []int{12}, reads: 12},
		{engine: "redis", from: version{8, 0, 0}, writes: []int{12, newerRDB}, reads: 12, perhaps: newerRDB},
		{engine: "valkey", from: version{7, 2, 0}, writes: []int{11}, reads: 11},
		{engine: "valkey", from: version{9, 0, 0}, writes: []int{11, 80}, reads: 11, also: 80},
		{engine: "valkey", from: version{10, 0, 0}, writes: []int{11, 80, newerRDB}, reads: 11, also: 80, perhaps: newerRDB},
	}
}

// rdbOf returns what is known of a version of an engine; ok is false if
// nothing is.
func rdbOf(engine string, v version) (format rdbFormat, ok bool) {
	for _, f := range rdbFormats() {
		if f.engine == engine && !v.less(f.from) {
			format, ok = f, true
		}
	}
	return format, ok
}

// loads tells whether a server with format r can load what one with format
// source sends: Pass, Fail, or Unknown if it depends on which version is sent
// or that is not known.
func (r rdbFormat) loads(source rdbFormat) Outcome {
	loaded, refused := 0, 0
	for _, n := range source.writes {
		switch {
		case n <= r.reads || n == r.also:
			loaded++
		case n > r.perhaps:
			refused++
		}
	}
	switch len(source.writes) {
	case loaded:
		return Pass
	case refused:
		return Fail
	default:
		return Unknown
	}
}
