package migration_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/migrationtest"
	"github.com/cachelift/cachelift/progress"
	"github.com/cachelift/cachelift/simulator"
)

// An abort by another process stops a start that was accepted, also while the
// target has not turned to the source yet.
func TestAbortOfAStartThatIsStuck(t *testing.T) {
	t.Parallel()
	for name, duringRun := range map[string]bool{"at once": false, "during a run": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			abortStuckStart(t, duringRun)
		})
	}
}

func abortStuckStart(t *testing.T, duringRun bool) {
	t.Helper()
	w := newWorld(t)
	w.inject(t, simulator.Fault{Kind: simulator.FaultStuckModifying})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	opts := func() *migration.Options {
		o := w.options()
		o.Cutover = migration.NewSourceFence(nil)
		return o
	}
	plan := w.plan()
	first := w.migrator(t, plan, opts())
	go func() {
		_, err := first.Run(ctx)
		ended <- err
	}()
	until(t, "the start is accepted", func() bool { return w.accepted("StartMigration") == 1 })
	cancel()
	<-ended
	second := w.migrator(t, plan, opts())
	if duringRun {
		go func() {
			_, err := second.Run(t.Context())
			ended <- err
		}()
		until(t, "the run is attached", func() bool { return second.Snapshot().State == progress.StateStarting })
	}
	if err := second.Abort(t.Context(), "test"); err != nil {
		t.Errorf("Abort = %v", err)
	}
	if duringRun {
		<-ended
	}
	if w.accepted("CompleteMigration") != 1 || w.group.Status() != "available" || !open(t, w.source.Addr()) {
		t.Errorf("%d stops, the group is %s", w.accepted("CompleteMigration"), w.group.Status())
	}
}

// A source that cannot be opened again is told of by an abort, too.
func TestAbortThatCannotResumeSaysThatWritesArePaused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := migrationtest.NewScenario(t)
		stuck := stuckCutover{}
		err := s.Migrator(&migration.Options{Cutover: stuck}).Abort(t.Context(), "enough")
		if err == nil || !errors.Is(err, errStuck) || !strings.Contains(err.Error(), "may still be paused") {
			t.Errorf("Abort = %v, want it to say that writes may still be paused", err)
		}
	})
}

var errStuck = errors.New("the gate is stuck")

// stuckCutover has paused writes and cannot resume them.
type stuckCutover struct{ migration.Cutover }

func (stuckCutover) WritesPaused(context.Context) (bool, error) { return true, nil }
func (stuckCutover) ResumeWrites(context.Context) error         { return errStuck }
