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

// givenUp is a migration that waits for hours before it is started again, and the run
// of it. waiting is closed some minutes into that wait.
func givenUp(t *testing.T) (s *migrationtest.Scenario, m *migration.Migrator, waiting chan struct{}) {
	s, waiting = migrationtest.NewScenario(t).FullSync(5*time.Minute), make(chan struct{})
	s.At(2*time.Minute, func() { s.SourceServer().Stop() })
	s.At(20*time.Minute, func() { s.SourceServer().Restart() })
	s.At(30*time.Minute, func() { close(waiting) })
	return s, s.Migrator(&migration.Options{StartRetryAfter: 3 * time.Hour}), waiting
}

// An abort that comes while a start that was given up waits to be made again is an
// abort, and no failure.
func TestAbortWhileWaitingToStartAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, m, waiting := givenUp(t)
		ended := make(chan error, 1)
		go func() {
			_, err := m.Run(t.Context())
			ended <- err
		}()
		<-waiting
		err := m.Abort(t.Context(), "enough")
		if run := <-ended; err != nil || !errors.Is(run, migration.ErrAborted) || m.Snapshot().State != progress.StateAborted {
			t.Errorf("Abort = %v, Run = %v, state %s:\n%s", err, run, m.Snapshot().State, s.Recorder().Transcript())
		}
	})
}

// So is the end of the context the end of the run, and no failure.
func TestCancelWhileWaitingToStartAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, m, waiting := givenUp(t)
		ctx, cancel := context.WithCancelCause(t.Context())
		go func() {
			<-waiting
			cancel(errOperator)
		}()
		_, err := m.Run(ctx)
		var failed *migration.Error
		if !errors.Is(err, errOperator) || !errors.As(err, &failed) || failed.Diagnosis != nil || m.Snapshot().State != progress.StateSyncing {
			t.Errorf("Run = %v, state %s:\n%s", err, m.Snapshot().State, s.Recorder().Transcript())
		}
	})
}
