package migrationtest_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/migrationtest"
	"github.com/cachelift/cachelift/progress"
	"github.com/cachelift/cachelift/simulator"
)

// crashing returns a Migrator that crashes in a step before a state inside the
// write pause; now is told when the step is under way.
func crashing(s *migrationtest.Scenario, before progress.State, now func(*migration.Migrator) error) *migration.Migrator {
	var m *migration.Migrator
	die := migration.Step{Name: "die", NeedsPause: true, Run: func(context.Context, *migration.Session) error { return now(m) }}
	m = s.Migrator(&migration.Options{Workflow: migration.DefaultWorkflow().Before(before, die)})
	return m
}

// The process dies with writes paused; another one goes on when its Run has
// ended.
func TestCrashInThePause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := migrationtest.NewScenario(t)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		m := crashing(s, progress.StateDraining, func(m *migration.Migrator) error {
			s.Crash(m)
			cancel()
			return context.Canceled
		})
		if _, err := m.Run(ctx); err == nil {
			t.Error("Run = nil, want the error of a process that is dead")
		}
		s.AssertWritesPaused() // in vain was tried to resume them
		if strings.Contains(s.Recorder().Transcript(), "resume_writes") {
			t.Errorf("a dead process is recorded:\n%s", s.Recorder().Transcript())
		}
		result, err := s.Migrator(nil).Run(t.Context())
		s.AssertDone(result, err)
		s.AssertWritesPaused()
		s.AssertStates(progress.StatePausing, "die", progress.StateDone)
	})
}

// What the dead one tries meanwhile does nothing to the one that goes on.
func TestLeftoverOfACrashDoesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := migrationtest.NewScenario(t)
		crashed, ended := make(chan struct{}), make(chan error, 1)
		m := crashing(s, progress.StateDraining, func(m *migration.Migrator) error {
			s.Crash(m)
			close(crashed)
			return migration.Permanent(context.Canceled) // the run goes on by itself, and backs out
		})
		ctx, cancel := context.WithCancel(t.Context())
		go func() { _, err := m.Run(ctx); ended <- err }()
		<-crashed
		<-time.After(time.Second) // it is trying to resume writes
		s.AssertWritesPaused()
		if len(ended) > 0 {
			t.Error("Run has ended: the test proves nothing")
		}
		result, err := s.Migrator(nil).Run(t.Context())
		s.AssertDone(result, err)
		cancel()
		if err := <-ended; err == nil {
			t.Error("Run = nil, want the error of a process that is dead")
		}
		s.AssertWritesPaused()
		s.AssertNothingLost()
	})
}

// The process dies when CompleteMigration has taken effect and not answered.
func TestCrashWhileCompleting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := migrationtest.NewScenario(t)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		m := crashing(s, progress.StateCompleting, func(m *migration.Migrator) error {
			time.AfterFunc(40*time.Millisecond, func() { // an answer takes 83
				if !completing(s) {
					t.Error("CompleteMigration is not out: the test proves nothing")
				}
				s.Crash(m)
				cancel()
			})
			return nil
		})
		if _, err := m.Run(ctx); err == nil {
			t.Error("Run = nil, want the error of a process that is dead")
		}
		if _, switched := s.SwitchedTo(); switched {
			t.Error("the dead process has switched the application")
		}
		s.AssertWritesPaused()
		result, err := s.Migrator(nil).Run(t.Context())
		s.AssertDone(result, err)
		n := 0
		for _, call := range s.Sim().Calls() {
			if call.Operation == "CompleteMigration" && call.Accepted {
				n++
			}
		}
		if n != 1 {
			t.Errorf("CompleteMigration was accepted %d times, want once", n)
		}
	})
}

func completing(s *migrationtest.Scenario) bool {
	for _, call := range s.Sim().Calls() {
		if call.Operation == "CompleteMigration" {
			return true
		}
	}
	return false
}

// A Cutover of the host's own is not called by the dead, and one that embeds a
// fence still is the fence for the library.
func TestCrashWithACutoverOfTheHost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := migrationtest.NewScenario(t)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		cut := newStub(func(rate int64) { s.SourceServer().SetWriteRate(rate) })
		var m *migration.Migrator
		die := migration.Step{Name: "die", NeedsPause: true, Run: func(context.Context, *migration.Session) error {
			s.Crash(m)
			cancel()
			return context.Canceled
		}}
		opts := &migration.Options{Cutover: cut, Workflow: migration.DefaultWorkflow().Before(progress.StateDraining, die)}
		m = s.Migrator(opts)
		if _, err := m.Run(ctx); err == nil || !cut.closed() {
			t.Errorf("Run = %v, paused %t, want an error and writes paused", err, cut.closed())
		}
		result, err := s.Migrator(&migration.Options{Cutover: cut}).Run(t.Context())
		s.AssertDone(result, err)
	})
	synctest.Test(t, func(t *testing.T) {
		s := migrationtest.NewScenario(t).Source(simulator.MemoryOptions{Keys: 10})
		own := struct{ *migration.SourceFence }{migration.NewSourceFence(nil)}
		result, err := s.Migrator(&migration.Options{Cutover: own}).Run(t.Context())
		s.AssertDone(result, err)
		s.AssertWritesPaused()
	})
}

func TestCrashOfAStranger(t *testing.T) {
	t.Parallel()
	wantFailure(t, func(tb migrationtest.TB) { migrationtest.NewScenario(tb).Crash(nil) }, "Scenario.Crash: the Migrator is not of this scenario")
}
