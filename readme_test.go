package cachelift_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/cachelift/cachelift/internal/machine"
	"github.com/cachelift/cachelift/progress"
)

func read(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// The README's program is the one that the Example compiles and runs.
func TestReadmeProgram(t *testing.T) {
	t.Parallel()
	_, rest, ok1 := strings.Cut(read(t, "example_test.go"), "// README begin\n")
	code, _, ok2 := strings.Cut(rest, "// README end\n")
	if !ok1 || !ok2 {
		t.Fatal("example_test.go has no README markers")
	}
	if !strings.Contains(read(t, "README.md"), "```go\n"+strings.TrimSpace(code)+"\n```") {
		t.Error("the first program of README.md is not that of example_test.go")
	}
}

// The README's diagram shows every transition but those to failed, which lead
// there from every state, and no other.
func TestReadmeDiagram(t *testing.T) {
	t.Parallel()
	drawn := map[machine.Edge]bool{}
	for _, m := range regexp.MustCompile(`(?m)^\s*(\w+) --> (\w+): (\w+)$`).FindAllStringSubmatch(read(t, "README.md"), -1) {
		drawn[machine.Edge{From: progress.State(m[1]), To: progress.State(m[2]), Trigger: progress.Trigger(m[3])}] = true
	}
	for _, e := range machine.Edges() {
		if e.Trigger == progress.TriggerFail {
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

// docs/states.md is generated: go test . -run StatesDoc -update.
func TestStatesDoc(t *testing.T) {
	t.Parallel()
	want := statesDoc()
	const file = "docs/states.md"
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if read(t, file) != want {
		t.Errorf("%s is not what the transition table says; run go test . -run StatesDoc -update", file)
	}
}
