package migrationtest_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/migrationtest"
	"github.com/cachelift/cachelift/progress"
)

// late lets the target be behind: it gets nothing of what is written now.
func late(t *testing.T, s *migrationtest.Scenario) {
	t.Helper()
	s.SourceServer().CutLinks(time.Hour)
	if err := s.SourceClient().Set(t.Context(), "late", "x", 0).Err(); err != nil {
		t.Fatal(err)
	}
}

// As long as the source is the truth, a target that is behind loses nothing.
func TestLagIsNoLoss(t *testing.T) {
	t.Parallel()
	for name, play := range map[string]func(*testing.T, *migrationtest.Scenario){
		"in sync": func(t *testing.T, s *migrationtest.Scenario) { until(t, s, progress.StateInSync) },
		"aborted": func(t *testing.T, s *migrationtest.Scenario) {
			m := s.Migrator(nil)
			if _, err := m.RunUntil(t.Context(), progress.StateInSync); err != nil {
				t.Fatal(err)
			}
			if err := m.Abort(t.Context(), "a test"); err != nil {
				t.Fatal(err)
			}
		},
		"a step panicked": func(t *testing.T, s *migrationtest.Scenario) {
			wf := migration.DefaultWorkflow().Before(progress.StateDraining, migration.Step{
				Name: "panics", NeedsPause: true, Run: func(context.Context, *migration.Session) error { panic("boom") },
			})
			var panicked *migration.PanicError
			if _, err := s.Migrator(&migration.Options{Workflow: wf}).Run(t.Context()); !errors.As(err, &panicked) {
				t.Fatalf("Run = %v, want a PanicError", err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := migrationtest.NewScenario(t)
				play(t, s)
				late(t, s)
				s.AssertNothingLost()
				s.AssertWritesOpen()
			})
		})
	}
}

// What a run did not do is not told beside why it ended.
func TestDoneTellsTheErrorAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		got := failure(func(tb migrationtest.TB) {
			s := migrationtest.NewScenario(tb)
			until(tb, s, progress.StateInSync)
			s.AssertDone(migration.Result{State: progress.StateFailed}, errors.New("boom"))
		})
		if !strings.Contains(got, "the run ended with boom") || strings.Contains(got, "switched to") || strings.Contains(got, "acknowledged") {
			t.Errorf("the test failed with\n%s", got)
		}
	})
}

// stub is a Cutover that only says that it does what it should.
type stub struct {
	gate
	stop func(bytesPerSecond int64)
}

func newStub(stop func(int64)) *stub {
	s := &stub{stop: stop}
	s.gate = *newGate()
	return s
}

// PauseWrites stops the scenario's writer, if it knows how.
func (s *stub) PauseWrites(context.Context) error { s.now(true); s.stop(0); return nil }

// ResumeWrites lets it go on.
func (s *stub) ResumeWrites(context.Context) error { s.now(false); s.stop(50_000); return nil }

// WritesPaused tells what was said last.
func (s *stub) WritesPaused(context.Context) (bool, error) { return s.closed(), nil }

// Switch does nothing.
func (s *stub) Switch(context.Context, migration.Endpoint) error { return nil }

// A Cutover that does not stop the scenario's writer loses data, and the failure
// says what to do.
func TestStubOfACutover(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		wantFailure(t, func(tb migrationtest.TB) {
			s := migrationtest.NewScenario(tb)
			result, err := s.Migrator(&migration.Options{Cutover: newStub(func(int64) {})}).Run(context.Background())
			s.AssertDone(result, err)
		}, "want all of them", "SourceServer().SetWriteRate(0)")
	})
	synctest.Test(t, func(t *testing.T) {
		s := migrationtest.NewScenario(t)
		right := newStub(func(rate int64) { s.SourceServer().SetWriteRate(rate) })
		result, err := s.Migrator(&migration.Options{Cutover: right}).Run(t.Context())
		s.AssertDone(result, err)
	})
}

// A scenario may be made outside of the bubble in which it runs and ends.
func TestMadeOutsideOfTheBubble(t *testing.T) {
	t.Parallel()
	tb := &exampleTB{}
	s := migrationtest.NewScenario(tb).At(time.Hour, func() {})
	synctest.Test(t, func(t *testing.T) {
		result, err := s.Migrator(nil).Run(t.Context())
		s.AssertDone(result, err)
		tb.end()
	})
}

// One that ends outside of its bubble, as with the t of the test around it, says
// so; the runtime would end the program.
func TestEndedOutsideOfTheBubble(t *testing.T) {
	t.Parallel()
	tb := &fakeTB{}
	ask, answered := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(answered)
		<-ask
		tb.cleanups[0]()
	}()
	synctest.Test(t, func(t *testing.T) {
		migrationtest.NewScenario(tb).AssertWritesOpen()
		ask <- struct{}{}
		<-answered
		tb.cleanups[0]()
	})
	if !strings.Contains(tb.failure, "ends outside of it") {
		t.Errorf("the test failed with %q", tb.failure)
	}
}

func TestNothingToCheck(t *testing.T) {
	t.Parallel()
	if err := migrationtest.CheckObserver(nil); err == nil || !strings.Contains(err.Error(), "the observer is nil") {
		t.Errorf("CheckObserver(nil) = %v", err)
	}
	if err := migrationtest.CheckCutover(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "the Cutover is nil") {
		t.Errorf("CheckCutover(nil) = %v", err)
	}
	defer func() {
		if said, ok := recover().(string); !ok || !strings.Contains(said, "tb is nil") {
			t.Errorf("NewScenario(nil) panics with %q", said)
		}
	}()
	migrationtest.NewScenario(nil)
}
