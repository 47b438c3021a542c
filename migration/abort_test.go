package migration_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/migrationtest"
	"github.com/cachelift/cachelift/progress"
)

// The run ends while it aborts: Abort does not say that it is done.
func TestAbortThatIsCutShortSaysSo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := migrationtest.NewScenario(t)
		ctx, cancel := context.WithCancelCause(t.Context())
		reached, ended := make(chan struct{}), make(chan error, 1)
		m := s.Migrator(&migration.Options{InSyncFor: time.Hour, Observers: []progress.Observer{
			onState(progress.StateInSync, func() { close(reached) }),
			onState(progress.StateAborting, func() { cancel(errOperator) }),
		}})
		go func() {
			_, err := m.Run(ctx)
			ended <- err
		}()
		<-reached
		err := m.Abort(t.Context(), "enough")
		if run := <-ended; !errors.Is(err, errOperator) || !errors.Is(run, errOperator) {
			t.Errorf("Abort = %v, Run = %v; want both to say that it was cut short", err, run)
		}
	})
}

// Nothing could be undone, and the replication did not end either: Abort tells
// both.
func TestAbortTellsAllThatFailed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, reached := migrationtest.NewScenario(t), make(chan struct{})
		kept := errors.New("alerts stay silent")
		step := migration.Step{
			Run: func(ctx context.Context, _ *migration.Session) error {
				close(reached)
				<-ctx.Done()
				return ctx.Err()
			},
			Undo: func(context.Context, *migration.Session) error { return migration.Permanent(kept) },
		}
		m := s.Migrator(&migration.Options{Workflow: approval(step), Assume: migration.Assumptions{PromotionWithin: time.Second}})
		ended := make(chan error, 1)
		go func() {
			_, err := m.Run(t.Context())
			ended <- err
		}()
		<-reached
		err := m.Abort(t.Context(), "enough")
		var failed *migration.Error
		if !errors.As(err, &failed) || failed.Op != "CompleteMigration" || !errors.Is(err, kept) || failed.Diagnosis == nil {
			t.Errorf("Abort = %v, want the stop that failed, and the undo", err)
		}
		<-ended
	})
}
