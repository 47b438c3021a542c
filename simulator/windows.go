package simulator

import (
	"slices"
	"strings"
	"time"
)

// shortestWindow is how long a window is at least (documented).
const shortestWindow = time.Hour

// defaultMaintenanceWindow is as far from a group's creation as it can be, so
// that a test sees the same on every day of the week. The service chooses one
// by the region (documented).
func defaultMaintenanceWindow(created time.Time) string {
	begin := created.UTC().Add(84 * time.Hour).Truncate(time.Hour)
	return strings.ToLower(begin.Format("Mon:15:04") + "-" + begin.Add(shortestWindow).Format("Mon:15:04"))
}

// defaultSnapshotWindow is as far from a group's creation as it can be.
func defaultSnapshotWindow(created time.Time) string {
	begin := created.UTC().Add(12 * time.Hour).Truncate(time.Hour)
	return begin.Format("15:04") + "-" + begin.Add(shortestWindow).Format("15:04")
}

func weekdays() []string { return []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"} }

// validMaintenanceWindow accepts "ddd:hh24:mi-ddd:hh24:mi" (documented), also
// across the end of the week.
func validMaintenanceWindow(window string) bool {
	const week = 7 * 24 * time.Hour
	begin, end, ok := strings.Cut(window, "-")
	from, fromOK := timeOfWeek(begin)
	to, toOK := timeOfWeek(end)
	return ok && fromOK && toOK && (to-from+week)%week >= shortestWindow
}

// validSnapshotWindow accepts "hh24:mi-hh24:mi" (documented), also across
// midnight.
func validSnapshotWindow(window string) bool {
	const day = 24 * time.Hour
	begin, end, ok := strings.Cut(window, "-")
	from, fromOK := timeOfDay(begin)
	to, toOK := timeOfDay(end)
	return ok && fromOK && toOK && (to-from+day)%day >= shortestWindow
}

// timeOfWeek is the time since Sunday, 00:00.
func timeOfWeek(s string) (time.Duration, bool) {
	name, rest, _ := strings.Cut(s, ":")
	days := slices.Index(weekdays(), name)
	t, ok := timeOfDay(rest)
	return time.Duration(days)*24*time.Hour + t, ok && days >= 0
}

// timeOfDay is the time since midnight.
func timeOfDay(s string) (time.Duration, bool) {
	t, err := time.Parse("15:04", s)
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, err == nil && len(s) == len("15:04")
}
