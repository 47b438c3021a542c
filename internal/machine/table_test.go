package machine

import (
	"slices"
	"strings"
	"testing"

	"github.com/looplab/fsm"

	"github.com/cachelift/cachelift/progress"
)

// hosts is a way with a step of a host in every kind of place.
func hosts() Table {
	var way []Stop
	for _, s := range Builtin() {
		way = append(way, s)
		switch s.State {
		case progress.StateNew, progress.StatePreflight, progress.StateInSync, progress.StatePausing, progress.StateCompleting, progress.StateSwitching:
			way = append(way, Stop{State: "after-" + s.State, Done: progress.TriggerStepDone})
		}
	}
	return NewTable(way)
}

func TestStepsOfAHostHaveTheirEdges(t *testing.T) {
	t.Parallel()
	edges := hosts().Edges()
	rows := []struct {
		why  string
		edge Edge
		want bool
	}{
		{"the state before leads to the step", Edge{progress.TriggerApproved, "in_sync", "after-in_sync"}, true},
		{"and no longer past it", Edge{progress.TriggerApproved, "in_sync", "pausing"}, false},
		{"the step leads on", Edge{progress.TriggerStepDone, "after-in_sync", "pausing"}, true},
		{"before the pause it can fall behind", Edge{progress.TriggerFellBehind, "after-in_sync", "syncing"}, true},
		{"before the pause it can start again", Edge{progress.TriggerStartAgain, "after-in_sync", "starting"}, true},
		{"inside the pause it cannot", Edge{progress.TriggerStartAgain, "after-pausing", "starting"}, false},
		{"there is nothing to back out of yet", Edge{progress.TriggerBackedOut, "after-in_sync", "in_sync"}, false},
		{"inside the pause it backs out", Edge{progress.TriggerBackedOut, "after-pausing", "in_sync"}, true},
		{"inside the pause it can be aborted", Edge{progress.TriggerAbort, "after-pausing", "aborting"}, true},
		{"past the point of no return it cannot", Edge{progress.TriggerAbort, "after-completing", "aborting"}, false},
		{"nor back out", Edge{progress.TriggerBackedOut, "after-completing", "in_sync"}, false},
		{"before preflight there is nothing to end", Edge{progress.TriggerAbort, "after-new", "aborting"}, false},
		{"behind it there may be", Edge{progress.TriggerAbort, "after-preflight", "aborting"}, true},
		{"preflight changes nothing", Edge{progress.TriggerAbort, "preflight", "aborting"}, false},
		{"the last step leads to done", Edge{progress.TriggerStepDone, "after-switching", "done"}, true},
		{"every step can fail", Edge{progress.TriggerFail, "after-switching", "failed"}, true},
	}
	for _, r := range rows {
		if got := slices.Contains(edges, r.edge); got != r.want {
			t.Errorf("%s: %+v is in the table: %t, want %t", r.why, r.edge, got, r.want)
		}
	}
}

// The diagram has the edges of looplab/fsm's own diagram, but for those that
// fail, in a better order.
func TestMermaid(t *testing.T) {
	t.Parallel()
	own, err := fsm.VisualizeWithType(fsm.NewFSM(string(progress.StateNew), builtin().events(), nil), fsm.MERMAID)
	if err != nil {
		t.Fatal(err)
	}
	want := slices.DeleteFunc(lines(own), func(l string) bool { return strings.HasSuffix(l, ": fail") })
	want = append(want, "done --> [*]", "aborted --> [*]",
		"classDef paused stroke-dasharray: 4", "class pausing,draining,completing,switching paused")
	slices.Sort(want)
	got := builtin().Mermaid()
	if !slices.Equal(lines(got), want) {
		t.Errorf("got:\n%s\nwant the lines:\n%s", got, strings.Join(want, "\n"))
	}
	if !strings.HasPrefix(got, "stateDiagram-v2\n    [*] --> new\n    new --> preflight: begin\n") {
		t.Errorf("the diagram does not begin where a migration begins:\n%s", got)
	}
}

func TestMermaidNamesSteps(t *testing.T) {
	t.Parallel()
	got := lines(hosts().Mermaid())
	for _, want := range []string{
		`state "after-in_sync" as step_after_in_sync`,
		"in_sync --> step_after_in_sync: approved",
		"step_after_in_sync --> pausing: step_done",
		"class pausing,step_after_pausing,draining,completing,step_after_completing,switching paused",
	} {
		if !slices.Contains(got, want) {
			t.Errorf("the diagram lacks the line %q:\n%s", want, strings.Join(got, "\n"))
		}
	}
}

// lines are the lines of a diagram, sorted.
func lines(s string) []string {
	var out []string
	for line := range strings.Lines(s) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	slices.Sort(out)
	return out
}
