package diagnose

import (
	"time"

	"github.com/cachelift/cachelift/internal/redisinfo"
	"github.com/cachelift/cachelift/progress"
)

// History is what the looks of a run amount to. It keeps counters, the last times at
// which something happened and the newest look, so that its size is bounded however
// long a run takes. Its zero value is ready; it is for one goroutine.
type History struct {
	// Attached tells that the run found the target replicating. Then nobody saw
	// the counters before, and those that tell of lost data count from zero.
	Attached bool

	looks    int
	last     Look
	counters [counters]counter
	changes  [identities]change

	followed   time.Time // when the target was last seen to follow closely
	inVain     int64     // full syncs of the target begun since
	began      recent    // when
	drops      recent    // when a link that had been up was seen down
	resync     resync    // the last full sync after it did
	unlinked   unlinked  // the present stretch without a connection
	still      time.Time // since when nothing has moved; zero if something did at the last look
	stillLooks int
	sourceGone time.Time // since when it has not answered
	peak       progress.OutputBuffer
}

// recent holds the last few times of something.
type recent []time.Time

const mostRecent = 8

func (r *recent) add(at time.Time) {
	*r = append(*r, at)
	if n := len(*r); n > mostRecent {
		*r = append(recent{}, (*r)[n-mostRecent:]...)
	}
}

// since counts those no older than d at the time now.
func (r recent) since(now time.Time, d time.Duration) int {
	n := 0
	for _, at := range r {
		if now.Sub(at) <= d {
			n++
		}
	}
	return n
}

// unlinked is a stretch of looks in which the target follows the source and has no
// connection to it that the source knows of.
type unlinked struct {
	since   time.Time
	looks   int
	pending int // of them while a connection was being made, or greeted
}

// resync is a full sync that took the place of a stream.
type resync struct {
	at       time.Time
	full     int64
	refused  int64 // growth of sync_partial_err
	identity bool  // a server was replaced, or has another history
}

// Add takes in a look.
func (h *History) Add(l Look) {
	h.looks++
	if l.SourceErr != nil {
		if h.sourceGone.IsZero() {
			h.sourceGone = l.At
		}
	} else {
		h.sourceGone = time.Time{}
	}
	h.identify(l)
	grown := h.count(l)
	h.follow(l, grown)
	h.rest(l)
	h.last = l
}

// follow notes what became of the link.
func (h *History) follow(l Look, grown [counters]int64) {
	streaming := l.both() && l.up() && l.Sample.Phase == progress.PhaseStreaming
	if h.last.up() && l.TargetErr == nil && !l.up() {
		h.drops.add(l.At)
	}
	if full := grown[sourceSyncFull]; full > 0 {
		if !goesOn(h.last, l, full) {
			h.inVain += full
			h.began.add(l.At)
		}
		if !h.followed.IsZero() {
			h.resync.full += full
			h.resync.at = l.At
			h.resync.identity = h.changed(l.At, sourceRun, sourceHistory, targetRun)
		}
	}
	if bad := grown[sourcePartialErr]; bad > 0 && !h.followed.IsZero() {
		h.resync.refused += bad
	}
	if b := l.Sample.Buffer; b != nil && fill(*b) > fill(h.peak) {
		h.peak = *b
	}
	if streaming {
		h.followed, h.inVain, h.began, h.peak = l.At, 0, nil, progress.OutputBuffer{}
	}
	h.unlink(l)
}

// goesOn reports whether the target's own full sync went on between two looks, so
// that one which the source began is of another replica.
func goesOn(was, is Look, begun int64) bool {
	if begun > 1 || !was.both() || !is.both() || was.Sample.ReadBytes == 0 {
		return false
	}
	switch was.Sample.Phase {
	case progress.PhaseTransfer:
		return is.Sample.Phase == progress.PhaseLoading ||
			is.Sample.Phase == progress.PhaseTransfer && is.Sample.ReadBytes >= was.Sample.ReadBytes
	case progress.PhaseLoading:
		return is.Sample.Phase == progress.PhaseLoading && is.Sample.ReadBytes >= was.Sample.ReadBytes
	}
	return false
}

// unlink notes whether the target gets through to the source.
func (h *History) unlink(l Look) {
	if l.TargetErr != nil || l.SourceErr != nil {
		return // of one end alone nothing can be concluded
	}
	if !l.Unlinked() {
		h.unlinked = unlinked{}
		return
	}
	if h.unlinked.looks == 0 {
		h.unlinked.since = l.At
	}
	h.unlinked.looks++
	if l.Link == redisinfo.LinkConnecting || l.Link == redisinfo.LinkHandshake {
		h.unlinked.pending++
	}
}

// rest notes how long nothing has moved. Between two looks that say the same nothing
// did, however far apart they are; a look at one end alone says nothing.
func (h *History) rest(l Look) {
	if !l.both() || !h.last.both() {
		return
	}
	if l.marks() != h.last.marks() || l.Sample.Phase == progress.PhaseStreaming {
		h.still, h.stillLooks = time.Time{}, 0
		return
	}
	if h.still.IsZero() {
		h.still = h.last.At
	}
	h.stillLooks++
}

// quiet is how long nothing has moved.
func (h *History) quiet() time.Duration {
	if h.still.IsZero() || !h.last.both() {
		return 0
	}
	return h.last.At.Sub(h.still)
}

// fill is how full a buffer is against its lower limit, 0 if there is none.
func fill(b progress.OutputBuffer) float64 {
	full := 0.0
	for _, limit := range []int64{b.Hard, b.Soft} {
		if limit > 0 {
			full = max(full, float64(b.Used)/float64(limit))
		}
	}
	return full
}

// Unlinked reports whether the target has been without a connection for so long that
// it is worth while to look why.
func (h *History) Unlinked() bool { return h.unlinked.looks >= unlinkedLooks }

// unlinkedLooks is how many looks in a row have to show no connection. A connection
// that gets through is made and greeted in a few round trips.
const unlinkedLooks = 2
