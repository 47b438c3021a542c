package migration

import (
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
		{"one hiccup in a drain that is too slow for the lag", func(d *drainWatch) {
			d.saw(400, at(0))
			d.answered("target", 250*time.Millisecond)
			d.saw(600, at(2*time.Second))
		}, "100 bytes/s"},
		{"too slow for the lag", func(d *drainWatch) { d.saw(400, at(0)); d.saw(600, at(2*time.Second)) }, "600 bytes behind and applied 200 of them, 100 bytes/s; the other 400 would have taken 4s more"},
	} {
		d := drainWatch{want: 1000, last: -1, linked: true}
		row.do(&d)
		if got := d.why(at(2 * time.Second)); !strings.Contains(got, row.want) {
			t.Errorf("%s: %q, want %q in it", row.why, got, row.want)
		}
	}
}

func TestUsedUpBudgetIsToldAsSuch(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 18, 2, 0, 0, 0, time.UTC)
	early, late := now.Add(-time.Millisecond), now.Add(time.Hour)
	for _, row := range []struct {
		why              string
		cause            error
		deadline, budget time.Time
		want             bool
	}{
		{"the context says so", ErrPausedTooLong, early, early, true},
		{"the connection's timer was first", nil, early, early, true},
		{"a time-out of its own", nil, late, late, false},
		{"aborted meanwhile", ErrAborted, early, early, false},
		{"outside the pause, behind an attempt", nil, time.Time{}, early, false},
		{"outside the pause, before any", nil, time.Time{}, time.Time{}, false},
		{"a bound of somebody else", nil, early, late, false},
	} {
		if got := usedUp(row.cause, row.deadline, row.budget, now); got != row.want {
			t.Errorf("%s: %t, want %t", row.why, got, row.want)
		}
	}
}
