package migrationtest_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cachelift/cachelift/migrationtest"
	"github.com/cachelift/cachelift/preflight"
	"github.com/cachelift/cachelift/progress"
)

// told is an event with the second in which it happened.
type told struct {
	at    int
	state progress.State
	event progress.Event
}

// record makes a recorder that was told the events by one run of a migration.
func record(id string, events ...told) *migrationtest.Recorder {
	r := migrationtest.NewRecorder()
	start := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	for i, e := range events {
		r.Observe(context.Background(), progress.Stamp(e.event, progress.Header{
			MigrationID: id, Seq: uint64(i + 1), At: start.Add(time.Duration(e.at) * time.Second), State: e.state,
		}))
	}
	return r
}

func entered(from, to progress.State, t progress.Trigger) progress.Event {
	return progress.StateChanged{From: from, To: to, Trigger: t, Spent: 3 * time.Second}
}

func status(s string) progress.Event { return progress.StatusSeen{Status: s} }

func phase(p progress.Phase, read int64) progress.Event {
	return progress.Sampled{Sample: progress.Sample{Phase: p, ReadBytes: read}}
}

// novel is an event of a later version.
type novel struct{ progress.Event }

func (novel) Kind() string { return "moon_phase" }

func TestTranscript(t *testing.T) {
	t.Parallel()
	throttled := progress.Retrying{Op: "DescribeEvents", Class: "throttled", Attempt: 1, Delay: 123, Err: "Throttling: slow down"}
	again := throttled
	again.Attempt, again.Delay = 2, 456
	report := preflight.Report{Findings: []preflight.Finding{
		{CheckID: "b.fails", Outcome: preflight.Fail, Severity: preflight.Warning},
		{CheckID: "c.passes", Outcome: preflight.Pass},
		{CheckID: "a.unknown", Outcome: preflight.Unknown, Waived: true},
	}}
	for _, c := range []struct {
		why    string
		events []told
		want   string
	}{
		{"a failed call and its retry are one line, and repeat", []told{
			{0, "starting", progress.ActionDone{Action: progress.ActionStart, Err: "reset after 3ms"}},
			{1, "starting", progress.Retrying{Op: "StartMigration", Class: "transport", Attempt: 1, Err: "reset after 3ms"}},
			{2, "starting", progress.ActionDone{Action: progress.ActionStart, Err: "reset after 4ms"}},
			{4, "starting", progress.Retrying{Op: "StartMigration", Class: "transport", Attempt: 2, Err: "reset after 4ms"}},
			{5, "starting", progress.ActionDone{Action: progress.ActionStart}},
		}, `
starting    start_migration failed: reset after <duration>; trying again (2 times)
starting    start_migration done
`},
		{"what was watched comes last in its state", []told{
			{0, "syncing", entered("starting", "syncing", progress.TriggerStarted)},
			{1, "syncing", status("migrating")},
			{2, "syncing", throttled},
			{3, "syncing", phase(progress.PhaseTransfer, 1)},
			{3, "syncing", phase(progress.PhaseTransfer, 2)},
			{4, "syncing", again},
			{5, "syncing", phase(progress.PhaseLoading, 1)},
			{6, "in_sync", entered("syncing", "in_sync", progress.TriggerCaughtUp)},
			{7, "in_sync", phase(progress.PhaseLoading, 1)},
		}, `
syncing     entered from starting: started
syncing     sampled: transfer
syncing     sampled: loading
syncing     status: migrating
syncing     DescribeEvents failed: throttled: Throttling: slow down; trying again (2 times)
in_sync     entered from syncing: caught_up
`},
		{"checks that did not pass are named", []told{{0, "preflight", progress.PreflightDone{Report: report}}}, `
preflight   preflight: 3 checks: 1 passed, 1 failed, 1 unknown; 1 waived, nothing blocks: a.unknown unknown (waived), b.fails fail
`},
		{"a later kind is shown", []told{{0, "syncing", status("modifying")}}, `
syncing     status: modifying
`},
		{"a run ends with its end", []told{
			{0, "new", progress.RunStarted{Reason: "no migration is under way"}},
			{1, "failed", entered("starting", "failed", progress.TriggerFail)},
			{2, "failed", progress.RunEnded{Err: "migration: starting: x\ny", Diagnosis: &progress.Diagnosis{Cause: progress.CauseStep}}},
			{2, "failed", status("available")},
		}, `
new         run started: no migration is under way
failed      entered from starting: fail
failed      status: available
failed      run ended, cause step: migration: starting: x y
`},
	} {
		want := strings.TrimPrefix(c.want, "\n")
		if got := record("one", c.events...).Transcript(); got != want {
			t.Errorf("%s:\n got\n%s\nwant\n%s", c.why, got, want)
		}
	}
}

// Two goroutines that emit at the same instant are told in one order.
func TestTranscriptHasOneOrderWithinAnInstant(t *testing.T) {
	t.Parallel()
	change := told{1, "completing", entered("draining", "completing", progress.TriggerDrained)}
	begin := told{0, "draining", entered("pausing", "draining", progress.TriggerPaused)}
	seen := func(s progress.State) told { return told{1, s, status("modifying")} }
	published := func(s progress.State) told {
		return told{1, s, progress.ServicePublished{Event: progress.ServiceEvent{Message: "x"}}}
	}
	sent := told{1, "completing", progress.ActionDone{Action: progress.ActionComplete}}
	want := "draining    entered from pausing: paused\ndraining    status: modifying\ndraining    event: x\n" +
		"completing  entered from draining: drained\ncompleting  complete_migration done\n"
	for _, order := range [][]told{
		{begin, seen("draining"), published("draining"), change, sent},
		{begin, seen("draining"), change, published("completing"), sent},
		{begin, change, seen("completing"), sent, published("completing")},
		{begin, change, sent, seen("completing"), published("completing")},
	} {
		if got := record("one", order...).Transcript(); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
}

func TestTranscriptOfTwoMigrations(t *testing.T) {
	t.Parallel()
	all := migrationtest.NewRecorder()
	a, b := record("a", told{0, "new", progress.Noted{Text: "x"}}), record("b", told{0, "new", progress.Noted{Text: "y"}})
	for _, e := range slices.Concat(b.Events(), a.Events()) {
		all.Observe(context.Background(), e)
	}
	all.Observe(context.Background(), novel{b.Events()[0]})
	want := "migration a\nnew         note: x\nmigration b\nnew         note: y\nnew         moon_phase\n"
	if got := all.Transcript(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if all.Reset(); all.Transcript() != "" || len(all.Events()) != 0 {
		t.Error("Reset forgets nothing")
	}
}

func TestRecorderStates(t *testing.T) {
	t.Parallel()
	r := record("one",
		told{0, "syncing", progress.RunStarted{Resumed: true}},
		told{1, "in_sync", entered("syncing", "in_sync", progress.TriggerCaughtUp)},
		told{2, "approval", entered("in_sync", "approval", progress.TriggerApproved)},
	)
	if got := r.States(); !slices.Equal(got, []progress.State{"syncing", "in_sync", "approval"}) {
		t.Errorf("States = %v", got)
	}
}
