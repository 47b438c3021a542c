package preflight

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
)

// String is the text of [Report.WriteText].
func (r Report) String() string {
	var b strings.Builder
	_ = r.WriteText(&b) // a strings.Builder does not fail
	return b.String()
}

// WriteText writes the report for a terminal or a log, without colours: what
// blocks comes first, with evidence and remedy; what passed is one line each;
// the last line is [Report.Summary]. It returns the error of w, if any.
func (r Report) WriteText(w io.Writer) error {
	sorted := slices.Clone(r.Findings)
	slices.SortStableFunc(sorted, func(a, b Finding) int { return rank(a) - rank(b) })
	width := 0
	for _, f := range sorted {
		width = max(width, len(f.CheckID))
	}
	var b strings.Builder
	for _, f := range sorted {
		f.writeText(&b, width)
	}
	if len(r.UnusedWaivers) > 0 {
		fmt.Fprintf(&b, "waivers without effect: %s\n", clean(strings.Join(r.UnusedWaivers, ", ")))
	}
	b.WriteString(r.Summary() + "\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// rank orders findings by how urgent they are.
func rank(f Finding) int {
	n := 4
	switch f.Outcome {
	case Fail:
		n = 0
	case Unknown:
		n = 1
	}
	if n < 4 && !f.Blocks() {
		n += 2
	}
	return n
}

const indent = "         " // as wide as the word in front of an id

func (f Finding) writeText(b *strings.Builder, width int) {
	if f.Outcome == Pass {
		fmt.Fprintf(b, "%-9s%-*s  %s: %s\n", "pass", width, f.CheckID, clean(f.Title), clean(f.Observed))
		return
	}
	title := clean(f.Title)
	if f.Waived {
		title += " (waived)"
	} else if f.Severity == Warning {
		title += " (warning)"
	}
	fmt.Fprintf(b, "%-9s%-*s  %s\n", strings.ToUpper(string(f.Outcome)), width, f.CheckID, title)
	for _, line := range [][2]string{
		{"subject", f.Subject}, {"observed", f.Observed}, {"required", f.Required},
		{"remedy", f.Remedy}, {"see", f.DocURL},
	} {
		if line[1] != "" {
			fmt.Fprintf(b, "%s%-9s %s\n", indent, line[0], clean(line[1]))
		}
	}
}

// clean keeps text of others, such as a server's reply, from breaking lines or
// steering a terminal.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
}
