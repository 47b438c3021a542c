package migration

import (
	"errors"
	"testing"
	"time"

	"github.com/cachelift/cachelift/progress"
)

func TestSchedule(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	newYork, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	at := func(s string) time.Time {
		when, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return when
	}
	night := Window{From: 2 * time.Hour, To: 4 * time.Hour}
	late := Window{From: 23 * time.Hour, To: time.Hour}
	sunday := Window{From: 2 * time.Hour, To: 4 * time.Hour, Days: []time.Weekday{time.Sunday}}
	const none, early, outside = progress.HoldNone, progress.HoldTooEarly, progress.HoldOutsideWindow
	for _, row := range []struct {
		why   string
		s     Schedule
		now   string
		want  progress.Hold
		until string
	}{
		{"no schedule", Schedule{}, "2026-01-18T12:00:00Z", none, ""},
		{"too early", Schedule{NotBefore: at("2026-01-18T13:00:00Z")}, "2026-01-18T12:00:00Z", early, "2026-01-18T13:00:00Z"},
		{"on time", Schedule{NotBefore: at("2026-01-18T12:00:00Z")}, "2026-01-18T12:00:00Z", none, ""},
		{"in the window", Schedule{Windows: []Window{night}}, "2026-01-18T02:00:00Z", none, ""},
		{"before it", Schedule{Windows: []Window{night}}, "2026-01-18T01:59:59Z", outside, "2026-01-18T02:00:00Z"},
		{"the last moment", Schedule{Windows: []Window{night}}, "2026-01-18T03:59:00Z", none, ""},
		{"open, but not for a pause", Schedule{Windows: []Window{night}}, "2026-01-18T03:59:01Z", outside, "2026-01-19T02:00:00Z"},
		{"over midnight, before it", Schedule{Windows: []Window{late}}, "2026-01-18T23:30:00Z", none, ""},
		{"over midnight, behind it", Schedule{Windows: []Window{late}}, "2026-01-19T00:30:00Z", none, ""},
		{"over midnight, closed", Schedule{Windows: []Window{late}}, "2026-01-19T01:00:00Z", outside, "2026-01-19T23:00:00Z"},
		{"on a Sunday", Schedule{Windows: []Window{sunday}}, "2026-01-18T02:00:00Z", none, ""},
		{"on the Sunday after a Monday", Schedule{Windows: []Window{sunday}}, "2026-01-19T02:00:00Z", outside, "2026-01-25T02:00:00Z"},
		{"the first of two", Schedule{Windows: []Window{sunday, late}}, "2026-01-19T12:00:00Z", outside, "2026-01-19T23:00:00Z"},
		{"by the clocks of the place", Schedule{Windows: []Window{{From: 2 * time.Hour, To: 4 * time.Hour, Location: berlin}}}, "2026-07-01T00:00:00Z", none, ""},
		{"in winter an hour later", Schedule{Windows: []Window{{From: 2 * time.Hour, To: 4 * time.Hour, Location: berlin}}}, "2026-01-18T00:00:00Z", outside, "2026-01-18T01:00:00Z"},
		{"not before, and then in the window", Schedule{NotBefore: at("2026-01-20T00:00:00Z"), Windows: []Window{night}}, "2026-01-18T12:00:00Z", outside, "2026-01-20T02:00:00Z"},
		{"not before lies in the window", Schedule{NotBefore: at("2026-01-20T03:00:00Z"), Windows: []Window{night}}, "2026-01-18T12:00:00Z", early, "2026-01-20T03:00:00Z"},
		{"over midnight, behind a day of 23 hours", Schedule{Windows: []Window{{From: 23 * time.Hour, To: time.Hour, Location: berlin}}}, "2026-03-29T22:30:00Z", none, ""},
		{"the clocks skip its beginning", Schedule{Windows: []Window{{From: 2 * time.Hour, To: 4 * time.Hour, Location: newYork}}}, "2026-03-08T06:15:00Z", outside, "2026-03-08T07:00:00Z"},
		{"to the end of the day", Schedule{Windows: []Window{{From: 22 * time.Hour, To: 24 * time.Hour}}}, "2026-01-18T23:58:00Z", none, ""},
	} {
		if errs := row.s.validate(time.Minute); len(errs) > 0 {
			t.Errorf("%s: %v", row.why, errors.Join(errs...))
		}
		got, until, err := row.s.hold(at(row.now), time.Minute)
		var want time.Time
		if row.until != "" {
			want = at(row.until)
		}
		if err != nil || got != row.want || !until.Equal(want) {
			t.Errorf("%s: %s until %s, %v; want %s until %s", row.why, got, until, err, row.want, want)
		}
	}
	missed := Schedule{NotAfter: at("2026-01-18T12:00:00Z")}
	if _, _, err := missed.hold(at("2026-01-18T11:59:30Z"), time.Minute); !errors.Is(err, ErrScheduleMissed) {
		t.Errorf("half a minute before the end: %v, want ErrScheduleMissed", err)
	}
	if hold, _, err := missed.hold(at("2026-01-18T11:59:00Z"), time.Minute); hold != none || err != nil {
		t.Errorf("a minute before the end: %s, %v", hold, err)
	}
}

func TestScheduleIsValidated(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 18, 12, 0, 0, 0, time.UTC)
	s := Schedule{
		NotBefore: now, NotAfter: now.Add(30 * time.Second),
		Windows: []Window{{From: -1, To: 25 * time.Hour}, {From: time.Hour, To: time.Hour}, {From: 0, To: 30 * time.Second}, {To: time.Hour, Days: []time.Weekday{7}}},
	}
	errs := s.validate(time.Minute)
	if len(errs) != 6 {
		t.Errorf("%d problems, want 6:\n%v", len(errs), errors.Join(errs...))
	}
}
