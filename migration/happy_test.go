package migration_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/progress"
)

// recorder keeps the events of a run.
type recorder struct {
	mu     sync.Mutex
	events []progress.Event
}

func (r *recorder) Observe(_ context.Context, e progress.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, e)
}

func (r *recorder) all() []progress.Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.events)
}

// path is the sequence of states.
func (r *recorder) path() []progress.State {
	var path []progress.State
	for _, e := range r.all() {
		if c, ok := e.(progress.StateChanged); ok {
			path = append(path, c.To)
		}
	}
	return path
}

// actions are the side effects, in order; those that failed end in "!".
func (r *recorder) actions() []string {
	var actions []string
	for _, e := range r.all() {
		if a, ok := e.(progress.ActionDone); ok {
			s := string(a.Action)
			if a.Err != "" {
				s += "!"
			}
			actions = append(actions, s)
		}
	}
	return actions
}

func TestRunLosesNoAcknowledgedWrite(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	fill(t, w.source.Addr(), 20_000, 100)
	writers := startWriters(t, 4, w.source.Addr())
	rec := &recorder{}
	opts := w.options()
	opts.Observers = []progress.Observer{rec}
	opts.Cutover = migration.NewSourceFence(writers.switchTo)
	res, err := w.migrator(t, w.plan(), opts).Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	primary := w.group.PrimaryEndpoint().String()
	until(t, "the new primary takes writes", func() bool { return writers.acknowledgedBy(primary) > 100 })
	writers.stop()

	if lost := writers.missing(t, primary); len(lost) > 0 {
		t.Errorf("%d acknowledged writes are lost, e.g. %s", len(lost), lost[0])
	}
	if n := writers.acknowledgedBy(w.source.Addr()); n < 100 {
		t.Errorf("only %d writes were acknowledged before the cut-over: the test proves nothing", n)
	}
	want := []progress.State{"preflight", "testing", "starting", "syncing", "in_sync", "pausing", "draining", "completing", "switching", "done"}
	if got := rec.path(); !slices.Equal(got, want) {
		t.Errorf("path is %v, want %v", got, want)
	}
	wantActions := []string{"test_migration", "start_migration", "pause_writes", "complete_migration", "switch"}
	if got := rec.actions(); !slices.Equal(got, wantActions) {
		t.Errorf("actions are %v, want %v", got, wantActions)
	}
	checkResult(t, res, primary)
	if c := plainClient(w.source.Addr()); c.Set(t.Context(), "late", 1, 0).Err() == nil {
		t.Error("the old source takes writes after the migration")
	}
}

func checkResult(t *testing.T, res migration.Result, primary string) {
	t.Helper()
	c := res.Cutover
	if res.State != progress.StateDone || c.Endpoint.String() != primary || c.Attempts != 1 {
		t.Errorf("state %s, endpoint %s, attempts %d; want done, %s, 1", res.State, c.Endpoint, c.Attempts, primary)
	}
	if c.TargetOffset < c.SourceOffset || c.SourceOffset == 0 || c.Drain <= 0 || c.Pause < c.Drain {
		t.Errorf("the evidence does not hold together: %+v", c)
	}
	if c.Confirmed == "" || res.Preflight == nil || res.Sync.InSyncAt.Before(res.Sync.RequestedAt) {
		t.Errorf("incomplete result: %+v", res)
	}
	for _, s := range []progress.State{"preflight", "starting", "syncing", "completing"} {
		if res.TimeIn[s] <= 0 {
			t.Errorf("no time in %s", s)
		}
	}
	b, err := json.Marshal(res)
	var back migration.Result
	if err == nil {
		err = json.Unmarshal(b, &back)
	}
	if err != nil || back.Plan.Target != res.Plan.Target || back.Cutover.SourceOffset != c.SourceOffset {
		t.Errorf("the result does not survive JSON: %v\n%s", err, b)
	}
}

func TestRunUntilInSyncAndLaterToTheEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	fill(t, w.source.Addr(), 1000, 10)
	plan := w.plan()

	opts := w.options() // no Cutover: not needed to get in sync
	res, err := w.migrator(t, plan, opts).RunUntil(t.Context(), progress.StateInSync)
	if err != nil || res.State != progress.StateInSync {
		t.Fatalf("RunUntil(in_sync) = %s, %v", res.State, err)
	}

	// Another process, from the stored plan.
	stored, err := json.Marshal(plan)
	if err != nil {
		t.Fatal(err)
	}
	var loaded migration.Plan
	if err := json.Unmarshal(stored, &loaded); err != nil {
		t.Fatal(err)
	}
	rec := &recorder{}
	opts.Observers = []progress.Observer{rec}
	opts.Cutover = migration.NewSourceFence(nil)
	m := w.migrator(t, loaded, opts)
	status, err := m.Status(t.Context())
	if err != nil || status.State != progress.StateInSync || status.ReplicatesFrom != w.source.Addr() {
		t.Fatalf("Status = %+v, %v; want in_sync from %s", status, err, w.source.Addr())
	}
	if len(status.Events) == 0 || !strings.HasPrefix(status.Events[len(status.Events)-1].Message, "Starting migration") {
		t.Errorf("Status has the events %v, want the start as the newest", status.Events)
	}
	if res, err = m.Run(t.Context()); err != nil || res.State != progress.StateDone {
		t.Fatalf("Run = %s, %v", res.State, err)
	}
	want := []string{"pause_writes", "complete_migration", "switch"}
	if got := rec.actions(); !slices.Equal(got, want) {
		t.Errorf("actions of the second run are %v, want %v: a start must not be repeated", got, want)
	}
	if s := m.Snapshot(); s.State != progress.StateDone {
		t.Errorf("snapshot says %s, want done", s.State)
	}
}
