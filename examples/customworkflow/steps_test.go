package main

import (
	"context"
	"strings"
	"testing"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/migrationtest"
	"github.com/cachelift/cachelift/progress"
)

// twice calls Run and Undo of every step of the workflow twice.
func twice(t *testing.T, h house) migration.Workflow {
	t.Helper()
	again := func(do func(context.Context, *migration.Session) error) func(context.Context, *migration.Session) error {
		if do == nil {
			return nil
		}
		return func(ctx context.Context, s *migration.Session) error {
			if err := do(ctx, s); err != nil {
				return err
			}
			return do(ctx, s)
		}
	}
	wf, replaced := h.workflow(), 0
	for _, step := range []migration.Step{
		announce(h.notices), approval(h.tickets, h.lookEvery), loadFunctions(h.library), smokeTest(h.library), allClear(h.notices),
	} {
		step.Run, step.Undo = again(step.Run), again(step.Undo)
		wf = wf.Replace(progress.State(step.Name), step)
		replaced++
	}
	for _, s := range wf.Steps() {
		if s.Host {
			replaced--
		}
	}
	if replaced != 0 {
		t.Fatal("a step of the workflow is not tested here")
	}
	return wf
}

func TestStepsCalledTwice(t *testing.T) {
	bubble(t, func(t *testing.T, s *migrationtest.Scenario) {
		h := newHouse(approved, 0)
		opts := h.options()
		opts.Workflow = twice(t, h)
		s.AssertDone(s.Migrator(opts).Run(t.Context()))
		s.AssertNothingLost()
		if len(h.office.opened) != 1 || len(h.office.notices) != 1 || h.funcs.loads != 2 || h.dns.moves != 1 {
			t.Errorf("%d tickets, %d notices, %d loads, %d moves", len(h.office.opened), len(h.office.notices), h.funcs.loads, h.dns.moves)
		}
		keys, err := s.TargetClient().Keys(t.Context(), "*").Result()
		if err != nil || len(keys) > 0 {
			t.Errorf("the target has %v, %v; want nothing of the smoke test", keys, err)
		}
		if err := h.funcs.Check(t.Context(), s.TargetClient()); err != nil {
			t.Error(err)
		}
	})
}

func TestUndoCalledTwice(t *testing.T) {
	bubble(t, func(t *testing.T, s *migrationtest.Scenario) {
		h := newHouse(denied, 0)
		opts := h.options()
		opts.Workflow = twice(t, h)
		if _, err := s.Migrator(opts).Run(t.Context()); err == nil {
			t.Error("it went on although the ticket was denied")
		}
		untouched(t, h)
	})
}

// The Cutover against its contract, on the source of the scenario.
func TestCutoverKeepsItsContract(t *testing.T) {
	bubble(t, func(t *testing.T, s *migrationtest.Scenario) {
		h := newHouse(approved, 0)
		opts := h.options()
		s.Migrator(opts) // binds the fence to the source
		write := func(ctx context.Context) error { return s.SourceClient().Set(ctx, "order:1", "paid", 0).Err() }
		if err := migrationtest.CheckCutover(t.Context(), opts.Cutover, write); err != nil {
			t.Error(err)
		}
	})
}

// A name server that says yes and does nothing must not count as a switch.
func TestSwitchIsReadBack(t *testing.T) {
	t.Parallel()
	z := &fakeZone{deaf: true}
	err := point(t.Context(), z, migration.Endpoint{Address: "10.0.0.9", Port: 6379})
	if err == nil || !strings.Contains(err.Error(), "10.0.0.9:6379") {
		t.Errorf("got %v, want an error that says where the record should point", err)
	}
}
