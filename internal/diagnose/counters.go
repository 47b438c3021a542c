package diagnose

import (
	"fmt"
	"time"

	"github.com/cachelift/cachelift/internal/redisinfo"
)

// The counters of INFO that are followed.
const (
	sourceSyncFull = iota
	sourcePartialOK
	sourcePartialErr
	sourceBufferDrops
	sourceErrors
	targetErrors
	targetEvicted
	counters // how many
)

func ofTarget(counter int) bool { return counter >= targetErrors }

// counter follows a number that a server only ever counts up, until it is restarted
// or told to begin anew.
type counter struct {
	field string
	seen  bool
	from  int64 // at the first look
	value int64
	grown int64 // since the first look
	times recent
}

func (c *counter) observe(v int64, at time.Time) int64 {
	if !c.seen {
		c.seen, c.from, c.value = true, v, v
		return 0
	}
	growth := v - c.value
	if growth < 0 {
		growth = v
	}
	c.value = v
	if growth > 0 {
		c.grown += growth
		c.times.add(at)
	}
	return growth
}

// count follows all counters and returns by how much each grew since the last look.
func (h *History) count(l Look) [counters]int64 {
	var grown [counters]int64
	for i, field := range [counters]string{
		"sync_full", "sync_partial_ok", "sync_partial_err", "client_output_buffer_limit_disconnections", "unexpected_error_replies",
		"unexpected_error_replies", "evicted_keys",
	} {
		var info redisinfo.Info
		if info = l.Source; ofTarget(i) {
			info = l.Target
		}
		if !info.Has(field) { // it did not answer, or is too old
			continue
		}
		c := &h.counters[i]
		if c.field = field; !c.seen && h.Attached && ofTarget(i) {
			c.observe(0, l.At)
		}
		grown[i] = c.observe(info.Int(field), l.At)
	}
	return grown
}

// tell is a counter as evidence, "" if it was never seen.
func (h *History) tell(i int) string {
	end, c := "source", h.counters[i]
	if ofTarget(i) {
		end = "target"
	}
	if !c.seen {
		return ""
	}
	return fmt.Sprintf("%s of the %s: %d, %d more than at first", c.field, end, c.value, c.grown)
}

// What tells one server, or one history, from another.
const (
	sourceRun = iota
	sourceHistory
	sourceRole
	targetRun
	identities // how many
)

// change is the last one of an identity.
type change struct {
	value    string // at the last look
	from, to string
	at       time.Time // zero if there was none
}

func (c *change) observe(v string, at time.Time) {
	if v == "" {
		return
	}
	if c.value != "" && c.value != v {
		c.from, c.to, c.at = c.value, v, at
	}
	c.value = v
}

func (h *History) identify(l Look) {
	if l.SourceErr == nil {
		h.changes[sourceRun].observe(l.Source.Str("run_id"), l.At)
		h.changes[sourceRole].observe(l.Source.Str("role"), l.At)
		// A server that never had a replica takes a new history when the first one
		// comes, so only one that has a backlog has one to lose.
		if l.Source.Int("repl_backlog_active") == 1 {
			h.changes[sourceHistory].observe(l.Source.Str("master_replid"), l.At)
		}
	}
	if l.TargetErr == nil {
		h.changes[targetRun].observe(l.Target.Str("run_id"), l.At)
	}
}

// rememberFor is how long after something happened it still counts as what is going
// on, once the target follows again.
const rememberFor = 30 * time.Second

// changed reports whether one of the identities changed and the target has not
// followed closely since, or did so a moment ago.
func (h *History) changed(now time.Time, which ...int) bool {
	for _, i := range which {
		if h.fresh(h.changes[i].at, now) {
			return true
		}
	}
	return false
}

func (h *History) fresh(at, now time.Time) bool {
	return !at.IsZero() && (now.Sub(at) <= rememberFor || h.followed.Before(at))
}
