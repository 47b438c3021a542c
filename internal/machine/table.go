package machine

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cachelift/cachelift/progress"
)

// Stop is one state on the way of a migration.
type Stop struct {
	// State is the state.
	State progress.State
	// Done is the trigger that leaves it for the next one; "" for the last.
	Done progress.Trigger
}

// Builtin returns the way of a migration without steps of the host. The slice
// is the caller's.
func Builtin() []Stop {
	return []Stop{
		{progress.StateNew, progress.TriggerBegin},
		{progress.StatePreflight, progress.TriggerPassed},
		{progress.StateTesting, progress.TriggerTested},
		{progress.StateStarting, progress.TriggerStarted},
		{progress.StateSyncing, progress.TriggerCaughtUp},
		{progress.StateInSync, progress.TriggerApproved},
		{progress.StatePausing, progress.TriggerPaused},
		{progress.StateDraining, progress.TriggerDrained},
		{progress.StateCompleting, progress.TriggerPromoted},
		{progress.StateSwitching, progress.TriggerSwitched},
		{progress.StateDone, ""},
	}
}

// Edge is one legal transition.
type Edge struct {
	// Trigger makes the transition.
	Trigger progress.Trigger
	// From is the state that is left.
	From progress.State
	// To is the state that is entered.
	To progress.State
}

// Table is what transitions are legal along a way.
type Table struct{ way []Stop }

// NewTable returns the table of a way: the built-in one, or one with further
// states in it and optional ones left out. Which states may be where is the
// caller's to check.
func NewTable(way []Stop) Table { return Table{slices.Clone(way)} }

// Edges returns all legal transitions, in the order in which a migration meets
// them: the way to done, falling behind, starting again, backing out, aborting, failing. The
// slice is the caller's.
func (t Table) Edges() []Edge {
	var edges []Edge
	for i, s := range t.way[:len(t.way)-1] {
		edges = append(edges, Edge{s.Done, s.State, t.way[i+1].State})
	}
	add := func(trigger progress.Trigger, from []progress.State, to progress.State) {
		for _, s := range from {
			edges = append(edges, Edge{trigger, s, to})
		}
	}
	add(progress.TriggerFellBehind, t.states(t.index(progress.StateInSync), t.index(progress.StatePausing)), progress.StateSyncing)
	add(progress.TriggerStartAgain, t.states(t.index(progress.StateStarting)+1, t.index(progress.StatePausing)), progress.StateStarting)
	add(progress.TriggerBackedOut, t.states(t.index(progress.StatePausing), t.index(progress.StateCompleting)+1), progress.StateInSync)
	// Up to preflight nothing has been begun at AWS that would have to end.
	add(progress.TriggerAbort, t.states(t.index(progress.StatePreflight)+1, t.index(progress.StateCompleting)), progress.StateAborting)
	add(progress.TriggerAborted, []progress.State{progress.StateAborting}, progress.StateAborted)
	add(progress.TriggerFail, append(t.states(0, len(t.way)-1), progress.StateAborting), progress.StateFailed)
	return edges
}

// index is the place of a state on the way; -1 if it is not on it.
func (t Table) index(s progress.State) int {
	return slices.IndexFunc(t.way, func(stop Stop) bool { return stop.State == s })
}

// states returns the states of way[from:to].
func (t Table) states(from, to int) []progress.State {
	var out []progress.State
	for _, s := range t.way[from:to] {
		out = append(out, s.State)
	}
	return out
}

// Mermaid draws the table as a stateDiagram-v2: one line an edge in the order
// of [Table.Edges], those that fail left out, since all states have one. States
// in which writes are paused have a dashed border.
func (t Table) Mermaid() string {
	var b strings.Builder
	b.WriteString("stateDiagram-v2\n")
	for _, s := range t.way {
		if alias(s.State) != string(s.State) {
			fmt.Fprintf(&b, "    state \"%s\" as %s\n", s.State, alias(s.State))
		}
	}
	fmt.Fprintf(&b, "    [*] --> %s\n", alias(t.way[0].State))
	for _, e := range t.Edges() {
		if e.Trigger != progress.TriggerFail {
			fmt.Fprintf(&b, "    %s --> %s: %s\n", alias(e.From), alias(e.To), e.Trigger)
		}
	}
	fmt.Fprintf(&b, "    %s --> [*]\n    %s --> [*]\n", progress.StateDone, progress.StateAborted)
	var paused []string
	for _, s := range t.states(t.index(progress.StatePausing), t.index(progress.StateSwitching)+1) {
		paused = append(paused, alias(s))
	}
	fmt.Fprintf(&b, "    classDef paused stroke-dasharray: 4\n    class %s paused\n", strings.Join(paused, ","))
	return b.String()
}

// alias is the name of a state in a diagram. Mermaid takes neither hyphens nor
// its own keywords, and a step's name may have them.
func alias(s progress.State) string {
	if slices.Contains(progress.States(), s) {
		return string(s)
	}
	return "step_" + strings.ReplaceAll(string(s), "-", "_")
}
