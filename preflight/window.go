package preflight

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

const (
	day  = 24 * time.Hour
	week = 7 * day
)

// window is a time that comes again: a maintenance window every week, a
// snapshot window every day, both in UTC.
type window struct {
	// from is its beginning, counted from the beginning of the period: Sunday
	// or midnight.
	from   time.Duration
	length time.Duration
	period time.Duration
}

// weekdays in the service's spelling, from time.Sunday on.
func weekdays() [7]string { return [7]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"} }

// parseWeekly reads "sun:05:00-sun:09:00", which may wrap over the week's end.
func parseWeekly(s string) (window, error) {
	return parseWindow(s, week, func(s string) (time.Duration, bool) {
		name, clock, _ := strings.Cut(s, ":")
		for i, d := range weekdays() {
			if strings.EqualFold(name, d) {
				at, ok := parseClock(clock)
				return time.Duration(i)*day + at, ok
			}
		}
		return 0, false
	})
}

// parseDaily reads "05:00-09:00", which may wrap over midnight.
func parseDaily(s string) (window, error) { return parseWindow(s, day, parseClock) }

func parseWindow(s string, period time.Duration, parse func(string) (time.Duration, bool)) (window, error) {
	first, last, ok := strings.Cut(s, "-")
	from, okFrom := parse(first)
	to, okTo := parse(last)
	if !ok || !okFrom || !okTo || from == to {
		return window{}, fmt.Errorf("%q is no window", s)
	}
	return window{from: from, length: (to - from + period) % period, period: period}, nil
}

// parseClock reads "05:00".
func parseClock(s string) (time.Duration, bool) {
	h, m, _ := strings.Cut(s, ":")
	hour, ok := parseTwoDigits(h, 23)
	minute, ok2 := parseTwoDigits(m, 59)
	return time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute, ok && ok2
}

func parseTwoDigits(s string, most uint64) (uint64, bool) {
	n, err := strconv.ParseUint(s, 10, 8)
	return n, err == nil && len(s) == 2 && n <= most
}

// within returns the first opening of the window that is not over by begin,
// and whether it comes within d after begin.
func (w window) within(begin time.Time, d time.Duration) (opens time.Time, ok bool) {
	begin = begin.UTC()
	midnight := time.Date(begin.Year(), begin.Month(), begin.Day(), 0, 0, 0, 0, time.UTC)
	now := begin.Sub(midnight)
	if w.period == week {
		now += time.Duration(begin.Weekday()) * day
	}
	until := (w.from - now + w.period) % w.period // to the next opening
	if until+w.length > w.period {
		until -= w.period // the last one is not over
	}
	return begin.Add(until), until < d
}

// weekly and daily write a window of one hour in the form that the service
// takes.
func weekly(from time.Time) string {
	from = from.UTC()
	to := from.Add(time.Hour)
	return weekdays()[from.Weekday()] + from.Format(":15:04-") + weekdays()[to.Weekday()] + to.Format(":15:04")
}

func daily(from time.Time) string {
	from = from.UTC()
	return from.Format("15:04-") + from.Add(time.Hour).Format("15:04")
}
