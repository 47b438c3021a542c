package migration_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/migrationtest"
	"github.com/cachelift/cachelift/progress"
)

// A process that died half way through PauseWrites has left writes parked, and
// WritesPaused says that they are open, since the fence is not closed. The next
// one does not wait until the pause runs out.
func TestHalfAPauseOfADeadProcessIsUndone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := migrationtest.NewScenario(t)
		if _, err := s.Migrator(nil).RunUntil(t.Context(), progress.StateInSync); err != nil {
			t.Fatal(err)
		}
		if err := s.SourceClient().Do(t.Context(), "CLIENT", "PAUSE", time.Hour.Milliseconds(), "WRITE").Err(); err != nil {
			t.Fatal(err)
		}
		s.AssertWritesPaused()
		approval := migration.Step{Name: "approval", Run: func(context.Context, *migration.Session) error { return nil }}
		wf := migration.DefaultWorkflow().Before(progress.StateSyncing, approval)
		if _, err := s.Migrator(&migration.Options{Workflow: wf}).RunUntil(t.Context(), progress.StateInSync); err != nil {
			t.Fatal(err)
		}
		s.AssertWritesOpen()
	})
}
