package diagnose

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/cachelift/cachelift/internal/redisinfo"
	"github.com/cachelift/cachelift/preflight"
	"github.com/cachelift/cachelift/progress"
)

// step is one look in a test: what the ends say differently from the look before, as
// fields of INFO with blanks between.
type step struct {
	after          time.Duration // since the look before; 0 is a second
	source, target string        // "!": it does not answer
	link           redisinfo.Link
	sample         progress.Sample
	timeout        time.Duration // repl-timeout of the source
}

// What two servers say that are in order, recorded on Redis 7.0.15.
const (
	goodSource = "redis_version:7.0.15 run_id:s1 role:master master_replid:h1 repl_backlog_active:1 repl_backlog_size:1048576 sync_full:0 sync_partial_ok:0 " +
		"sync_partial_err:0 unexpected_error_replies:0 rdb_last_bgsave_status:ok rdb_bgsave_in_progress:0 rdb_current_bgsave_time_sec:-1 master_repl_offset:1000 " +
		"slave0:ip=10.0.0.7,port=6379,state=online,offset=1000,lag=0"
	goodTarget = "run_id:t1 role:slave master_link_status:up master_last_io_seconds_ago:0 master_replid:h1 slave_repl_offset:1000 unexpected_error_replies:0 evicted_keys:0 " +
		"loading:0 master_sync_in_progress:0 used_memory:1000000 maxmemory:0"
	// As it is before there is a link.
	unlinkedSource = "slave0: connected_slaves:0"
	unlinkedTarget = "master_link_status:down master_link_down_since_seconds:-1 master_replid:t9 slave_repl_offset:0"
)

func at(second float64) time.Time {
	return time.Date(2026, 1, 18, 12, 0, 0, 0, time.UTC).Add(time.Duration(second * float64(time.Second)))
}

// fields is INFO by its fields, so that the next look can change some.
type fields map[string]string

func (f fields) set(text string) {
	for word := range strings.FieldsSeq(text) {
		name, value, _ := strings.Cut(word, ":")
		f[name] = value
	}
}

func (f fields) info() redisinfo.Info {
	var b strings.Builder
	b.WriteString("# Keyspace\r\n")
	for name, value := range f {
		if value != "" || name == "master_replid" {
			b.WriteString(name + ":" + value + "\r\n")
		}
	}
	return redisinfo.ParseInfo(b.String())
}

// seen is the history of looks; the first is of two servers in order, but for what the
// first step says.
func seen(steps ...step) *History { return seenBy(&History{}, steps...) }

func seenBy(h *History, steps ...step) *History {
	source, target := fields{}, fields{}
	source.set(goodSource)
	target.set(goodTarget)
	now := 0.0
	for i, s := range steps {
		if i > 0 {
			now += max(s.after.Seconds(), 0)
			if s.after == 0 {
				now++
			}
		}
		l := Look{At: at(now), TargetAddr: "10.0.0.7:6379", Link: s.link, ReplTimeout: s.timeout, Sample: s.sample}
		if s.source == "!" {
			l.SourceErr = errors.New("connect: refused")
		} else {
			source.set(s.source)
			l.Source = source.info()
		}
		if s.target == "!" {
			l.TargetErr = errors.New("connect: refused")
		} else {
			target.set(s.target)
			l.Target = target.info()
		}
		if l.Sample.Phase == "" && l.both() {
			l.Sample.Phase = phaseOf(l.Target)
		}
		l.Sample.At, l.Sample.LinkUp = l.At, l.up()
		if l.Sample.ReadBytes == 0 {
			l.Sample.ReadBytes = l.Target.Int("master_sync_read_bytes")
		}
		h.Add(l)
	}
	return h
}

func phaseOf(target redisinfo.Info) progress.Phase {
	switch {
	case target.Str("master_link_status") == "up":
		return progress.PhaseStreaming
	case target.Int("loading") == 1:
		return progress.PhaseLoading
	case target.Int("master_sync_read_bytes") > 0:
		return progress.PhaseTransfer
	case target.Int("master_sync_in_progress") == 1:
		return progress.PhaseWaiting
	}
	return progress.PhaseConnecting
}

// facts are what a preflight saw.
func facts(change func(*preflight.Facts)) *preflight.Facts {
	f := &preflight.Facts{
		Source:     &preflight.Node{Engine: "redis", Version: "7.0.15", Keys: map[int]int64{0: 5}, Commands: &preflight.Commands{Asked: 100}},
		TargetNode: &preflight.Node{Engine: "redis", Version: "7.1.0", Databases: 16},
		Target:     &preflight.Target{ID: "prod", Exists: true, Engine: "redis", EngineVersion: "7.1.0", Databases: 16},
	}
	if change != nil {
		change(f)
	}
	return f
}

func lacking(commands ...string) *preflight.Facts {
	return facts(func(f *preflight.Facts) { f.Source.Commands.Missing = commands })
}

// TestHistoryDoesNotGrow: a run of days keeps no more than one of minutes.
func TestHistoryDoesNotGrow(t *testing.T) {
	t.Parallel()
	h := &History{}
	source, target := fields{}, fields{}
	source.set(goodSource)
	target.set(goodTarget)
	for i := range 2_000 {
		up := i%2 == 0
		source["sync_full"] = string(rune('0' + i%10))
		target["master_link_status"] = map[bool]string{true: "up", false: "down"}[up]
		h.Add(Look{At: at(float64(i)), Source: source.info(), Target: target.info(), Sample: progress.Sample{Phase: progress.PhaseCatchUp}})
	}
	if n := len(h.began) + len(h.drops); n > 2*mostRecent || cap(h.began) > 4*mostRecent || cap(h.drops) > 4*mostRecent {
		t.Errorf("%d times are kept, in room for %d and %d", n, cap(h.began), cap(h.drops))
	}
	for _, c := range h.counters {
		if len(c.times) > mostRecent {
			t.Errorf("a counter keeps %d times", len(c.times))
		}
	}
}

// A server that counts anew, after a restart or CONFIG RESETSTAT, has not counted
// backwards.
func TestCounter(t *testing.T) {
	t.Parallel()
	var c counter
	grown := int64(0)
	for i, v := range []int64{5, 5, 7, 2, 2, 3} {
		grown += c.observe(v, at(float64(i)))
	}
	if grown != 5 || c.grown != 5 || c.value != 3 {
		t.Errorf("grown by %d and %d to %d, want 5 to 3", grown, c.grown, c.value)
	}
}

// Another replica of the source may sync at the same time.
func TestSyncsOfOthersDoNotCount(t *testing.T) {
	t.Parallel()
	going := func(read, full string) step {
		return step{
			source: "slave0:ip=10.0.0.7,port=6379,state=send_bulk,offset=0,lag=0 sync_full:" + full,
			target: "master_link_status:down master_sync_in_progress:1 master_sync_read_bytes:" + read,
		}
	}
	h := seen(going("10", "1"), going("20", "2"), going("30", "3"), going("40", "4"))
	if h.inVain != 0 {
		t.Errorf("%d full syncs are taken for the target's, which went on all the time", h.inVain)
	}
	if h = seen(going("10", "1"), going("5", "2"), going("3", "3")); h.inVain != 2 {
		t.Errorf("%d full syncs in vain, want 2: the target began anew twice", h.inVain)
	}
}
