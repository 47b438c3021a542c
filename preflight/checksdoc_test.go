package preflight

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
)

//go:generate go test -run TestChecksDoc -update .

const checksDoc = "../docs/checks.md"

// checksMarkdown is docs/checks.md.
func checksMarkdown(list []Check) string {
	var b strings.Builder
	b.WriteString(`# The built-in checks

Generated from ` + "`preflight.Builtin()`" + ` by ` + "`go generate ./preflight`" + `; a test keeps it true. [preflight.md](preflight.md) says what
a report is, what the outcomes mean, and how to waive, filter and add checks.

A failure of a *blocking* check stops the migration before anything is changed. "If unknown" is what it means when the
facts could not be seen: that is never a pass. A check that is *never* waivable finds what loses or corrupts data in
silence: its failure stands, and only an unknown result can be waived.

`)
	var family string
	for _, c := range list {
		if f := (Finding{CheckID: c.ID}).family(); f != family {
			family = f
			fmt.Fprintf(&b, "- [%s](#%s)\n", family, family)
		}
		fmt.Fprintf(&b, "  - [%s](#%s): %s\n", c.ID, strings.ReplaceAll(c.ID, ".", ""), MarkdownText(c.Title))
	}
	family = ""
	for _, c := range list {
		if f := (Finding{CheckID: c.ID}).family(); f != family {
			family = f
			fmt.Fprintf(&b, "\n## %s\n", family)
		}
		c.writeDoc(&b)
	}
	return b.String()
}

func (c Check) writeDoc(b *strings.Builder) {
	waivable := "yes"
	if c.Waivable == NeverWaived {
		waivable = "never"
	}
	fmt.Fprintf(b, "\n### %s\n\n**%s.** %s\n\n", c.ID, MarkdownText(c.Title), MarkdownText(c.Detail))
	fmt.Fprintf(b, "| Severity | If unknown | Waivable | Documented |\n|---|---|---|---|\n")
	fmt.Fprintf(b, "| %s | %s | %s | <%s> |\n", c.severity(Fail), c.severity(Unknown), waivable, c.DocURL)
}

// TestChecksDoc keeps the page true. With -update it writes it.
func TestChecksDoc(t *testing.T) {
	t.Parallel()
	want := checksMarkdown(Builtin())
	if *update {
		if err := os.WriteFile(checksDoc, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(checksDoc)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is not what the checks say: run go generate ./preflight", checksDoc)
	}
}

var goodID = regexp.MustCompile(`^[a-z]+\.[a-z-]+$`)

func TestEveryCheckIsDocumented(t *testing.T) {
	t.Parallel()
	seen, last := map[string]bool{}, ""
	for _, c := range Builtin() {
		if !goodID.MatchString(c.ID) || c.Title == "" || c.Detail == "" || strings.HasSuffix(c.Title, ".") {
			t.Errorf("%s: title %q, detail %q", c.ID, c.Title, c.Detail)
		}
		if c.Detail != "" && !strings.HasSuffix(c.Detail, ".") {
			t.Errorf("%s: the detail does not end in a full stop: %q", c.ID, c.Detail)
		}
		if !strings.HasPrefix(c.DocURL, "https://") || linkTarget(c.DocURL) != c.DocURL {
			t.Errorf("%s: the link is %q", c.ID, c.DocURL)
		}
		family := Finding{CheckID: c.ID}.family()
		if family != last && seen[family] {
			t.Errorf("%s: the family is in two places of the list, and would have two headings", c.ID)
		}
		seen[family], last = true, family
	}
}
