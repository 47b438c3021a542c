package progress

import (
	"fmt"
	"strings"
	"time"
	"unicode"
)

// formatBytes writes a size in the largest binary unit that keeps it above 1.
func formatBytes(n float64) string {
	if n < 1024 {
		return fmt.Sprintf("%.0f B", n)
	}
	unit := 0
	units := []string{"KiB", "MiB", "GiB", "TiB"}
	for n /= 1024; n >= 1024 && unit < len(units)-1; n /= 1024 {
		unit++
	}
	return fmt.Sprintf("%.1f %s", n, units[unit])
}

// formatDuration rounds to what a person reads: a tenth of a second up to a
// minute, whole seconds above, milliseconds and finer only below a second.
func formatDuration(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return d.Round(time.Microsecond).String()
	case d < time.Second:
		return d.Round(time.Millisecond).String()
	case d < time.Minute:
		return d.Round(100 * time.Millisecond).String()
	default:
		return d.Round(time.Second).String()
	}
}

// oneLine makes text of others (joined errors, answers of servers) fit for
// one line of a terminal: no line breaks, no control sequences.
func oneLine(s string) string {
	s = strings.ReplaceAll(strings.TrimSpace(s), "\n", "; ")
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
}
