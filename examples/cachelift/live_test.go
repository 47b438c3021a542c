package main

import (
	"testing"
	"time"

	"github.com/cachelift/cachelift/progress"
)

// What is wrong stays in sight while it lasts, and goes when it is over.
func TestBottomOfTheScreen(t *testing.T) {
	t.Parallel()
	sample := progress.Sampled{Sample: progress.Sample{Phase: progress.PhaseTransfer, Percent: 25, PercentLow: 20, PercentHigh: 40, ETA: -1, ETALow: 10 * time.Second, ETAHigh: time.Minute, Lag: -1}}
	silent := progress.Diagnosis{Cause: progress.CauseLinkSilent, Summary: "nothing comes through"}
	const shown = "transfer 25.0% (20 to 40%), 0 B, ETA 10s to 1m0s"
	var b bottom
	for _, step := range []struct {
		event   progress.Event
		changes bool
		want    string
	}{
		{progress.Noted{Text: "hello"}, false, ""},
		{sample, true, shown},
		{progress.Diagnosed{Diagnosis: silent}, true, "! link_silent: " + shown},
		{sample, true, "! link_silent: " + shown},
		{progress.Diagnosed{Diagnosis: silent, Over: true}, true, shown},
		{progress.CutoverHeld{Hold: progress.HoldOutsideWindow, Until: time.Date(2026, 1, 18, 2, 0, 0, 0, time.UTC)}, true, "waits: outside_window until 2026-01-18T02:00:00Z; " + shown},
		{progress.CutoverHeld{Hold: progress.HoldPostponed, Reason: "a sale"}, true, "waits: postponed; " + shown},
		{progress.Diagnosed{Diagnosis: silent}, true, "! link_silent: waits: postponed; " + shown},
		{progress.CutoverHeld{Hold: progress.HoldNone}, true, "! link_silent: " + shown},
	} {
		if changes := b.take(step.event); changes != step.changes || b.String() != step.want {
			t.Errorf("after %v: %q (changes %t), want %q (%t)", step.event, b.String(), changes, step.want, step.changes)
		}
	}
}
