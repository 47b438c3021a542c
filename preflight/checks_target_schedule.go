package preflight

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// cutOver is the time that is allowed for what comes after the full sync.
// Assumed.
const cutOver = time.Hour

// occupied is the time in which a window must not open, counted from
// GatheredAt. known is false if only the cut-over is in it.
func occupied(f Facts) (d time.Duration, known bool) {
	forecast, ok := Predict(f)
	if !ok {
		return cutOver, false
	}
	// Longer than a week means that every window opens.
	seconds := forecast.SyncSeconds.High
	if !(seconds < week.Seconds()) {
		return week, true
	}
	return cutOver + time.Duration(max(0, seconds)*float64(time.Second)), true
}

// judgeWindows says which windows open too early, with others to take instead.
func judgeWindows(f Facts, t Target) verdict {
	if f.GatheredAt.IsZero() {
		return unknown("it is not recorded when the facts were gathered", "gather the facts anew")
	}
	span, known := occupied(f)
	until := fmt.Sprintf("from %s to %s", utc(f.GatheredAt), utc(f.GatheredAt.Add(span)))
	w := windowSearch{begin: f.GatheredAt, span: span}
	for _, m := range t.Members {
		w.look("maintenance of "+m.ID, m.MaintenanceWindow, parseWeekly, "--preferred-maintenance-window")
	}
	if t.SnapshotRetentionDays > 0 {
		w.look("snapshot", t.SnapshotWindow, parseDaily, "--snapshot-window")
	}
	reason, missing := f.gap("target", []string{"members", "snapshot_window", "snapshot_retention_days"})
	switch {
	case len(w.open) > 0:
		return failed(strings.Join(w.open, ", ")+"; the migration is expected "+until, w.remedy(t))
	case missing:
		return unknown(reason, showMembers)
	case len(t.Members) == 0:
		return unknown("no member is known, and so no maintenance window", showMembers)
	case len(w.unread) > 0:
		return unknown("not understood: "+strings.Join(w.unread, ", "), lookAt(t))
	case !known:
		return unknown("no window opens in the next hour; how long the sync takes cannot be told: "+f.why("source.used_memory", "source"), showSource)
	default:
		return passed("none opens " + until)
	}
}

func utc(t time.Time) string { return t.UTC().Format("Mon 2006-01-02 15:04 UTC") }

// windowSearch looks for windows that open from begin on, within span.
type windowSearch struct {
	begin time.Time
	span  time.Duration
	// open and unread describe windows; flags are those of the command that
	// changes the open ones.
	open, unread, flags []string
}

func (w *windowSearch) look(what, text string, parse func(string) (window, error), flag string) {
	win, err := parse(text)
	if err != nil {
		w.unread = append(w.unread, fmt.Sprintf("%s %q", what, text))
		return
	}
	opens, ok := win.within(w.begin, w.span)
	if !ok {
		return
	}
	w.open = append(w.open, fmt.Sprintf("%s (%s) opens %s", what, text, utc(opens)))
	if !slices.Contains(w.flags, flag) {
		w.flags = append(w.flags, flag)
	}
}

// remedy proposes windows that have just passed, so that the next ones are as
// far away as can be, and of which the daily one never meets a weekly one.
func (w *windowSearch) remedy(t Target) string {
	var flags, attributes, notes []string
	add := func(flag, value, attribute string) {
		flags, attributes = append(flags, flag+" "+value), append(attributes, attribute)
	}
	var weeklies, dailies []window
	moved := slices.Contains(w.flags, "--preferred-maintenance-window")
	for _, m := range t.Members {
		if win, err := parseWeekly(m.MaintenanceWindow); err == nil && !moved {
			weeklies = append(weeklies, win)
		}
	}
	if win, err := parseDaily(t.SnapshotWindow); err == nil && !slices.Contains(w.flags, "--snapshot-window") {
		dailies = append(dailies, win)
	}
	if moved {
		begin, ok := w.hourBefore(2*day, week, dailies)
		if ok {
			value := weekly(begin)
			add("--preferred-maintenance-window", value, fmt.Sprintf("maintenance_window = %q", value))
			win, _ := parseWeekly(value)
			weeklies = append(weeklies, win)
		} else {
			notes = append(notes, "a weekly window cannot stay out of so long a migration: make the sync shorter, or have what is pending applied before")
		}
	}
	if slices.Contains(w.flags, "--snapshot-window") {
		if begin, ok := w.hourBefore(3*time.Hour, day, weeklies); ok {
			add("--snapshot-window", daily(begin), fmt.Sprintf("snapshot_window = %q", daily(begin)))
		} else {
			add("--snapshot-retention-limit", "0", "snapshot_retention_limit = 0")
			notes = append(notes, fmt.Sprintf("a daily window cannot stay out of so long a migration, or of the maintenance windows: set the retention back to %d days afterwards", t.SnapshotRetentionDays))
		}
	}
	s := strings.Join(notes, "; ")
	if len(flags) > 0 {
		s = strings.Trim(modify(t, strings.Join(flags, " "))+terraform(strings.Join(attributes, ", "))+"; "+s, "; ")
	}
	return s + "; or begin after the window"
}

// hourBefore returns the last full hour at least so long before the migration
// that stays out of the migration when it comes again, and out of all the given
// windows, whatever the day. ok is false if there is none.
func (w *windowSearch) hourBefore(least, period time.Duration, avoid []window) (begin time.Time, ok bool) {
	for n := range 24 {
		begin = w.begin.UTC().Add(-least).Truncate(time.Hour).Add(-time.Duration(n) * time.Hour)
		if begin.Add(period).Sub(w.begin) <= w.span {
			return begin, false
		}
		hour := window{from: time.Duration(begin.Hour()) * time.Hour, length: time.Hour, period: day}
		if !slices.ContainsFunc(avoid, hour.meets) {
			return begin, true
		}
	}
	return begin, false
}

// meets tells whether a time of day lies in both windows, on whatever days.
func (w window) meets(v window) bool {
	return (v.from-w.from+week)%day < w.length || (w.from-v.from+week)%day < v.length
}
