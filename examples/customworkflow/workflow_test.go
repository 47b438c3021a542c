package main

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

// bubble runs a test of the workflow in virtual time, on servers in memory.
func bubble(t *testing.T, test func(t *testing.T, s *migrationtest.Scenario)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { test(t, migrationtest.NewScenario(t)) })
}

func TestWorkflowIsValid(t *testing.T) {
	t.Parallel()
	if err := newHouse(approved, 0).workflow().Validate(); err != nil {
		t.Error(err)
	}
}

// A full sync of 40 minutes, and a day until somebody approves.
func TestApprovalTakesADay(t *testing.T) {
	bubble(t, func(t *testing.T, s *migrationtest.Scenario) {
		h := newHouse(approved, 24*time.Hour)
		h.office.outage = time.Hour
		result, err := s.FullSync(40 * time.Minute).Migrator(h.options()).Run(t.Context())
		s.AssertDone(result, err)
		s.AssertNothingLost()
		s.AssertStates(progress.StateInSync, "announce", "approval", progress.StatePausing, progress.StateDraining,
			progress.StateCompleting, "functions", "smoke-test", progress.StateSwitching, "all-clear", progress.StateDone)
		if d := result.TimeIn["approval"]; d < 24*time.Hour || d > 25*time.Hour {
			t.Errorf("the approval took %v", d)
		}
		if p := result.Cutover.Pause; p > 2*time.Minute {
			t.Errorf("writes were paused for %v", p)
		}
		if to := s.Group().PrimaryEndpoint().String(); h.dns.at.String() != to {
			t.Errorf("DNS says %v, want %s", h.dns.at, to)
		}
		if n := h.office.notices[s.Plan().ID]; n != "maintenance is over" {
			t.Errorf("the status page says %q", n)
		}
		if n := strings.Count(s.Recorder().Transcript(), "will go on trying"); n != 1 {
			t.Errorf("the outage of the ticket system is told %d times", n)
		}
	})
}

func TestApprovalDenied(t *testing.T) {
	bubble(t, func(t *testing.T, s *migrationtest.Scenario) {
		h := newHouse(denied, time.Hour)
		_, err := s.Migrator(h.options()).Run(t.Context())
		if !errors.Is(err, errDenied) {
			t.Errorf("got %v, want a denial", err)
		}
		s.AssertWritesOpen()
		untouched(t, h)

		// Somebody changes their mind: the target has gone on replicating.
		h.office.verdict = approved
		s.AssertDone(s.Migrator(h.options()).Run(t.Context()))
	})
}

// untouched asserts that the application is where it was and nobody is told
// anything else.
func untouched(t *testing.T, h house) {
	t.Helper()
	if len(h.office.notices) > 0 {
		t.Errorf("the status page says %v", h.office.notices)
	}
	if h.dns.moves > 0 || h.funcs.loads > 0 {
		t.Errorf("the record was moved %d times, functions were loaded %d times", h.dns.moves, h.funcs.loads)
	}
}

// The smoke test finds the target wrong. There is no way back, so writes wait
// until somebody has repaired it and runs it again.
func TestSmokeTestFails(t *testing.T) {
	bubble(t, func(t *testing.T, s *migrationtest.Scenario) {
		h := newHouse(approved, time.Minute)
		h.funcs.wrong = errors.New("a function is missing")
		_, err := s.Migrator(h.options()).Run(t.Context())
		if !errors.Is(err, migration.ErrPastNoReturn) || !errors.Is(err, h.funcs.wrong) {
			t.Errorf("got %v, want ErrPastNoReturn and the reason", err)
		}
		s.AssertWritesPaused()
		if h.dns.moves > 0 {
			t.Error("the application was sent to a target that is wrong")
		}

		h.funcs.wrong = nil // repaired
		s.AssertDone(s.Migrator(h.options()).Run(t.Context()))
		s.AssertNothingLost()
		if h.dns.moves != 1 {
			t.Errorf("the record was moved %d times", h.dns.moves)
		}
	})
}

// The process dies while it waits for the approval. The next one finds the
// ticket that was opened.
func TestProcessDiesInApproval(t *testing.T) {
	bubble(t, func(t *testing.T, s *migrationtest.Scenario) {
		h := newHouse(approved, 3*time.Hour)
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Hour)
		defer cancel()
		if _, err := s.Migrator(h.options()).Run(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the end of the context", err)
		}
		s.AssertWritesOpen()
		result, err := s.Migrator(h.options()).Run(t.Context())
		s.AssertDone(result, err)
		if d := result.TimeIn["approval"]; d > 90*time.Minute {
			t.Errorf("the second process waited for %v: it opened a ticket of its own", d)
		}
	})
}

// A bug in a step is an error of that step; nothing is left half done.
func TestPanicInAStep(t *testing.T) {
	bubble(t, func(t *testing.T, s *migrationtest.Scenario) {
		h := newHouse(approved, time.Hour)
		h.office.broken = true
		_, err := s.Migrator(h.options()).Run(t.Context())
		var failed *migration.Error
		var panicked *migration.PanicError
		if !errors.As(err, &panicked) || !errors.As(err, &failed) || failed.State != "approval" {
			t.Fatalf("got %v, want a panic in approval", err)
		}
		if !strings.Contains(failed.Diagnosis.Detail, "Decision") {
			t.Errorf("the stack does not show where:\n%s", failed.Diagnosis.Detail)
		}
		s.AssertWritesOpen()
		untouched(t, h)
	})
}
