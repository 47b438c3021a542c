package migration_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/migrationtest"
	"github.com/cachelift/cachelift/preflight"
	"github.com/cachelift/cachelift/progress"
)

// After an abort the target is an ordinary group that takes writes. To discard
// what it holds by another migration has to be said.
func TestTargetThatHoldsDataIsNotDiscardedUnsaid(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := migrationtest.NewScenario(t).FullSync(time.Minute)
		m := s.Migrator(nil)
		if _, err := m.RunUntil(t.Context(), progress.StateInSync); err != nil {
			t.Fatal(err)
		}
		if err := m.Abort(t.Context(), "not today"); err != nil {
			t.Fatal(err)
		}
		if err := s.TargetClient().Set(t.Context(), "only here", "1", 0).Err(); err != nil {
			t.Fatal(err)
		}
		<-time.After(time.Hour) // so that the new plan is younger than the last event
		plan := migration.NewPlan("again", s.Plan().Source, s.Plan().Target)
		again := func(waive ...string) error {
			m, err := migration.New(plan, s.Client(), &migration.Options{
				DialContext: s.DialContext, LookupHost: s.Sim().LookupHost, Waive: waive,
			})
			if err != nil {
				t.Fatal(err)
			}
			_, err = m.RunUntil(t.Context(), progress.StateInSync)
			return err
		}
		var blocked *preflight.FailedError
		if err := again(); !errors.As(err, &blocked) || len(blocked.Report.Blocking()) != 1 || blocked.Report.Blocking()[0].CheckID != "target.empty" {
			t.Fatalf("got %v, want target.empty alone", err)
		}
		if got := s.TargetClient().Exists(t.Context(), "only here").Val(); got != 1 {
			t.Error("the target's data is gone although the run was blocked")
		}
		if err := again("target.empty"); err != nil {
			t.Errorf("waived: %v", err)
		}
	})
}
