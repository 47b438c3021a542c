package progress_test

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/cachelift/cachelift/progress"
)

// A snapshot is plain data: for a status page, or a file.
func ExampleSnapshot() {
	at := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	s := progress.Snapshot{
		MigrationID: "orders", At: at, Since: at.Add(-time.Hour), State: progress.StateInSync,
		Source: "10.0.0.241:6379", Target: "replication-group/prod-cache", TargetStatus: "migrating",
		Writes: progress.WritesOpen,
	}
	b, err := json.Marshal(s)
	if err != nil {
		fmt.Println(err)
		return
	}
	var read progress.Snapshot
	if err := json.Unmarshal(b, &read); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(read.State, "for", read.At.Sub(read.Since), "with writes", read.Writes)
	// Output: in_sync for 1h0m0s with writes open
}

// Stamp makes an event as a run would, e.g. to test an observer.
func ExampleStamp() {
	e := progress.Stamp(
		progress.Noted{Text: "waiting for ticket 4711"},
		progress.Header{MigrationID: "orders", Seq: 7, At: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC), State: "approval"})
	fmt.Println(e.Kind(), e.Meta().Seq, e.Meta().State, "-", e)

	b, err := json.Marshal(e)
	fmt.Println(string(b), err)
	// Output:
	// noted 7 approval - note: waiting for ticket 4711
	// {"kind":"noted","migration_id":"orders","seq":7,"at":"2026-11-20T12:00:00Z","state":"approval","text":"waiting for ticket 4711"} <nil>
}

// states counts the states of a run.
type states struct{ entered []progress.State }

// Observe implements progress.Observer.
func (s *states) Observe(_ context.Context, e progress.Event) {
	if e, ok := e.(progress.StateChanged); ok {
		s.entered = append(s.entered, e.To)
	}
}

// Observe is called on one goroutine an observer, so it needs no lock of its
// own.
func ExampleObserver() {
	watch := &states{}
	tell(watch)
	fmt.Println(watch.entered)
	// Output: [in_sync]
}

// The built-in states, in the order of a migration.
func ExampleStates() {
	for _, s := range progress.States() {
		if s.PastNoReturn() {
			fmt.Println(s, s.Terminal())
		}
	}
	// Output:
	// completing false
	// switching false
	// done true
}

// A diagnosis is one line for people and a code for programs.
func ExampleDiagnosis() {
	d := progress.Diagnosis{
		Cause: progress.CauseStep, Summary: "a step of the host's workflow failed",
		Evidence: []string{"step approval", "the ticket was denied"}, Remedy: "correct what the error names and run again",
	}
	fmt.Println(d.Cause == progress.CauseStep, d)
	// Output: true step: a step of the host's workflow failed (step approval; the ticket was denied): correct what the error names and run again
}
