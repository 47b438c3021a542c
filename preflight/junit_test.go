package preflight

import (
	"encoding/xml"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// decodeJUnit reads what was written as a pipeline does.
func decodeJUnit(t *testing.T, r Report) (junitSuite, string) {
	t.Helper()
	var b strings.Builder
	if err := r.WriteJUnit(&b); err != nil {
		t.Fatal(err)
	}
	var doc junitSuites
	if err := xml.Unmarshal([]byte(b.String()), &doc); err != nil {
		t.Fatalf("%v in\n%s", err, &b)
	}
	return doc.Suite, b.String()
}

func TestWriteJUnit(t *testing.T) {
	t.Parallel()
	s, text := decodeJUnit(t, mixedReport())
	if s.Name != "cachelift preflight" || s.Tests != 6 || s.Failures != 1 || s.Errors != 1 || s.Skipped != 1 || s.Timestamp != "2026-11-20T12:00:00" {
		t.Errorf("suite %+v", s)
	}
	kinds := map[string]string{}
	for _, c := range s.Cases {
		kind := "passed"
		switch {
		case c.Failure != nil:
			kind = "failure " + c.Failure.Message
		case c.Error != nil:
			kind = "error " + c.Error.Message
		case c.Skipped != nil:
			kind = "skipped " + c.Skipped.Message
		case c.Out != "":
			kind = "out " + c.Out
		}
		kinds[c.Family+" "+c.ID] = kind
	}
	for id, want := range map[string]string{
		"target target.exists":   "passed",
		"target target.multi-az": "failure title of target.multi-az: o",
		"host host.strange":      "error title of host.strange: evil [2J line",
		"pair pair.memory":       "skipped title of pair.memory (waived): o",
		"host host.warning":      "out warning: title of host.warning\noutcome: fail\nsubject: s\nobserved: o\nrequired: r\nremedy: change it\n",
		"pair pair.rdb-version":  "passed",
	} {
		if kinds[id] != want {
			t.Errorf("%s: got %q, want %q", id, kinds[id], want)
		}
	}
	if len(s.Cases) != 6 || !strings.Contains(s.Out, "waivers without effect: misspelt\n6 checks: 2 passed") {
		t.Errorf("%d cases, output %q", len(s.Cases), s.Out)
	}
	if f := s.Cases[4].Failure; f == nil || f.Text != "subject: s\nobserved: o\nrequired: r\nremedy: change it\n" {
		t.Errorf("the text of the failure: %+v", f)
	}
	if !strings.HasPrefix(text, `<?xml version="1.0" encoding="UTF-8"?>`+"\n<testsuites>\n  <testsuite ") {
		t.Errorf("begins with %.80q", text)
	}
}

func TestJUnitHasNoBadCharacters(t *testing.T) {
	t.Parallel()
	bad := "a\x00b\x1b[31m\xff\uFFFE\uFFFF<&>\"'\r\n]]>"
	r := Report{At: time.Date(2026, 1, 2, 3, 4, 5, 0, time.FixedZone("", 3600)), UnusedWaivers: []string{bad}}
	for _, o := range []Outcome{Pass, Fail, Unknown, Outcome(bad)} {
		for _, s := range []Severity{Blocking, Warning} {
			r.Findings = append(r.Findings, Finding{CheckID: bad, Title: bad, Outcome: o, Severity: s, Subject: bad, Observed: bad, Required: bad, Remedy: bad, DocURL: bad})
		}
	}
	s, text := decodeJUnit(t, r)
	if len(s.Cases) != 8 || s.Failures != 2 || s.Errors != 1 || s.Timestamp != "2026-01-02T02:04:05" {
		t.Errorf("suite %+v", s)
	}
	if !utf8.ValidString(text) || strings.ContainsAny(text, "\x00\x1b\r\uFFFE\uFFFF") {
		t.Errorf("got %q", text)
	}
	if want := "a b [31m\uFFFD<&>\"'  ]]>"; s.Cases[0].ID != want {
		t.Errorf("got %q, want %q", s.Cases[0].ID, want)
	}
}
