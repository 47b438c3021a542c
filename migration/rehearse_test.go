package migration_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/service/elasticache"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/migrationtest"
	"github.com/cachelift/cachelift/progress"
)

func TestRehearseGoesUpToThePointOfNoReturn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := migrationtest.NewScenario(t)
		done, undone := 0, 0
		step := migration.Step{
			Name: "warm-up",
			Run:  func(context.Context, *migration.Session) error { done++; return nil },
			Undo: func(context.Context, *migration.Session) error { undone++; return nil },
		}
		m := s.Migrator(&migration.Options{Workflow: migration.DefaultWorkflow().After(progress.StateDraining, step)})
		for i := 1; i <= 2; i++ {
			result, err := m.Rehearse(t.Context())
			r := result.Rehearsal
			if err != nil || r == nil || result.State != progress.StateInSync {
				t.Fatalf("rehearsal %d: state %s, %+v, error %v", i, result.State, r, err)
			}
			if r.TargetOffset < r.SourceOffset || r.SourceOffset == 0 || r.ReplicationID == "" || r.Attempts != 1 ||
				r.Drain > r.ToRequest || r.ToRequest > r.Pause {
				t.Errorf("rehearsal %d measured %+v", i, *r)
			}
			if done != i || undone != i || result.Cutover != (migration.CutoverResult{}) {
				t.Errorf("rehearsal %d: step called %d times, undone %d times, cut-over %+v", i, done, undone, result.Cutover)
			}
			s.AssertWritesOpen()
		}
		for _, c := range s.Sim().Calls() {
			if c.Operation == "CompleteMigration" {
				t.Error("a rehearsal requested a completion")
			}
		}
		result, err := m.Run(t.Context())
		s.AssertDone(result, err)
	})
}

func TestRehearseNeedsACutover(t *testing.T) {
	t.Parallel()
	m, err := migration.New(goodPlan(), elasticache.New(elasticache.Options{}), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Rehearse(t.Context()); !errors.Is(err, migration.ErrNoCutover) {
		t.Errorf("Rehearse = %v, want ErrNoCutover", err)
	}
}

// A rehearsal that was killed in its pause is not taken for a cut-over: whoever comes next
// resumes writes first, whatever it is to do.
func TestRehearsalThatWasKilledInItsPause(t *testing.T) {
	t.Parallel()
	for next, does := range map[string]func(context.Context, *migration.Migrator) (migration.Result, error){
		"in sync": func(ctx context.Context, m *migration.Migrator) (migration.Result, error) {
			return m.RunUntil(ctx, progress.StateInSync)
		},
		"rehearsal": func(ctx context.Context, m *migration.Migrator) (migration.Result, error) { return m.Rehearse(ctx) },
		"abort": func(ctx context.Context, m *migration.Migrator) (migration.Result, error) {
			return migration.Result{}, m.Abort(ctx, "")
		},
		"cut-over": func(ctx context.Context, m *migration.Migrator) (migration.Result, error) { return m.Run(ctx) },
	} {
		synctest.Test(t, func(t *testing.T) {
			s := migrationtest.NewScenario(t)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var m *migration.Migrator
			die := migration.Step{Name: "die", Run: func(context.Context, *migration.Session) error {
				s.Crash(m)
				cancel()
				return context.Canceled
			}}
			m = s.Migrator(&migration.Options{Workflow: migration.DefaultWorkflow().Before(progress.StateDraining, die)})
			if _, err := m.Rehearse(ctx); err == nil {
				t.Fatal("Rehearse = nil, want the error of a process that is dead")
			}
			s.AssertWritesPaused()
			result, err := does(t.Context(), s.Migrator(nil))
			if next == "cut-over" {
				s.AssertDone(result, err)
				if len(pausedAt(s)) != 2 { // in the rehearsal, and for the cut-over
					t.Errorf("%s: writes were paused at %v", next, pausedAt(s))
				}
				return
			}
			if err != nil {
				t.Fatalf("%s: %v", next, err)
			}
			s.AssertWritesOpen()
			for _, c := range s.Sim().Calls() {
				if c.Operation == "CompleteMigration" && next != "abort" {
					t.Errorf("%s requested a completion", next)
				}
			}
		})
	}
}

func TestRehearseRefusesACutoverThatIsHalfDone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := migrationtest.NewScenario(t)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		fails := migration.NewSourceFence(func(context.Context, migration.Endpoint) error { cancel(); return errors.New("stopped") })
		if _, err := s.Migrator(&migration.Options{Cutover: fails}).Run(ctx); !errors.Is(err, migration.ErrPastNoReturn) {
			t.Fatalf("the run that is to be left half done: %v", err)
		}
		if _, err := s.Migrator(nil).Rehearse(t.Context()); !errors.Is(err, migration.ErrPastNoReturn) {
			t.Errorf("Rehearse = %v, want ErrPastNoReturn", err)
		}
		s.AssertWritesPaused()
		result, err := s.Migrator(nil).Run(t.Context())
		s.AssertDone(result, err)
	})
}
