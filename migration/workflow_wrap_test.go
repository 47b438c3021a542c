package migration_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/migrationtest"
	"github.com/cachelift/cachelift/progress"
)

func TestWrapWrapsEveryStepAndNothingElse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		nothing := func(context.Context, *migration.Session) error { return nil }
		wf := migration.DefaultWorkflow().
			Replace(progress.StateTesting, migration.Step{Run: nothing}).
			Before(progress.StatePausing, migration.Step{Name: "approval", Run: nothing}).
			After(progress.StatePausing, migration.Step{Name: "warm-up", NeedsPause: true, Run: nothing})
		var called []string
		wrapped := wf.Wrap(func(s migration.Step) migration.Step {
			run, name := s.Run, s.Name
			s.Timeout = time.Second
			s.Run = func(ctx context.Context, session *migration.Session) error {
				called = append(called, name)
				return run(ctx, session)
			}
			return s
		})
		s := migrationtest.NewScenario(t)
		result, err := s.Migrator(&migration.Options{Workflow: wrapped}).Run(t.Context())
		s.AssertDone(result, err)
		if want := []string{"testing", "approval", "warm-up"}; !slices.Equal(called, want) {
			t.Errorf("called %v, want %v", called, want)
		}
		for i, info := range wrapped.Steps() {
			before := wf.Steps()[i]
			if before.Timeout != 0 || info.State != before.State || info.Host != (info.Timeout == time.Second) {
				t.Errorf("%+v became %+v", before, info)
			}
		}
		if wf.Mermaid() != wrapped.Mermaid() {
			t.Error("the way has changed")
		}
	})
}

func TestWrapKeepsTheNames(t *testing.T) {
	t.Parallel()
	nothing := func(context.Context, *migration.Session) error { return nil }
	err := migration.DefaultWorkflow().
		Before(progress.StatePausing, migration.Step{Name: "approval", Run: nothing}).
		Wrap(func(s migration.Step) migration.Step { s.Name = "other"; return s }).Validate()
	if err == nil || !strings.Contains(err.Error(), `the step "approval" became "other"`) {
		t.Errorf("Validate = %v", err)
	}
}
