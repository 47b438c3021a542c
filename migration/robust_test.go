package migration_test

import (
	"context"
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/elasticache"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/progress"
	"github.com/cachelift/cachelift/simulator"
)

// An abort that fails says why, and works when it is asked for again.
func TestAbortThatFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	denied := w.inject(t, simulator.Fault{Kind: simulator.FaultRefuse, Operation: "CompleteMigration", Code: "AccessDenied"})
	opts := w.options()
	m := w.migrator(t, w.plan(), opts)
	if _, err := m.RunUntil(t.Context(), progress.StateInSync); err != nil {
		t.Fatal(err)
	}
	var failed *migration.Error
	err := m.Abort(t.Context(), "test")
	if !errors.As(err, &failed) || failed.State != progress.StateAborting || failed.Diagnosis == nil || failed.Diagnosis.Cause != progress.CausePermission {
		t.Fatalf("Abort = %v, want an error of aborting with cause permission", err)
	}
	if s := m.Snapshot().State; s != progress.StateFailed {
		t.Errorf("state is %s, want failed", s)
	}
	denied.Remove()
	for range 2 { // the second has nothing left to do
		if err := m.Abort(t.Context(), "test"); err != nil {
			t.Fatalf("Abort = %v", err)
		}
	}
	if s := w.group.Status(); s != "available" {
		t.Errorf("status is %q, want available", s)
	}
}

// A refused completion is no end of the migration, whatever its event is called.
func TestRefusalWordedAsAFailure(t *testing.T) {
	t.Parallel()
	w := &world{source: startSource(t)}
	messages := simulator.DefaultMessages()
	messages.PromotionFailed = "Migration operation failed for replication group {id}."
	sim, err := simulator.New(simulator.Options{Timing: simulator.FastTiming(), Messages: messages})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sim.Close() })
	w.sim = sim
	if w.group, err = sim.CreateReplicationGroup(t.Context(), simulator.ReplicationGroup{ID: "test-cluster"}); err != nil {
		t.Fatal(err)
	}
	w.api = elasticache.NewFromConfig(sim.Config())
	w.inject(t, simulator.Fault{Kind: simulator.FaultPromotionFails, Count: 1})
	opts := w.options()
	opts.Cutover = &gate{}
	res, err := w.migrator(t, w.plan(), opts).Run(t.Context())
	if err != nil || res.Cutover.Attempts != 2 {
		t.Errorf("Run = %v in %d attempts, want success in 2", err, res.Cutover.Attempts)
	}
}

func TestCompletionIsRetriedAndObserved(t *testing.T) {
	t.Parallel()
	for _, kind := range []simulator.FaultKind{simulator.FaultServerError, simulator.FaultLostRequest, simulator.FaultThrottle} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.inject(t, simulator.Fault{Kind: kind, Operation: "CompleteMigration", Count: 1})
			opts := w.options()
			opts.Cutover = migration.NewSourceFence(nil)
			if _, err := w.migrator(t, w.plan(), opts).Run(t.Context()); err != nil {
				t.Fatal(err)
			}
			if n := w.accepted("CompleteMigration"); n != 1 {
				t.Errorf("CompleteMigration was accepted %d times, want 1", n)
			}
		})
	}
}

// A run that dies between the promotion and the switch, with no event ever: the
// next one finds the proof on the servers.
func TestPromotedWithoutEventIsProvenByTheServers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.inject(t, simulator.Fault{Kind: simulator.FaultMissingEvent, Operation: "CompleteMigration"})
	plan, opts := w.plan(), w.options()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	opts.Cutover = migration.NewSourceFence(func(context.Context, migration.Endpoint) error {
		cancel() // the process dies before it has told the application
		return errors.New("killed")
	})
	if _, err := w.migrator(t, plan, opts).Run(ctx); !errors.Is(err, migration.ErrPastNoReturn) {
		t.Fatalf("Run = %v, want ErrPastNoReturn", err)
	}
	if open(t, w.source.Addr()) {
		t.Fatal("the source takes writes")
	}
	until(t, "the group is available", func() bool { return w.group.Status() == "available" })
	opts.Cutover = migration.NewSourceFence(nil)
	if res, err := w.migrator(t, plan, opts).Run(t.Context()); err != nil || res.State != progress.StateDone {
		t.Fatalf("the later Run = %s, %v", res.State, err)
	}
}

func TestPreflightAloneChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	report, err := w.migrator(t, w.plan(), w.options()).Preflight(t.Context())
	if err != nil || report.Err() != nil || len(report.Findings) < 12 {
		t.Fatalf("Preflight = %v, %v", report, err)
	}
	for _, c := range w.sim.Calls() {
		switch c.Operation {
		case "DescribeReplicationGroups", "DescribeCacheClusters", "DescribeCacheSubnetGroups", "DescribeCacheParameters":
		default:
			t.Errorf("it called %s, which the read-only part of the policy does not have", c.Operation)
		}
	}
}
