package progress

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"
)

// NewText returns an observer that writes one readable line an event: the time
// since the run started, the state, the event's String. It uses no colours and
// no cursor movements, so it suits a terminal and a file.
//
// [Sampled] lines are thinned out: one when the phase changes, and otherwise
// at most one a second of event time, getting rarer with the age of the run
// down to one a minute, so that days in sync leave a log that can be read.
//
// Errors of w are dropped; the next event is tried again. The observer is
// safe for concurrent use. Its lines do not name the migration: give each
// migration one of its own.
func NewText(w io.Writer) Observer { return &text{w: w} }

const (
	textMinGap = time.Second
	textMaxGap = time.Minute
	// After n minutes of a run, samples are shown every n seconds.
	textGapShare = 60
)

type text struct {
	mu     sync.Mutex
	w      io.Writer
	start  time.Time
	phase  Phase     // of the last sample shown
	sample time.Time // when it was taken
}

// Observe implements [Observer].
func (o *text) Observe(_ context.Context, e Event) {
	o.mu.Lock()
	defer o.mu.Unlock()
	h := e.Meta()
	if _, first := e.(RunStarted); first || o.start.IsZero() {
		o.start, o.phase, o.sample = h.At, "", time.Time{}
	}
	if s, ok := e.(Sampled); ok && !o.show(s) {
		return
	}
	fmt.Fprintf(o.w, "%9.1fs  %-10s  %s\n", h.At.Sub(o.start).Seconds(), h.State, e)
}

// show decides whether a sample gets a line.
func (o *text) show(s Sampled) bool {
	gap := min(max(s.At.Sub(o.start)/textGapShare, textMinGap), textMaxGap)
	if s.Sample.Phase == o.phase && s.At.Sub(o.sample) < gap {
		return false
	}
	o.phase, o.sample = s.Sample.Phase, s.At
	return true
}
