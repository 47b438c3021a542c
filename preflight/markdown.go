package preflight

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// WriteMarkdown writes the report for a change ticket, in the Markdown of
// GitHub and GitLab: the verdict as the title, a table of what blocks, of the
// warnings and of what is waived, with evidence and remedy, and what passed in
// a table that is folded away. Text of the findings is escaped. It returns the
// error of w, if any.
func (r Report) WriteMarkdown(w io.Writer) error {
	var b strings.Builder
	verdict := "nothing blocks"
	if n := len(r.Blocking()); n > 0 {
		verdict = "the migration is blocked"
	}
	fmt.Fprintf(&b, "# Preflight: %s\n\n%s.", verdict, r.Summary())
	if !r.At.IsZero() {
		fmt.Fprintf(&b, " Facts of %s.", r.At.UTC().Format(time.RFC3339))
	}
	b.WriteString("\n")
	for _, s := range []struct {
		where   place
		heading string
	}{
		{placeBlocks, "Blocks the migration"}, {placeWarns, "Warnings"}, {placeWaived, "Waived"},
	} {
		if found := r.at(s.where); len(found) > 0 {
			fmt.Fprintf(&b, "\n## %s\n\n", s.heading)
			writeProblems(&b, found)
		}
	}
	if len(r.UnusedWaivers) > 0 {
		b.WriteString("\n## Waivers without effect\n\n")
		for _, id := range r.UnusedWaivers {
			fmt.Fprintf(&b, "- %s\n", MarkdownText(id))
		}
	}
	r.writePassed(&b)
	_, err := io.WriteString(w, b.String())
	return err
}

func writeProblems(b *strings.Builder, found []Finding) {
	b.WriteString("| Check | Outcome | Subject | Observed | Required | Remedy |\n|---|---|---|---|---|---|\n")
	for _, f := range found {
		fmt.Fprintf(b, "| %s<br>%s | %s | %s | %s | %s | %s |\n", f.link(), MarkdownText(f.Title), MarkdownText(string(f.Outcome)),
			MarkdownText(f.Subject), MarkdownText(f.Observed), MarkdownText(f.Required), MarkdownText(f.Remedy))
	}
}

func (r Report) writePassed(b *strings.Builder) {
	passed := r.at(placePassed)
	if len(passed) == 0 {
		return
	}
	fmt.Fprintf(b, "\n<details>\n<summary>%s passed</summary>\n\n", checks(len(passed)))
	b.WriteString("| Check | Subject | Observed |\n|---|---|---|\n")
	for _, f := range passed {
		fmt.Fprintf(b, "| %s<br>%s | %s | %s |\n", f.link(), MarkdownText(f.Title), MarkdownText(f.Subject), MarkdownText(f.Observed))
	}
	b.WriteString("\n</details>\n")
}

// link is the id, leading to where the requirement is documented.
func (f Finding) link() string {
	id := MarkdownText(f.CheckID)
	if !strings.HasPrefix(f.DocURL, "https://") && !strings.HasPrefix(f.DocURL, "http://") {
		return id
	}
	return "[" + id + "](" + linkTarget(f.DocURL) + ")"
}

// linkTarget keeps a URL from ending the link, the cell or the line.
func linkTarget(url string) string {
	var b strings.Builder
	for i := range len(url) {
		if c := url[i]; c <= ' ' || c >= 0x7f || strings.IndexByte("()<>|\\`\"", c) >= 0 {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// MarkdownText escapes plain text for a cell of a table in Markdown. A line break becomes
// <br>, since a cell is one line.
func MarkdownText(s string) string {
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\n':
			b.WriteString("<br>")
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '&':
			b.WriteString("&amp;")
		case strings.ContainsRune("\\`*_[]|~#!$", r):
			b.WriteString("\\" + string(r))
		default:
			b.WriteString(clean(string(r)))
		}
	}
	return b.String()
}
