package migration

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

func TestWhyADrainWasNotOverInTime(t *testing.T) {
	t.Parallel()
	began := time.Date(2026, 1, 18, 2, 0, 0, 0, time.UTC)
	at := func(d time.Duration) time.Time { return began.Add(d) }
	for _, row := range []struct {
		why  string
		do   func(*drainWatch)
		want string
	}{
		{"the source hangs", func(d *drainWatch) { d.want = 0 }, "offset was not read"},
		{"no link at all", func(d *drainWatch) {}, "link was down"},
		{"the link breaks", func(d *drainWatch) { d.saw(400, at(0)); d.linked = false }, "went down with 600 bytes"},
		{"a big command at the target that answers", func(d *drainWatch) { d.saw(400, at(0)); d.saw(400, at(time.Second)) }, "none of the 600 bytes that it was behind within 2s"},
		{"a big command that keeps it from answering", func(d *drainWatch) { d.saw(400, at(0)); d.answered("target", 900*time.Millisecond) }, "the target took 900ms to answer"},
		{"a slow source", func(d *drainWatch) {
			d.saw(400, at(0))
			d.answered("source", 300*time.Millisecond)
			d.answered("target", time.Millisecond)
		}, "the source took 300ms"},
		{"too slow for the lag", func(d *drainWatch) { d.saw(400, at(0)); d.saw(600, at(2*time.Second)) }, "600 bytes behind and applied 200 of them, 100 bytes/s; the other 400 would have taken 4s more"},
	} {
		d := drainWatch{want: 1000, last: -1, linked: true}
		row.do(&d)
		if got := d.why(at(2 * time.Second)); !strings.Contains(got, row.want) {
			t.Errorf("%s: %q, want %q in it", row.why, got, row.want)
		}
	}
}

// A connection has the deadline of its context, and may notice it first.
func TestUsedUpBudgetIsToldAsSuch(t *testing.T) {
	t.Parallel()
	ioTimeout := errors.New("i/o timeout")
	early, late := time.Now().Add(-time.Millisecond), time.Now().Add(time.Hour)
	ended, cancel := context.WithCancelCause(t.Context())
	cancel(ErrAborted)
	for _, row := range []struct {
		why      string
		ctx      context.Context
		deadline time.Time
		want     bool
	}{
		{"the connection's timer was first", t.Context(), early, true},
		{"a time-out of its own", t.Context(), late, false},
		{"aborted meanwhile", ended, early, false},
	} {
		r := &run{Migrator: &Migrator{opts: Options{MaxWritePause: time.Second}}}
		r.cutover.deadline = row.deadline
		if err := r.orTooLong(row.ctx, ioTimeout); errors.Is(err, ErrPausedTooLong) != row.want || !errors.Is(err, ioTimeout) {
			t.Errorf("%s: %v, want ErrPausedTooLong in it: %t", row.why, err, row.want)
		}
	}
}
