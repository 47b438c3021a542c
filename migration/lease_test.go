package migration_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/migrationtest"
	"github.com/cachelift/cachelift/progress"
)

// testLease is lost at a Check, and counts what is asked of it.
type testLease struct {
	held                     error // of Acquire
	loseAt                   int   // the number of the Check; 0 for never
	acquired, checks, lasted int   // lasted: effects that were seen until it was lost
	released                 int
	effects                  func() int
}

func (l *testLease) Acquire(context.Context, migration.Plan) error {
	if l.held == nil {
		l.acquired++
	}
	return l.held
}

func (l *testLease) Check(context.Context) error {
	l.checks++
	if l.loseAt > 0 && l.checks >= l.loseAt {
		if l.checks == l.loseAt {
			synctest.Wait() // for the observers to have been told
			l.lasted = l.effects()
		}
		return errors.New("somebody else took it")
	}
	return nil
}

func (l *testLease) Release(context.Context) error { l.released++; return nil }

// effects counts what the library did to the world, as its events tell.
func effects(s *migrationtest.Scenario) int {
	n := 0
	for _, e := range s.Recorder().Events() {
		switch e := e.(type) {
		case progress.ActionDone:
			n++
		case progress.StepCalled:
			if e.Call == progress.StepRun {
				n++
			}
		}
	}
	return n
}

// leasedScenario is a migration with a step, and how to run it under a lease.
func leasedScenario(t *testing.T) (*migrationtest.Scenario, func(*testLease) error) {
	s := migrationtest.NewScenario(t)
	done := func(context.Context, *migration.Session) error { return nil }
	wf := migration.DefaultWorkflow().
		Before(progress.StatePausing, migration.Step{Name: "approval", Run: done, Undo: done}).
		After(progress.StatePausing, migration.Step{Name: "warm-up", Run: done, Undo: done})
	return s, func(l *testLease) error {
		l.effects = func() int { return effects(s) }
		_, err := s.Migrator(&migration.Options{Workflow: wf, Lease: l}).Run(t.Context())
		return err
	}
}

func TestLostLeaseStopsBeforeTheNextSideEffect(t *testing.T) {
	t.Parallel()
	total := 0
	synctest.Test(t, func(t *testing.T) {
		s, run := leasedScenario(t)
		l := &testLease{}
		if err := run(l); err != nil || l.acquired != 1 || l.released != 1 {
			t.Fatalf("error %v, acquired %d times, released %d times", err, l.acquired, l.released)
		}
		if total = effects(s); l.checks < total || total < 7 {
			t.Fatalf("%d checks for %d effects, want one before each", l.checks, total)
		}
	})
	for at := 1; at <= total; at++ {
		t.Run(fmt.Sprint("check ", at), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { loseLease(t, at) })
		})
	}
}

func loseLease(t *testing.T, at int) {
	s, run := leasedScenario(t)
	l := &testLease{loseAt: at}
	err := run(l)
	var failed *migration.Error
	if !errors.Is(err, migration.ErrLeaseLost) || !errors.As(err, &failed) || !failed.Retryable() && !failed.PastNoReturn() {
		t.Fatalf("error %v, want one that is ErrLeaseLost and leads to another run", err)
	}
	if now := effects(s); now != l.lasted {
		t.Errorf("%d effects, %d when the lease was lost:\n%s", now, l.lasted, s.Recorder().Transcript())
	}
	paused := slices.ContainsFunc(s.Recorder().Events(), func(e progress.Event) bool {
		a, ok := e.(progress.ActionDone)
		return ok && a.Action == progress.ActionPauseWrites
	})
	if says := strings.Contains(err.Error(), "paused"); says != paused {
		t.Errorf("writes are paused: %t; the error says so: %t: %v", paused, says, err)
	}
	if l.released != 1 {
		t.Errorf("released %d times", l.released)
	}
	if err := run(&testLease{}); err != nil { // whoever holds it now
		t.Fatalf("the next run: %v", err)
	}
	if _, ok := s.SwitchedTo(); !ok {
		t.Error("the application was not switched")
	}
}

func TestHeldLeaseChangesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, run := leasedScenario(t)
		l := &testLease{held: fmt.Errorf("process 7: %w", migration.ErrLeaseHeld)}
		err := run(l)
		var failed *migration.Error
		if !errors.Is(err, migration.ErrLeaseHeld) || !errors.As(err, &failed) || !failed.Retryable() {
			t.Errorf("error %v, want ErrLeaseHeld, which passes", err)
		}
		if calls := s.Sim().Calls(); len(calls) != 0 || l.released != 0 {
			t.Errorf("%d calls, released %d times, want none", len(calls), l.released)
		}
	})
}

func TestFileLease(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "orders.lock")
	plan, first, second := goodPlan(), migration.NewFileLease(path), migration.NewFileLease(path)
	ctx := t.Context()
	must := func(what string, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	must("Acquire", first.Acquire(ctx, plan))
	must("Check", first.Check(ctx))
	want := fmt.Sprintf("process %d on", os.Getpid())
	if err := second.Acquire(ctx, plan); !errors.Is(err, migration.ErrLeaseHeld) || !strings.Contains(err.Error(), want) {
		t.Errorf("a second holder: %v, want ErrLeaseHeld and %q", err, want)
	}
	if err := second.Check(ctx); err == nil {
		t.Error("Check without the lease says that it is held")
	}
	must("Release", first.Release(ctx))
	must("Release twice", first.Release(ctx))
	must("Acquire after Release", second.Acquire(ctx, plan))
	must("Check after Release", second.Check(ctx))
	must("remove", os.Remove(path))
	if err := second.Check(ctx); err == nil {
		t.Error("the file is gone and Check says that the lease is held")
	}
	must("Acquire of a new file", first.Acquire(ctx, plan))
	if err := second.Check(ctx); err == nil || !strings.Contains(err.Error(), "replaced") {
		t.Errorf("the file was replaced and Check says %v", err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file: %v, %v, want it for its owner alone", info.Mode(), err)
	}
}

func TestFileLeaseRefusesAnotherPlanOfTheSameID(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "orders.lock")
	plan, ctx := goodPlan(), t.Context()
	l := migration.NewFileLease(path)
	if err := errors.Join(l.Acquire(ctx, plan), l.Release(ctx)); err != nil {
		t.Fatal(err)
	}
	other := plan
	other.Target = migration.ReplicationGroup("staging-cache")
	if err := l.Acquire(ctx, other); !errors.Is(err, migration.ErrTargetBusy) || !strings.Contains(err.Error(), "prod-cache") || !strings.Contains(err.Error(), "staging-cache") {
		t.Errorf("another group: %v, want ErrTargetBusy with both", err)
	}
	other = plan
	other.Source.Port++
	if err := l.Acquire(ctx, other); !errors.Is(err, migration.ErrTargetBusy) {
		t.Errorf("another source: %v, want ErrTargetBusy", err)
	}
	later := migration.NewPlan("orders-again", other.Source, plan.Target)
	if err := errors.Join(l.Acquire(ctx, later), l.Release(ctx)); err != nil {
		t.Errorf("a plan of another ID: %v", err)
	}
	record, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(record, "the end of a longer one"...), 0o600); err != nil {
		t.Fatal(err)
	}
	other = later
	other.Source.Port++
	if err := l.Acquire(ctx, other); !errors.Is(err, migration.ErrTargetBusy) {
		t.Errorf("another source, and the rest of an older record: %v, want ErrTargetBusy", err)
	}
	if err := os.WriteFile(path, []byte("not a record"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(l.Acquire(ctx, plan), l.Release(ctx)); err != nil {
		t.Errorf("a file with something else in it: %v", err)
	}
}
