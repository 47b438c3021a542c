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
)

// Nothing depends on the ledger in order to open the source again: not the fence, not the
// gate, and not what the run says of them.
func TestLedgerThatFailsWhenWritesAreResumed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := migrationtest.NewScenario(t)
		full, notToday := errors.New("the disk is full"), errors.New("not today")
		ledger := &memoryLedger{saving: func() error { return nil }}
		gate := &ownGate{source: func() string { return "unasked" }}
		m := s.Migrator(&migration.Options{
			Cutover:         migration.NewSourceFenceWith(nil, migration.FenceOptions{Gate: gate}),
			CutoverAttempts: 1,
			Ledger:          ledger,
			Workflow: migration.DefaultWorkflow().Before(progress.StateDraining, migration.Step{
				Name: "check", Run: func(context.Context, *migration.Session) error {
					ledger.saving = func() error { return full }
					return notToday
				},
			}),
		})
		result, err := m.Run(t.Context())
		if !errors.Is(err, notToday) || errors.Is(err, full) || strings.Contains(err.Error(), "paused") {
			t.Errorf("got %v, want that of the step alone: writes go on", err)
		}
		if gate.closed {
			t.Error("the gate is closed still")
		}
		s.AssertWritesOpen()
		if notes := s.Recorder().Transcript(); !strings.Contains(notes, "the disk is full") {
			t.Errorf("nobody was told:\n%s", notes)
		}
		for _, e := range result.Settings {
			if e.PutBackAt.IsZero() {
				t.Errorf("the result says that it was not put back: %+v", e)
			}
		}
	})
}
