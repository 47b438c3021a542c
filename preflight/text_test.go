package preflight

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestReportText(t *testing.T) {
	t.Parallel()
	want := `FAIL     target.multi-az   title of target.multi-az
         subject   s
         observed  o
         required  r
         remedy    change it
UNKNOWN  host.strange      title of host.strange
         subject   x
         observed  evil [2J line
         required  r
         remedy    m

FAIL     host.warning      title of host.warning (warning)
         subject   s
         observed  o
         required  r
         remedy    change it

FAIL     pair.memory       title of pair.memory (waived)
         subject   s
         observed  o
         required  r
         remedy    change it

target: 1 of 2 passed
pass     target.exists     title of target.exists: o

pair: 1 of 2 passed
pass     pair.rdb-version  title of pair.rdb-version: o

waivers without effect: misspelt
6 checks: 2 passed, 3 failed, 1 unknown; 1 waived, 2 block
`
	if got := mixedReport().String(); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// What needs a person comes first, then families stay together.
func TestOrder(t *testing.T) {
	t.Parallel()
	warn := func(c Check) Check { c.Severity = Warning; return c }
	report := Judge(Facts{}, []Check{
		fixed("a.pass", Pass), fixed("b.pass", Pass), fixed("a.unknown", Unknown), fixed("b.fail", Fail), fixed("a.waived", Unknown),
		warn(fixed("b.warn", Unknown)), warn(fixed("a.warn", Fail)), fixed("c.fail", Fail), fixed("a.fail", Fail), fixed("b.other", Fail), fixed("a.last", Pass),
	}, []string{"a.waived"})
	want := []string{"a.fail", "b.fail", "b.other", "c.fail", "a.unknown", "a.warn", "b.warn", "a.waived", "a.pass", "a.last", "b.pass"}
	var got []string
	for _, m := range regexp.MustCompile(`(?m)^(?:FAIL|UNKNOWN|pass) +(\S+)`).FindAllStringSubmatch(report.String(), -1) {
		got = append(got, m[1])
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

var escapes = regexp.MustCompile("\x1b\\[[0-9;]*m")

// Colours are all that colours add, and a finding cannot bring its own.
func TestColours(t *testing.T) {
	t.Parallel()
	r := mixedReport()
	coloured := r.text(true)
	if got := escapes.ReplaceAllString(coloured, ""); got != r.String() {
		t.Errorf("without the colours:\n%s\nwant:\n%s", got, r.String())
	}
	for _, want := range []string{
		"\x1b[1;31mFAIL     \x1b[0m\x1b[1mtarget.multi-az ", "\x1b[1;31mUNKNOWN ", "\x1b[33mFAIL     \x1b[0m\x1b[1mhost.warning",
		"\x1b[36mFAIL     \x1b[0m\x1b[1mpair.memory", "\x1b[32mpass ", "\x1b[1;31m6 checks", "observed \x1b[0m evil [2J line",
	} {
		if !strings.Contains(coloured, want) {
			t.Errorf("%q is missing in %q", want, coloured)
		}
	}
	if good := Judge(Facts{}, []Check{fixed("a.b", Pass)}, nil).text(true); !strings.Contains(good, "\x1b[32m1 check: ") {
		t.Errorf("a good report ends with %q", good)
	}
}

// TestPaintFor sets the environment, so it is not parallel. The null device is
// a character device as a terminal is.
func TestPaintFor(t *testing.T) {
	device, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.Create(filepath.Join(t.TempDir(), "report.txt"))
	if err != nil {
		t.Fatal(err)
	}
	closed, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	t.Cleanup(func() { device.Close(); file.Close() })
	for _, c := range []struct {
		why           string
		w             io.Writer
		noColor, term string
		want          paint
	}{
		{"a terminal", device, "", "xterm-256color", true},
		{"a terminal of no name", device, "", "", true},
		{"a terminal that has no colours", device, "", "dumb", false},
		{"the user wants none", device, "1", "xterm", false},
		{"any value says so", device, "false", "xterm", false},
		{"a file", file, "", "xterm", false},
		{"a buffer", &bytes.Buffer{}, "", "xterm", false},
		{"a closed file", closed, "", "xterm", false},
		{"no file", (*os.File)(nil), "", "xterm", false},
		{"nothing", nil, "", "xterm", false},
	} {
		t.Setenv("NO_COLOR", c.noColor)
		t.Setenv("TERM", c.term)
		if got := paintFor(c.w); got != c.want {
			t.Errorf("%s: got %t, want %t", c.why, got, c.want)
		}
	}
}

func TestTextOfAStrangeReport(t *testing.T) {
	t.Parallel()
	r := Report{
		Findings: []Finding{
			{CheckID: "a.\nb", Title: "t\x1b[0m", Outcome: "od\td", Severity: Blocking, Observed: "\u202eevil\u2028line \xff"},
			{},
		},
		UnusedWaivers: []string{"x\ny"},
	}
	got := r.String()
	if strings.ContainsAny(got, "\x1b\t\u202e\u2028") || strings.Count(got, "\n") != 7 {
		t.Errorf("got %q", got)
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestWritersReturnTheError(t *testing.T) {
	t.Parallel()
	r := mixedReport()
	for name, write := range map[string]func(io.Writer) error{
		"text": r.WriteText, "Markdown": r.WriteMarkdown, "JUnit": r.WriteJUnit,
		"facts": func(w io.Writer) error { return WriteFacts(w, goodFacts()) },
	} {
		if err := write(brokenWriter{}); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// Several checks that nobody could judge for one reason say the reason once.
func TestOneReasonIsSaidOnce(t *testing.T) {
	t.Parallel()
	f := goodFacts()
	f.Network = nil
	gap(&f, "network", "no EC2 client was given")
	text := Judge(f, Builtin(), nil).String()
	if n := strings.Count(text, "no EC2 client was given"); n != 1 {
		t.Errorf("the reason is there %d times, want once:\n%s", n, text)
	}
	for _, id := range []string{"network.address", "network.vpc", "network.route", "network.security-group", "network.acl"} {
		if !strings.Contains(text, "UNKNOWN  "+id) {
			t.Errorf("%s is missing:\n%s", id, text)
		}
	}
}
