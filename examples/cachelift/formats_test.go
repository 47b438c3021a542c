package main

import (
	"encoding/xml"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/cachelift/cachelift/preflight"
	"github.com/cachelift/cachelift/simulator"
)

// badWorld has something of everything: what blocks, what warns, what cannot be
// told, what is waived.
func badWorld(t *testing.T) *world {
	t.Helper()
	w := newWorldWith(t, simulator.ReplicationGroup{ID: "test-cluster", MultiAZ: simulator.Disabled})
	w.source = startSource(t, "--maxmemory-policy", "noeviction", "--databases", "20")
	if _, err := w.sim.Inject(simulator.Fault{Kind: simulator.FaultRefuse, Operation: "DescribeNetworkAcls", Code: "UnauthorizedOperation"}); err != nil {
		t.Fatal(err)
	}
	return w
}

func TestMarkdown(t *testing.T) {
	t.Parallel()
	w := badWorld(t)
	o := mustCall(t, exitBlocked, w.first("preflight", "--output", "markdown", "--waive", "target.multi-az")...)
	contains(t, o.out, "# Preflight: the migration is blocked\n", "## Blocks the migration", "## Warnings", "## Waived", "pair.databases", "<details>", "</details>")
	cells, rows := 0, 0
	separator := regexp.MustCompile(`(^|[^\\])\|`)
	for line := range strings.Lines(o.out) {
		if !strings.HasPrefix(line, "|") {
			cells = 0
			continue
		}
		n := len(separator.FindAllString(line, -1))
		if cells != 0 && n != cells {
			t.Errorf("%d separators, the head has %d, in %s", n, cells, line)
		}
		cells = n
		rows++
	}
	if rows < len(preflight.Builtin()) {
		t.Errorf("%d rows", rows)
	}
}

func TestJUnit(t *testing.T) {
	t.Parallel()
	w := badWorld(t)
	o := mustCall(t, exitBlocked, w.first("preflight", "--output", "junit", "--waive", "target.multi-az")...)
	var doc struct {
		Suite struct {
			Tests    int `xml:"tests,attr"`
			Failures int `xml:"failures,attr"`
			Errors   int `xml:"errors,attr"`
			Skipped  int `xml:"skipped,attr"`
			Cases    []struct {
				Name    string    `xml:"name,attr"`
				Failure *struct{} `xml:"failure"`
				Skipped *struct{} `xml:"skipped"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	input := strings.NewReader(o.out) // which has ReadByte, so that nothing is read ahead
	if err := xml.NewDecoder(input).Decode(&doc); err != nil {
		t.Fatal(err)
	}
	if rest, err := io.ReadAll(input); err != nil || strings.TrimSpace(string(rest)) != "" {
		t.Errorf("behind the document comes %q, %v", rest, err)
	}
	s := doc.Suite
	if s.Tests != len(s.Cases) || s.Tests == 0 || s.Failures != 1 || s.Errors != 0 || s.Skipped != 1 {
		t.Errorf("%+v", s)
	}
	for _, c := range s.Cases {
		if (c.Failure != nil) != (c.Name == "pair.databases") || (c.Skipped != nil) != (c.Name == "target.multi-az") {
			t.Errorf("%+v", c)
		}
	}
}

func TestOnly(t *testing.T) {
	t.Parallel()
	w := badWorld(t)
	o := mustCall(t, exitDone, w.first("preflight", "--output", "json", "--only", "network.*", "--only", "source.auth")...)
	r := decode[preflight.Report](t, o.out)
	for _, f := range r.Findings {
		if f.CheckID != "source.auth" && !strings.HasPrefix(f.CheckID, "network.") {
			t.Errorf("%s was not asked for", f.CheckID)
		}
	}
	if len(r.Findings) < 5 {
		t.Errorf("%d findings", len(r.Findings))
	}
	mustCall(t, exitBlocked, w.first("preflight", "--only", "pair.databases")...)
}
