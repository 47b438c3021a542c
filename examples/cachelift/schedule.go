package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // the zones of --window, also on a machine that has none

	"github.com/spf13/cobra"

	"github.com/cachelift/cachelift/migration"
)

// scheduleFlags are those of the command that cuts over.
func scheduleFlags(c *cobra.Command, f *flags) {
	s := c.Flags()
	s.StringVar(&f.notBefore, "not-before", "", "earliest `time` (RFC 3339) at which writes may be stopped; the group goes on following the source until then")
	s.StringVar(&f.notAfter, "not-after", "", "latest `time` (RFC 3339): if writes could not be stopped before it, less --max-write-pause, the run fails and the source stays open")
	s.StringArrayVar(&f.windows, "window", nil, "`span` of the day in which writes may be stopped, e.g. \"02:00-04:00\" or \"Sat,Sun 22:00-04:00 Europe/Berlin\" (default days: all, zone: UTC); may be repeated")
}

// parseSchedule checks the flags of the schedule; the pause has to fit into it.
func (f *flags) parseSchedule(pause time.Duration) (migration.Schedule, error) {
	var s migration.Schedule
	var errs []error
	for _, t := range []struct {
		name, text string
		to         *time.Time
	}{{"not-before", f.notBefore, &s.NotBefore}, {"not-after", f.notAfter, &s.NotAfter}} {
		if t.text == "" {
			continue
		}
		at, err := time.Parse(time.RFC3339, t.text)
		if err != nil {
			errs = append(errs, fmt.Errorf("--%s is %q, want a time like 2026-01-18T02:00:00+01:00 or 2026-01-18T01:00:00Z", t.name, t.text))
			continue
		}
		*t.to = at
	}
	if !s.NotBefore.IsZero() && !s.NotAfter.IsZero() && s.NotAfter.Sub(s.NotBefore) < pause {
		errs = append(errs, fmt.Errorf("--not-after is %s, want at least --max-write-pause, %v, behind --not-before, %s", f.notAfter, pause, f.notBefore))
	}
	for _, text := range f.windows {
		w, err := parseWindow(text)
		if open := length(w); err == nil && open < pause {
			err = fmt.Errorf("it is open for %v, want at least --max-write-pause, %v", open, pause)
		}
		if err != nil {
			errs = append(errs, blame(fmt.Sprintf("--window %q", text), err))
			continue
		}
		s.Windows = append(s.Windows, w)
	}
	return s, errors.Join(errs...)
}

// length is how long a window is open on a day on which no clock is changed.
func length(w migration.Window) time.Duration {
	if w.To > w.From {
		return w.To - w.From
	}
	return w.To + 24*time.Hour - w.From
}

// parseWindow reads a value of --window: days, a span of the day, and the zone of
// its clocks, of which only the span has to be there.
func parseWindow(text string) (migration.Window, error) {
	parts := strings.Fields(text)
	at := slices.IndexFunc(parts, func(p string) bool { return strings.Contains(p, ":") })
	if at < 0 || at > 1 || len(parts) > at+2 {
		return migration.Window{}, errors.New(`want days, a span of the day and a zone, e.g. "02:00-04:00" or "Sat,Sun 22:00-04:00 Europe/Berlin"`)
	}
	var w migration.Window
	var errs [3]error
	if at == 1 {
		w.Days, errs[0] = parseDays(parts[0])
	}
	w.From, w.To, errs[1] = parseSpan(parts[at])
	if len(parts) == at+2 {
		w.Location, errs[2] = parseZone(parts[at+1])
	}
	return w, errors.Join(errs[:]...)
}

func parseDays(text string) ([]time.Weekday, error) {
	var days []time.Weekday
	for name := range strings.SplitSeq(text, ",") {
		day, ok := weekday(name)
		if !ok {
			return nil, fmt.Errorf("the day %q, want Mon, Tue, Wed, Thu, Fri, Sat or Sun, with commas between them", name)
		}
		if slices.Contains(days, day) {
			return nil, fmt.Errorf("%s is there twice", name)
		}
		days = append(days, day)
	}
	return days, nil
}

func weekday(name string) (time.Weekday, bool) {
	for day := time.Sunday; day <= time.Saturday; day++ {
		if name == day.String()[:3] {
			return day, true
		}
	}
	return 0, false
}

func parseSpan(text string) (from, to time.Duration, err error) {
	first, last, _ := strings.Cut(text, "-")
	from, fromOK := clock(first)
	to, toOK := clock(last)
	switch {
	case !fromOK || !toOK || from == 24*time.Hour:
		return 0, 0, fmt.Errorf("the span %q, want two times of day like 02:00-04:00; the second may be 24:00, or on the next day", text)
	case from == to:
		return 0, 0, fmt.Errorf("the span %q is never open, for the whole day want 00:00-24:00", text)
	}
	return from, to, nil
}

// clock reads HH:MM, up to 24:00.
func clock(text string) (time.Duration, bool) {
	if text == "24:00" {
		return 24 * time.Hour, true
	}
	t, err := time.Parse("15:04", text)
	if err != nil || len(text) != len("15:04") {
		return 0, false
	}
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, true
}

// parseZone refuses Local, which is another zone on another machine.
func parseZone(name string) (*time.Location, error) {
	zone, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		return nil, fmt.Errorf("the zone %q, want a name like Europe/Berlin or UTC", name)
	}
	return zone, nil
}

// scheduleIntent says when writes may be stopped.
func (f *flags) scheduleIntent() string {
	var s string
	if f.notBefore != "" {
		s += "  - does that not before " + f.notBefore + "\n"
	}
	if f.notAfter != "" {
		s += "  - fails if it could not be done before " + f.notAfter + "\n"
	}
	if len(f.windows) > 0 {
		s += "  - does that only in: " + strings.Join(f.windows, "; ") + "\n"
	}
	return s
}
