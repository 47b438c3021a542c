package machine

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/cachelift/cachelift/progress"
)

var update = flag.Bool("update", false, "write generated documents")

// statesDoc is the text of docs/states.md.
func statesDoc() string {
	var b strings.Builder
	b.WriteString("# States and transitions\n\nGenerated from the transition table. What each state means is in the documentation of\n`progress.State`. Steps of a host stand between them, see [workflows.md](workflows.md).\nThe diagram leaves out the transitions to `failed`; in states with a dashed border writes are paused.\n\n```mermaid\n")
	b.WriteString(strings.TrimSpace(builtin().Mermaid()))
	b.WriteString("\n```\n\n| trigger | from | to |\n|---|---|---|\n")
	for _, e := range builtin().Edges() {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", e.Trigger, e.From, e.To)
	}
	return b.String()
}

func read(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// The README's diagram shows every transition but those of failing and
// aborting, which the text tells, and no other.
func TestReadmeDiagram(t *testing.T) {
	t.Parallel()
	drawn := map[Edge]bool{}
	for _, m := range regexp.MustCompile(`(?m)^\s*(\w+) --> (\w+): (\w+)$`).FindAllStringSubmatch(read(t, "../../README.md"), -1) {
		drawn[Edge{From: progress.State(m[1]), To: progress.State(m[2]), Trigger: progress.Trigger(m[3])}] = true
	}
	for _, e := range builtin().Edges() {
		switch e.Trigger {
		case progress.TriggerFail, progress.TriggerAbort, progress.TriggerAborted:
			continue
		}
		if !drawn[e] {
			t.Errorf("README.md lacks %s --> %s: %s", e.From, e.To, e.Trigger)
		}
		delete(drawn, e)
	}
	for e := range drawn {
		t.Errorf("README.md shows %s --> %s: %s, which does not exist", e.From, e.To, e.Trigger)
	}
}

// docs/states.md is generated: go test ./internal/machine -run StatesDoc -update.
func TestStatesDoc(t *testing.T) {
	t.Parallel()
	want := statesDoc()
	const file = "../../docs/states.md"
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if read(t, file) != want {
		t.Errorf("%s is not what the transition table says; run go test ./internal/machine -run StatesDoc -update", file)
	}
}
