package migration

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cachelift/cachelift/progress"
)

// ErrScheduleMissed: the target was not ready for the cut-over before
// Schedule.NotAfter. Writes were not paused, and the target goes on replicating.
var ErrScheduleMissed = errors.New("the time for the cut-over has passed")

// Schedule says when writes may be paused, see Options.Schedule. Its zero value
// means as soon as the target has been in sync for long enough. It bounds the
// beginning of the pause, and leaves room for it: within MaxWritePause of the end
// of a window, or of NotAfter, no pause begins.
type Schedule struct {
	// NotBefore is the earliest time. Zero means at once.
	NotBefore time.Time
	// NotAfter is the latest time: later the run ends with [ErrScheduleMissed].
	// Zero means never.
	NotAfter time.Time
	// Windows are the times of day at which a pause may begin, any of them. Nil
	// means always.
	Windows []Window
}

// Window is a span of time that comes back on some days of the week, such as
// every Sunday from 02:00 to 04:00. The times are those of the clocks at the
// Location: on a day on which they are changed the window may be longer or shorter
// by that, or not there.
type Window struct {
	// From is the time of day at which it opens, since midnight, below 24 hours.
	From time.Duration
	// To is the time of day at which it closes. One that is not behind From is on
	// the next day.
	To time.Duration
	// Days are those on which it opens. Nil means all.
	Days []time.Weekday
	// Location is where the clocks are. Nil means UTC.
	Location *time.Location
}

func (s Schedule) validate(pause time.Duration) []error {
	var errs []error
	bad := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("migration: Options.Schedule."+format, args...))
	}
	if !s.NotAfter.IsZero() && s.NotAfter.Sub(s.NotBefore) < pause {
		bad("NotAfter is %s, want at least MaxWritePause, %v, behind NotBefore, %s", s.NotAfter, pause, s.NotBefore)
	}
	for i, w := range s.Windows {
		const day = 24 * time.Hour
		if w.From < 0 || w.From >= day {
			bad("Windows[%d].From is %v, want a time of day, 0s to below 24h0m0s", i, w.From)
		}
		if w.To < 0 || w.To > day {
			bad("Windows[%d].To is %v, want a time of day, 0s to 24h0m0s", i, w.To)
		}
		if w.From == w.To || w.length() < pause {
			bad("Windows[%d] is open for %v, want at least MaxWritePause, %v", i, w.length(), pause)
		}
		for _, d := range w.Days {
			if d < time.Sunday || d > time.Saturday {
				bad("Windows[%d].Days has %d, want days of the week", i, d)
			}
		}
	}
	return errs
}

func (w Window) length() time.Duration {
	if w.To > w.From {
		return w.To - w.From
	}
	return w.To + 24*time.Hour - w.From
}

// at returns the window as it opens so many days after that of t, and whether it opens
// then. A time that the clocks skip is when they do.
func (w Window) at(t time.Time, days int) (from, to time.Time, opens bool) {
	loc := w.Location
	if loc == nil {
		loc = time.UTC
	}
	y, m, d := t.In(loc).Date()
	d += days
	clock := func(day int, since time.Duration) time.Time {
		at := time.Date(y, m, day, 0, 0, int(since/time.Second), int(since%time.Second), loc)
		_, is := at.Zone()
		want := time.Date(y, m, day, 0, 0, int(since/time.Second), int(since%time.Second), time.UTC)
		switch has := at.Add(time.Duration(is) * time.Second); { // by the clocks there
		case has.Before(want):
			_, at = at.ZoneBounds()
		case has.After(want):
			at, _ = at.ZoneBounds()
		}
		return at
	}
	from = clock(d, w.From)
	if w.To > w.From {
		to = clock(d, w.To)
	} else {
		to = clock(d+1, w.To)
	}
	return from, to, w.Days == nil || slices.Contains(w.Days, time.Date(y, m, d, 12, 0, 0, 0, loc).Weekday())
}

// next returns when at the earliest, from t on, a pause of that length may begin
// within the window.
func (w Window) next(t time.Time, pause time.Duration) (time.Time, bool) {
	for day := -1; day <= 8; day++ {
		from, to, opens := w.at(t, day)
		if !opens {
			continue
		}
		if from.Before(t) {
			from = t
		}
		if !from.Add(pause).After(to) {
			return from, true
		}
	}
	return time.Time{}, false
}

// hold says whether a pause of that length may begin at t, and if not, why and
// until when.
func (s Schedule) hold(t time.Time, pause time.Duration) (progress.Hold, time.Time, error) {
	if !s.NotAfter.IsZero() && t.Add(pause).After(s.NotAfter) {
		return "", time.Time{}, fmt.Errorf("%w: it had to begin %v before %s", ErrScheduleMissed, pause, s.NotAfter.Format(time.RFC3339))
	}
	earliest, why := t, progress.HoldNone
	if s.NotBefore.After(t) {
		earliest, why = s.NotBefore, progress.HoldTooEarly
	}
	if len(s.Windows) > 0 {
		var first time.Time
		for _, w := range s.Windows {
			if next, ok := w.next(earliest, pause); ok && (first.IsZero() || next.Before(first)) {
				first = next
			}
		}
		switch {
		case first.IsZero(): // a window that the changes of the clocks have swallowed
			return progress.HoldOutsideWindow, time.Time{}, nil
		case first.After(earliest):
			earliest, why = first, progress.HoldOutsideWindow
		}
	}
	if why == progress.HoldNone {
		return why, time.Time{}, nil
	}
	return why, earliest, nil
}
