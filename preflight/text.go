package preflight

import (
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// String is the text of [Report.WriteText] without colours.
func (r Report) String() string {
	return r.text(false)
}

// WriteText writes the report for a terminal or a log. What blocks comes first,
// failures before what could not be told, then warnings, then what is waived,
// each with evidence and remedy; what passed is one line each, by families (the
// part of the id before the dot); the last line is [Report.Summary]. Long lines
// are left to the terminal to wrap.
//
// It uses colours only if w is an [os.File] that is a terminal, and never if
// the environment variable NO_COLOR is not empty or TERM is "dumb". It returns
// the error of w, if any.
func (r Report) WriteText(w io.Writer) error {
	_, err := io.WriteString(w, r.text(paintFor(w)))
	return err
}

func (r Report) text(p paint) string {
	width := 0
	for _, f := range r.Findings {
		width = max(width, utf8.RuneCountInString(clean(f.CheckID)))
	}
	var b strings.Builder
	for _, where := range []place{placeBlocks, placeWarns, placeWaived} {
		found := r.at(where)
		for _, group := range byCause(found) {
			writeGroup(&b, p, width, group)
		}
		if len(found) > 0 {
			b.WriteString("\n")
		}
	}
	for _, family := range r.passedByFamily() {
		name := family[0].family()
		heading := fmt.Sprintf("%s: %d of %d passed", clean(name), len(family), r.inFamily(name))
		b.WriteString(p.in(bold, heading) + "\n")
		for _, f := range family {
			f.writePass(&b, p, width)
		}
		b.WriteString("\n")
	}
	if len(r.UnusedWaivers) > 0 {
		fmt.Fprintf(&b, "waivers without effect: %s\n", clean(strings.Join(r.UnusedWaivers, ", ")))
	}
	colour := green
	if len(r.Blocking()) > 0 {
		colour = red
	}
	return b.String() + p.in(colour, r.Summary()) + "\n"
}

const indent = "         " // as wide as the word in front of an id

func (f Finding) writePass(b *strings.Builder, p paint, width int) {
	line := fmt.Sprintf("%-*s  %s", width, clean(f.CheckID), clean(f.Title))
	if f.Observed != "" {
		line += ": " + clean(f.Observed)
	}
	fmt.Fprintf(b, "%s%s\n", p.in(green, fmt.Sprintf("%-9s", "pass")), line)
}

// writeGroup writes findings with one cause: a line each, and the cause once.
func writeGroup(b *strings.Builder, p paint, width int, group []Finding) {
	for _, f := range group {
		title := clean(f.Title) + f.mark()
		word := fmt.Sprintf("%-9s", strings.ToUpper(clean(string(f.Outcome))))
		id := fmt.Sprintf("%-*s", width, clean(f.CheckID))
		fmt.Fprintf(b, "%s%s  %s\n", p.in(f.place().colour(), word), p.in(bold, id), title)
	}
	shared := group[0]
	if len(group) > 1 {
		shared = Finding{Observed: shared.Observed, Remedy: shared.Remedy}
	}
	for _, line := range shared.details() {
		fmt.Fprintf(b, "%s%s %s\n", indent, p.in(faint, fmt.Sprintf("%-9s", line[0])), clean(line[1]))
	}
}

// mark says why a finding that did not pass stops nothing.
func (f Finding) mark() string {
	switch f.place() {
	case placeWaived:
		return " (waived)"
	case placeWarns:
		return " (warning)"
	}
	return ""
}

// details are the parts of the finding that are there, with their names.
func (f Finding) details() [][2]string {
	var out [][2]string
	for _, line := range [][2]string{
		{"subject", f.Subject}, {"observed", f.Observed}, {"required", f.Required},
		{"remedy", f.Remedy}, {"see", f.DocURL},
	} {
		if line[1] != "" {
			out = append(out, line)
		}
	}
	return out
}

// clean keeps text of others, such as a server's reply, from breaking lines,
// steering a terminal, or showing letters in another order than they are.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp, unicode.Bidi_Control) {
			return ' '
		}
		return r
	}, s)
}
