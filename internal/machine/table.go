package machine

import (
	"fmt"
	"strings"

	"github.com/cachelift/cachelift/progress"
)

// Edge is one legal transition.
type Edge struct {
	// Trigger makes the transition.
	Trigger progress.Trigger
	// From is the state that is left.
	From progress.State
	// To is the state that is entered.
	To progress.State
}

// Edges returns all legal transitions, in the order in which a migration meets
// them: the way to done, backing out, aborting, failing. The slice is the
// caller's.
func Edges() []Edge {
	edges := []Edge{
		{progress.TriggerBegin, progress.StateNew, progress.StatePreflight},
		{progress.TriggerPassed, progress.StatePreflight, progress.StateTesting},
		{progress.TriggerTested, progress.StateTesting, progress.StateStarting},
		{progress.TriggerStarted, progress.StateStarting, progress.StateSyncing},
		{progress.TriggerCaughtUp, progress.StateSyncing, progress.StateInSync},
		{progress.TriggerFellBehind, progress.StateInSync, progress.StateSyncing},
		{progress.TriggerApproved, progress.StateInSync, progress.StatePausing},
		{progress.TriggerPaused, progress.StatePausing, progress.StateDraining},
		{progress.TriggerDrained, progress.StateDraining, progress.StateCompleting},
		{progress.TriggerPromoted, progress.StateCompleting, progress.StateSwitching},
		{progress.TriggerSwitched, progress.StateSwitching, progress.StateDone},
		{progress.TriggerBackedOut, progress.StatePausing, progress.StateInSync},
		{progress.TriggerBackedOut, progress.StateDraining, progress.StateInSync},
		{progress.TriggerBackedOut, progress.StateCompleting, progress.StateInSync},
		{progress.TriggerAbort, progress.StateTesting, progress.StateAborting},
		{progress.TriggerAbort, progress.StateStarting, progress.StateAborting},
		{progress.TriggerAbort, progress.StateSyncing, progress.StateAborting},
		{progress.TriggerAbort, progress.StateInSync, progress.StateAborting},
		{progress.TriggerAbort, progress.StatePausing, progress.StateAborting},
		{progress.TriggerAbort, progress.StateDraining, progress.StateAborting},
		{progress.TriggerAborted, progress.StateAborting, progress.StateAborted},
	}
	for _, s := range progress.States() {
		if !s.Terminal() {
			edges = append(edges, Edge{progress.TriggerFail, s, progress.StateFailed})
		}
	}
	return edges
}

// Mermaid draws the table as a stateDiagram-v2, one line an edge in the order
// of [Edges].
func Mermaid() string {
	var b strings.Builder
	b.WriteString("stateDiagram-v2\n")
	fmt.Fprintf(&b, "    [*] --> %s\n", progress.StateNew)
	for _, e := range Edges() {
		fmt.Fprintf(&b, "    %s --> %s: %s\n", e.From, e.To, e.Trigger)
	}
	for _, s := range progress.States() {
		if s.Terminal() {
			fmt.Fprintf(&b, "    %s --> [*]\n", s)
		}
	}
	return b.String()
}
