package migration_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/migrationtest"
	"github.com/cachelift/cachelift/simulator"
)

// A run whose outcome is not known tells when it requested the completion, and the run that
// goes on in its pause does not take its own part of that for the whole.
func TestEvidenceOfAPauseOfTwoRuns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := migrationtest.NewScenario(t)
		if _, err := s.Sim().Inject(simulator.Fault{Kind: simulator.FaultPromotionSlow, Delay: 3 * time.Minute}); err != nil {
			t.Fatal(err)
		}
		within := func(d time.Duration) *migration.Options {
			return &migration.Options{Assume: migration.Assumptions{PromotionWithin: d}}
		}
		first, err := s.Migrator(within(time.Minute)).Run(t.Context())
		if !errors.Is(err, migration.ErrOutcomeUnknown) || first.Cutover.RequestedAt.Before(first.Cutover.PausedAt) || first.Cutover.PausedAt.IsZero() {
			t.Errorf("got %v; paused at %v, requested at %v", err, first.Cutover.PausedAt, first.Cutover.RequestedAt)
		}
		second, err := s.Migrator(within(10 * time.Minute)).Run(t.Context())
		s.AssertDone(second, err)
		if second.Cutover.Pause != 0 || second.Cutover.SwitchedAt.IsZero() {
			t.Errorf("the result says that the pause was %v at the most, and it was %v", second.Cutover.Pause, second.Cutover.SwitchedAt.Sub(first.Cutover.PausedAt))
		}
		var b strings.Builder
		if err := second.WriteMarkdown(&b); err != nil || !strings.Contains(b.String(), "| write pause at the most | not known: an earlier run paused writes |") {
			t.Errorf("%v:\n%s", err, b.String())
		}
	})
}
