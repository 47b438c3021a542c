package preflight

import (
	"testing"
	"time"
)

func TestParseWindow(t *testing.T) {
	t.Parallel()
	for _, r := range []struct {
		text         string
		from, length time.Duration
	}{
		{"sun:00:00-sun:01:00", 0, time.Hour},
		{"sun:05:00-sun:09:00", 5 * time.Hour, 4 * time.Hour},
		{"Mon:23:30-tue:00:30", 47*time.Hour + 30*time.Minute, time.Hour},
		{"sat:23:00-sun:01:00", 6*day + 23*time.Hour, 2 * time.Hour},
		{"wed:12:00-wed:11:00", 3*day + 12*time.Hour, week - time.Hour},
	} {
		if w, err := parseWeekly(r.text); err != nil || w != (window{r.from, r.length, week}) {
			t.Errorf("%s: %+v, %v", r.text, w, err)
		}
	}
	for _, r := range []struct {
		text         string
		from, length time.Duration
	}{
		{"05:00-09:00", 5 * time.Hour, 4 * time.Hour},
		{"23:30-00:30", 23*time.Hour + 30*time.Minute, time.Hour},
	} {
		if w, err := parseDaily(r.text); err != nil || w != (window{r.from, r.length, day}) {
			t.Errorf("%s: %+v, %v", r.text, w, err)
		}
	}
	for _, text := range []string{"", "-", "sun", "sun:05:00", "sun:05:00-", "sun:05:00-sun:05:00", "sun:24:00-mon:01:00", "sun:5:00-sun:6:00", "sun:05:60-sun:06:00", "son:05:00-sun:06:00", "05:00-06:00", "sun:05:00-sun:06:00-sun:07:00", "sun:+5:00-sun:06:00", "sun:05-sun:06"} {
		if w, err := parseWeekly(text); err == nil {
			t.Errorf("weekly %q: %+v", text, w)
		}
	}
	for _, text := range []string{"", "05:00", "05:00-05:00", "25:00-26:00", "sun:05:00-sun:06:00", "05:00 - 06:00"} {
		if w, err := parseDaily(text); err == nil {
			t.Errorf("daily %q: %+v", text, w)
		}
	}
}

func TestWindowWithin(t *testing.T) {
	t.Parallel()
	begin := time.Date(2026, 3, 7, 23, 30, 0, 0, time.UTC) // Saturday
	for _, r := range []struct {
		why, text string
		d         time.Duration
		opens     time.Time
		ok        bool
	}{
		{"next week begins in half an hour", "sun:00:00-sun:01:00", time.Hour, begin.Add(30 * time.Minute), true},
		{"too far", "sun:00:00-sun:01:00", 30 * time.Minute, begin.Add(30 * time.Minute), false},
		{"a moment more", "sun:00:00-sun:01:00", 30*time.Minute + 1, begin.Add(30 * time.Minute), true},
		{"open since an hour", "sat:22:30-sun:00:30", time.Minute, begin.Add(-time.Hour), true},
		{"ends now", "sat:22:30-sat:23:30", time.Minute, begin.Add(week - time.Hour), false},
		{"opens now", "sat:23:30-sun:00:30", time.Minute, begin, true},
		{"open for six days", "sun:00:00-sat:23:31", time.Minute, begin.Add(30*time.Minute - week), true},
	} {
		w, err := parseWeekly(r.text)
		if err != nil {
			t.Fatal(err)
		}
		if opens, ok := w.within(begin, r.d); !opens.Equal(r.opens) || ok != r.ok {
			t.Errorf("%s: %s, %t", r.why, opens, ok)
		}
	}
}

// FuzzWindow compares with a walk through the minutes of the span.
func FuzzWindow(f *testing.F) {
	for _, s := range []string{"sun:05:00-sun:09:00", "sat:23:00-sun:01:00", "03:00-04:00", "23:30-00:30", "wed:12:00-wed:11:59", ""} {
		f.Add(s, int64(1772625600), uint16(90))
	}
	f.Fuzz(func(t *testing.T, text string, unix int64, minutes uint16) {
		w, err := parseWeekly(text)
		if err != nil {
			w, err = parseDaily(text)
		}
		if err != nil {
			return
		}
		if w.length <= 0 || w.length >= w.period || w.from < 0 || w.from >= w.period {
			t.Fatalf("%q: %+v", text, w)
		}
		begin := time.Unix(unix%4e9, 0).UTC().Truncate(time.Minute)
		d := time.Duration(1+minutes%uint16(week/time.Minute)) * time.Minute // a span is never empty
		_, got := w.within(begin, d)
		want := false
		for at := time.Duration(0); at < d && !want; at += time.Minute {
			want = w.covers(begin.Add(at))
		}
		if got != want {
			t.Errorf("%q within %s from %s: %t, want %t", text, d, begin.Format(time.RFC1123), got, want)
		}
	})
}

// covers is a second way to tell whether a moment lies in a window.
func (w window) covers(at time.Time) bool {
	now := time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute
	if w.period == week {
		now += time.Duration(at.Weekday()) * day
	}
	return now >= w.from && now < w.from+w.length || now < w.from+w.length-w.period
}

func TestWriteWindows(t *testing.T) {
	t.Parallel()
	late := time.Date(2026, 3, 7, 23, 15, 0, 0, time.UTC)
	if got, want := weekly(late), "sat:23:15-sun:00:15"; got != want {
		t.Errorf("weekly: %s, want %s", got, want)
	}
	if got, want := daily(late), "23:15-00:15"; got != want {
		t.Errorf("daily: %s, want %s", got, want)
	}
}

// What the remedy proposes is a window that stays out of the migration.
func TestProposedWindowsStayOut(t *testing.T) {
	t.Parallel()
	for hours := range 24 * 7 {
		begin := time.Date(2026, 3, 1, 0, 7, 0, 0, time.UTC).Add(time.Duration(hours) * time.Hour)
		w, err := parseWeekly(weekly(begin.Add(-2 * day).Truncate(time.Hour)))
		if err != nil {
			t.Fatal(err)
		}
		if opens, ok := w.within(begin, week-3*day); ok {
			t.Errorf("%s: opens %s", begin, opens)
		}
		w, err = parseDaily(daily(begin.Add(-3 * time.Hour).Truncate(time.Hour)))
		if err != nil {
			t.Fatal(err)
		}
		if opens, ok := w.within(begin, day-4*time.Hour); ok {
			t.Errorf("%s: snapshot opens %s", begin, opens)
		}
	}
}
