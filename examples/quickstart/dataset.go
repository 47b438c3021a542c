package main

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"time"
)

// kind is a core type of Redis, in the words of its command TYPE.
type kind string

const (
	kindString kind = "string"
	kindHash   kind = "hash"
	kindList   kind = "list"
	kindSet    kind = "set"
	kindZset   kind = "zset"
	kindStream kind = "stream"
)

func kinds() []kind {
	return []kind{kindString, kindHash, kindList, kindSet, kindZset, kindStream}
}

// The first keys of a dataset are big ones of several megabytes, one of each
// type; big hashes and the like are what makes a snapshot's loading uneven.
const (
	bigKeys  = 6
	bigBytes = 4 << 20
	bigItem  = 256
	minKeys  = 100
)

// dataset describes the data without holding it: each key is a function of the
// seed and its index.
type dataset struct {
	keys      int
	valueSize int
	seed      uint64
}

// entry is what one key is like.
type entry struct {
	index int
	kind  kind
	db    int
	key   string
	ttl   time.Duration // 0: none
}

func (e entry) big() bool { return e.index < bigKeys }

// rng is the source of the key's randomness; two calls give the same numbers.
func (d dataset) rng(index int) *rand.ChaCha8 {
	var seed [32]byte
	binary.LittleEndian.PutUint64(seed[:], d.seed)
	binary.LittleEndian.PutUint64(seed[8:], uint64(index))
	return rand.NewChaCha8(seed)
}

// entry returns what the key with that index is like.
func (d dataset) entry(index int) entry {
	r := rand.New(d.rng(index))
	e := entry{index: index, kind: drawKind(r.IntN(100)), ttl: drawTTL(r)}
	if r.IntN(4) == 0 {
		e.db = 1
	}
	if e.big() {
		e.kind, e.db = kinds()[index], index%databases
		e.ttl = time.Duration(index) * time.Hour // none on the first
	}
	e.key = fmt.Sprintf("data:%s:%d", e.kind, index)
	return e
}

func drawKind(percent int) kind {
	switch {
	case percent < 50:
		return kindString
	case percent < 65:
		return kindHash
	case percent < 75:
		return kindList
	case percent < 85:
		return kindSet
	case percent < 95:
		return kindZset
	}
	return kindStream
}

// drawTTL gives every fifth key a TTL of hours and every fiftieth one that ends
// within the first minute, so while the migration runs or just after.
func drawTTL(r *rand.Rand) time.Duration {
	switch n := r.IntN(50); {
	case n == 0:
		return time.Second + time.Duration(r.Int64N(int64(time.Minute)))
	case n <= 10:
		return time.Hour + time.Duration(r.Int64N(int64(48*time.Hour)))
	}
	return 0
}

// outlives reports whether the key is there for as long as the demo runs.
func (e entry) outlives() bool { return e.ttl == 0 || e.ttl >= time.Hour }

// sample draws n different keys, the big ones always among them, in the order
// of their indexes and without keeping a list of all keys.
func (d dataset) sample(n int, yield func(entry) error) error {
	r := rand.New(rand.NewPCG(d.seed, 0))
	left := min(n, d.keys) - bigKeys
	for i := range d.keys {
		if i >= bigKeys {
			if r.IntN(d.keys-i) >= left {
				continue
			}
			left--
		}
		if err := yield(d.entry(i)); err != nil {
			return err
		}
	}
	return nil
}
