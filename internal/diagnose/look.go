package diagnose

import (
	"cmp"
	"net"
	"slices"
	"time"

	"github.com/cachelift/cachelift/internal/redisinfo"
	"github.com/cachelift/cachelift/progress"
)

// Look is what both ends said at about the same time.
type Look struct {
	// At is when.
	At time.Time
	// Source is INFO of the source, and SourceErr why there is none.
	Source    redisinfo.Info
	SourceErr error
	// Target is INFO of the target's primary, and TargetErr why there is none.
	Target    redisinfo.Info
	TargetErr error
	// Link is what ROLE of the target says of its link; "" if not known.
	Link redisinfo.Link
	// TargetAddr is where the target was asked, "host:port".
	TargetAddr string
	// ReplTimeout is repl-timeout of the source; 0 if not known.
	ReplTimeout time.Duration
	// Sample is what observers are told; its zero value if an end did not answer.
	Sample progress.Sample
}

// usualReplTimeout is repl-timeout of Redis as it ships, and of ElastiCache, where
// it cannot be changed (documented).
const usualReplTimeout = time.Minute

func (l Look) replTimeout() time.Duration { return cmp.Or(l.ReplTimeout, usualReplTimeout) }

func (l Look) both() bool { return !l.At.IsZero() && l.SourceErr == nil && l.TargetErr == nil }

// up reports whether the target follows the stream.
func (l Look) up() bool { return l.TargetErr == nil && l.Target.Str("master_link_status") == "up" }

func (l Look) follows() bool {
	return l.TargetErr == nil && l.Target.Str("role") == string(redisinfo.Slave)
}

// Unlinked reports whether the target follows and has no connection to the source
// that the source knows of. A target that is refused says every now and then that a
// full sync is in progress, of which nothing comes.
func (l Look) Unlinked() bool {
	idle := l.Target.Int("master_sync_read_bytes") == 0 && l.Target.Int("loading") == 0
	return l.both() && l.follows() && !l.up() && idle && !l.listed()
}

// listed reports whether the source lists the target, as far as can be told: a replica
// in the middle of a full sync may be it.
func (l Look) listed() bool {
	if _, ok := l.ours(); ok {
		return true
	}
	return slices.ContainsFunc(l.Source.Replicas(), func(r redisinfo.Replica) bool { return r.State != "online" })
}

// ours is the target as the source lists it. It is told apart from other replicas by
// its port and, if the target's address is no name, by its IP. A source whose
// REPLCONF is renamed gives port 0; one that lists one replica alone, while the target
// follows the stream, lists the target.
func (l Look) ours() (redisinfo.Replica, bool) {
	all := l.Source.Replicas()
	host, port, err := net.SplitHostPort(l.TargetAddr)
	if err != nil {
		return redisinfo.Replica{}, false
	}
	var found []redisinfo.Replica
	for _, r := range all {
		ip, p, _ := net.SplitHostPort(r.Addr)
		if (p == port || p == "0") && (net.ParseIP(host) == nil || ip == host) {
			found = append(found, r)
		}
	}
	switch {
	case len(found) == 1:
		return found[0], true
	case len(all) == 1 && l.up():
		return all[0], true
	}
	return redisinfo.Replica{}, false
}

// marks are the counters of which one moves as long as the sync goes forward. That
// a save takes time says nothing any more when its data are on the way.
func (l Look) marks() [8]int64 {
	m := [8]int64{
		l.Source.Int("sync_full"), l.Source.Int("sync_partial_ok"), l.Source.Int("current_save_keys_processed"),
		l.Target.Int("slave_repl_offset"), l.Target.Int("master_sync_read_bytes"), l.Target.Int("master_sync_left_bytes"),
		l.Target.Int("loading_loaded_bytes"),
	}
	if l.Sample.Phase == progress.PhaseWaiting {
		m[7] = l.Source.Int("rdb_current_bgsave_time_sec")
	}
	return m
}

// highest is the highest database of the source that has keys; -1 if none has.
func (l Look) highest() int {
	high := -1
	for db, ks := range l.Source.Keyspace() {
		if ks.Keys > 0 {
			high = max(high, db)
		}
	}
	return high
}

// overMemory is by how much the target's data exceed its maxmemory. What the server
// does not count itself when it evicts is left out.
func (l Look) overMemory() (used, most int64, over bool) {
	most = l.Target.Int("maxmemory")
	used = l.Target.Int("used_memory") - l.Target.Int("mem_not_counted_for_evict")
	return used, most, most > 0 && used > most
}
