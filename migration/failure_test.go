package migration_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/preflight"
	"github.com/cachelift/cachelift/progress"
	"github.com/cachelift/cachelift/simulator"
)

func (w *world) inject(t testing.TB, f simulator.Fault) *simulator.Injection {
	t.Helper()
	in, err := w.sim.Inject(f)
	if err != nil {
		t.Fatal(err)
	}
	return in
}

// accepted counts the calls of an operation that took effect.
func (w *world) accepted(operation string) int {
	n := 0
	for _, c := range w.sim.Calls() {
		if c.Operation == operation && c.Accepted {
			n++
		}
	}
	return n
}

// open reports whether the server takes writes.
func open(t testing.TB, addr string) bool {
	t.Helper()
	c := plainClient(addr)
	defer c.Close()
	return c.Set(context.Background(), "probe", 1, 0).Err() == nil
}

// newSlowWorld has a source whose full sync takes half a second, so that it is
// never over before it is rejected.
func newSlowWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, "--rdb-key-save-delay", "1000")
	fill(t, w.source.Addr(), 500, 10)
	return w
}

func TestFailedStartTellsTheEvent(t *testing.T) {
	t.Parallel()
	w := newSlowWorld(t)
	w.inject(t, simulator.Fault{Kind: simulator.FaultRejectedRDB})
	rec := &recorder{}
	opts := w.options()
	opts.Observers = []progress.Observer{rec}
	m := w.migrator(t, w.plan(), opts)
	res, err := m.RunUntil(t.Context(), progress.StateInSync)

	const text = "because of invalid RDB received"
	var failed *migration.Error
	if !errors.As(err, &failed) || !strings.Contains(err.Error(), text) {
		for _, e := range rec.all() {
			t.Log(e.Meta().State, e)
		}
		t.Fatalf("error is %v, want a *migration.Error with the event's text", err)
	}
	if failed.Diagnosis == nil || failed.Diagnosis.Cause != progress.CauseRDBRejected || failed.Diagnosis.Remedy == "" {
		t.Errorf("diagnosis is %+v, want %s with a remedy", failed.Diagnosis, progress.CauseRDBRejected)
	}
	if res.State != progress.StateFailed {
		t.Errorf("state is %s, want failed", res.State)
	}
	s := m.Snapshot()
	if s.State != progress.StateFailed || s.Diagnosis == nil || !slices.ContainsFunc(s.Events, func(e progress.ServiceEvent) bool { return strings.Contains(e.Message, text) }) {
		t.Errorf("snapshot lacks the failure: %+v", s)
	}
	events := rec.all()
	if last, ok := events[len(events)-1].(progress.RunEnded); !ok || !strings.Contains(last.Err, text) {
		t.Errorf("last event is %v, want run_ended with the event's text", events[len(events)-1])
	}
	if n := w.accepted("StartMigration"); n != 1 {
		t.Errorf("StartMigration was accepted %d times, want 1", n)
	}
}

func TestFailedStartWithoutEvent(t *testing.T) {
	t.Parallel()
	w := newSlowWorld(t)
	w.inject(t, simulator.Fault{Kind: simulator.FaultRejectedRDB})
	w.inject(t, simulator.Fault{Kind: simulator.FaultMissingEvent, Operation: "StartMigration"})
	opts := w.options()
	opts.Assume.EventGrace = 300 * time.Millisecond
	_, err := w.migrator(t, w.plan(), opts).RunUntil(t.Context(), progress.StateInSync)
	if err == nil || !strings.Contains(err.Error(), "no event says why") {
		t.Fatalf("error is %v, want one that says that there is no event", err)
	}
}

// A run after a failed one begins anew: the old failure is not taken for its
// own.
func TestRunAfterAFailedStart(t *testing.T) {
	t.Parallel()
	w := newSlowWorld(t)
	fault := w.inject(t, simulator.Fault{Kind: simulator.FaultRejectedRDB})
	plan := w.plan()
	if _, err := w.migrator(t, plan, w.options()).RunUntil(t.Context(), progress.StateInSync); err == nil {
		t.Fatal("the first run did not fail")
	}
	fault.Remove()
	if _, err := w.migrator(t, plan, w.options()).RunUntil(t.Context(), progress.StateInSync); err != nil {
		t.Fatal(err)
	}
	// And one that attaches to the second start sees no failure either.
	opts := w.options()
	opts.Cutover = migration.NewSourceFence(nil)
	if res, err := w.migrator(t, plan, opts).Run(t.Context()); err != nil || res.State != progress.StateDone {
		t.Fatalf("Run = %s, %v", res.State, err)
	}
}

func TestPassingFaultsAreRetried(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, op := range []string{"DescribeReplicationGroups", "DescribeEvents", "TestMigration", "StartMigration", "CompleteMigration"} {
		w.inject(t, simulator.Fault{Kind: simulator.FaultThrottle, Operation: op, Count: 2})
	}
	for _, op := range []string{"DescribeReplicationGroups", "DescribeEvents", "DescribeCacheClusters", "StartMigration"} {
		w.inject(t, simulator.Fault{Kind: simulator.FaultServerError, Operation: op, Count: 1})
		w.inject(t, simulator.Fault{Kind: simulator.FaultLostRequest, Operation: op, Count: 1})
	}
	rec := &recorder{}
	opts := w.options()
	opts.Observers = []progress.Observer{rec}
	opts.Cutover = migration.NewSourceFence(nil)
	if _, err := w.migrator(t, w.plan(), opts).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, e := range rec.all() {
		if r, ok := e.(progress.Retrying); ok {
			seen[r.Op+" "+r.Class] = true
		}
	}
	for _, want := range []string{"DescribeReplicationGroups throttled", "DescribeReplicationGroups server", "StartMigration throttled"} {
		if !seen[want] {
			t.Errorf("no retry of %q was told; told were %v", want, seen)
		}
	}
	if s, c := w.accepted("StartMigration"), w.accepted("CompleteMigration"); s != 1 || c != 1 {
		t.Errorf("accepted %d starts and %d completions, want one each", s, c)
	}
}

func TestPermanentFaultsAreNotRetried(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		code  string
		cause progress.Cause
	}{
		{"AccessDenied", progress.CausePermission},
		{"InvalidParameterValue", progress.CauseInvalidParameter},
	} {
		t.Run(tc.code, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.inject(t, simulator.Fault{Kind: simulator.FaultRefuse, Operation: "StartMigration", Code: tc.code})
			_, err := w.migrator(t, w.plan(), w.options()).RunUntil(t.Context(), progress.StateInSync)
			var failed *migration.Error
			if !errors.As(err, &failed) || failed.Op != "StartMigration" || failed.Diagnosis == nil || failed.Diagnosis.Cause != tc.cause {
				t.Fatalf("error is %v, want StartMigration with cause %s", err, tc.cause)
			}
			n := 0
			for _, c := range w.sim.Calls() {
				if c.Operation == "StartMigration" {
					n++
				}
			}
			if n != 1 {
				t.Errorf("StartMigration was called %d times, want 1", n)
			}
		})
	}
}

// A reply that is lost after the call was accepted must not start or complete
// twice, and must not be taken for a failure.
func TestLostRepliesAreObserved(t *testing.T) {
	t.Parallel()
	for _, op := range []string{"TestMigration", "StartMigration", "CompleteMigration"} {
		t.Run(op, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			in := w.inject(t, simulator.Fault{Kind: simulator.FaultLostReply, Operation: op, Count: 1})
			opts := w.options()
			opts.Cutover = migration.NewSourceFence(nil)
			if _, err := w.migrator(t, w.plan(), opts).Run(t.Context()); err != nil {
				t.Fatal(err)
			}
			if in.Hits() != 1 {
				t.Fatalf("the fault struck %d times, want 1", in.Hits())
			}
			if n := w.accepted(op); n != 1 {
				t.Errorf("%s was accepted %d times, want 1", op, n)
			}
		})
	}
}

func TestNoVerdictOfTheTestIsNotAPass(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.inject(t, simulator.Fault{Kind: simulator.FaultMissingEvent, Operation: "TestMigration"})
	rec := &recorder{}
	opts := w.options()
	opts.Observers = []progress.Observer{rec}
	opts.Assume.EventGrace = 200 * time.Millisecond
	if _, err := w.migrator(t, w.plan(), opts).RunUntil(t.Context(), progress.StateSyncing); err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(rec.all(), func(e progress.Event) bool {
		d, ok := e.(progress.Diagnosed)
		return ok && d.Diagnosis.Cause == progress.CauseTestUnanswered && !d.Over && strings.Contains(d.Diagnosis.Summary, "not a pass")
	}) {
		t.Error("nobody was told that TestMigration gave no verdict")
	}
}

func TestPreflightBlocksBeforeAnythingIsChanged(t *testing.T) {
	t.Parallel()
	closed := simulator.Endpoint{Address: "127.0.0.1", Port: 1}
	for _, tc := range []struct {
		name   string
		args   []string
		change func(*migration.Plan)
		want   []string // blocking checks that must be among those found
	}{
		{"unknown group", nil, func(p *migration.Plan) { p.Target = migration.ReplicationGroup("nobody") }, []string{"target.exists"}},
		{"closed port", nil, func(p *migration.Plan) { p.Source.Port = closed.Port }, []string{"source.reachable"}},
		{"unknown name", nil, func(p *migration.Plan) { p.Source.Address = "no-such-host.invalid" }, []string{"source.reachable"}},
		{"AUTH", []string{"--requirepass", "sesame"}, nil, []string{"source.auth"}},
		{"cluster mode", []string{"--cluster-enabled", "yes"}, nil, []string{"source.cluster-mode"}},
		{"databases", []string{"--databases", "32"}, nil, []string{"pair.databases"}},
		{"two at once", nil, func(p *migration.Plan) {
			p.Target, p.Source.Port = migration.ReplicationGroup("nobody"), closed.Port
		}, []string{"target.exists", "source.reachable"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, tc.args...)
			plan := w.plan()
			if tc.change != nil {
				tc.change(&plan)
			}
			opts := w.options()
			opts.Cutover = migration.NewSourceFence(nil)
			res, err := w.migrator(t, plan, opts).Run(t.Context())
			var blocked *preflight.FailedError
			if !errors.As(err, &blocked) {
				t.Fatalf("error is %v, want a *preflight.FailedError", err)
			}
			var ids []string
			for _, f := range blocked.Report.Blocking() {
				ids = append(ids, f.CheckID)
				if f.Remedy == "" || f.Required == "" {
					t.Errorf("%s has no remedy or no requirement: %+v", f.CheckID, f)
				}
			}
			for _, id := range tc.want {
				if !slices.Contains(ids, id) {
					t.Errorf("%s is not among the blocking checks %v", id, ids)
				}
			}
			if strings.Contains(err.Error(), "sesame") {
				t.Error("the error holds the password")
			}
			if res.State != progress.StateFailed || w.accepted("TestMigration")+w.accepted("StartMigration") > 0 {
				t.Errorf("state %s; something was changed", res.State)
			}
			if tc.args == nil && !open(t, w.source.Addr()) {
				t.Error("the source does not take writes")
			}
		})
	}
}

func TestForeignMigrationIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, err := w.migrator(t, w.plan(), w.options()).RunUntil(t.Context(), progress.StateInSync); err != nil {
		t.Fatal(err)
	}
	other := startSource(t)
	plan := w.plan()
	plan.Source.Port = other.Endpoint().Port
	m := w.migrator(t, plan, w.options())
	if _, err := m.RunUntil(t.Context(), progress.StateInSync); !errors.Is(err, migration.ErrTargetBusy) {
		t.Errorf("RunUntil = %v, want ErrTargetBusy", err)
	}
	if err := m.Abort(t.Context(), "test"); !errors.Is(err, migration.ErrTargetBusy) {
		t.Errorf("Abort = %v, want ErrTargetBusy", err)
	}
	if n := w.accepted("CompleteMigration"); n != 0 {
		t.Errorf("a foreign migration was stopped")
	}
}
