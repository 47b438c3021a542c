package migration_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/migrationtest"
)

// A rehearsal was killed in its pause, and the group follows another source by now:
// writes to the first are resumed all the same.
func TestFenceLeftBeforeATargetThatIsBusy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, err := w.migrator(t, w.plan(), w.options()).RunUntil(t.Context(), "in_sync"); err != nil {
		t.Fatal(err)
	}
	for name, next := range map[string]func(*migration.Migrator) error{
		"run":      func(m *migration.Migrator) error { _, err := m.Run(t.Context()); return err },
		"rehearse": func(m *migration.Migrator) error { _, err := m.Rehearse(t.Context()); return err },
		"abort":    func(m *migration.Migrator) error { return m.Abort(t.Context(), "test") },
	} {
		left := startSource(t, "--min-replicas-to-write", "2000000")
		e := left.Endpoint()
		opts := w.options()
		opts.Cutover = migration.NewSourceFence(nil)
		m := w.migrator(t, migration.NewPlan("left", migration.Source{Address: e.Address, Port: e.Port}, migration.ReplicationGroup("test-cluster")), opts)
		if err := next(m); !errors.Is(err, migration.ErrTargetBusy) {
			t.Errorf("%s = %v, want ErrTargetBusy", name, err)
		}
		if !open(t, left.Addr()) {
			t.Errorf("%s left the source closed", name)
		}
	}
}

// The same, and somebody has had the target promoted meanwhile: whether the application is
// there nobody knows, so the source stays closed and the error says so.
func TestFenceLeftBeforeATargetThatIsPromoted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := migrationtest.NewScenario(t)
		result, err := s.Migrator(nil).Run(t.Context())
		s.AssertDone(result, err)
		if err := s.SourceClient().ConfigSet(t.Context(), "min-replicas-to-write", "2000000").Err(); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Migrator(nil).Run(t.Context()); !errors.Is(err, migration.ErrEnded) || !strings.Contains(err.Error(), "but for this: the fence of a rehearsal is closed") {
			t.Errorf("got %v, want ErrEnded and what is closed", err)
		}
		s.AssertWritesPaused()
	})
}
