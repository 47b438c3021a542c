package cachelift_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/migrationtest"
	"github.com/cachelift/cachelift/progress"
	"github.com/cachelift/cachelift/simulator"
)

// What README.md and docs/testing.md show.

func waitForTicket(context.Context, *migration.Session) error { return nil }

func TestApprovalComesBeforeThePause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // virtual time: hours take a moment
		s := migrationtest.NewScenario(t)
		approval := migration.Step{Name: "approval", Run: waitForTicket}
		wf := migration.DefaultWorkflow().Before(progress.StatePausing, approval)
		result, err := s.Migrator(&migration.Options{Workflow: wf}).Run(t.Context())
		s.AssertDone(result, err) // the application is on the target, and nothing is lost
		s.AssertStates(progress.StateInSync, "approval", progress.StatePausing)
	})
}

func TestANightOfWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := migrationtest.NewScenario(t).
			Source(simulator.MemoryOptions{Version: "6.2.14", Dataset: 3 << 30, WriteRate: 1 << 20}).
			FullSync(40 * time.Minute)
		wait := migration.Step{Name: "wait-for-the-night", Run: func(ctx context.Context, _ *migration.Session) error {
			select {
			case <-time.After(5 * time.Hour):
				return nil
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}}
		wf := migration.DefaultWorkflow().Before(progress.StatePausing, wait)
		result, err := s.Migrator(&migration.Options{Workflow: wf}).Run(t.Context())
		s.AssertDone(result, err)
	})
}

func TestAFailedSmokeTestKeepsWritesPaused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := migrationtest.NewScenario(t).Faults(
			migrationtest.Throttle("DescribeReplicationGroups").Times(3),
			migrationtest.LostReply(migrationtest.API, "CompleteMigration"))
		healthy := false
		smoke := migration.Step{Name: "smoke-test", NeedsPause: true, Run: func(context.Context, *migration.Session) error {
			if !healthy {
				return migration.Permanent(errors.New("the new primary answers nonsense"))
			}
			return nil
		}}
		opts := &migration.Options{Workflow: migration.DefaultWorkflow().After(progress.StateCompleting, smoke)}

		_, err := s.Migrator(opts).Run(t.Context())
		if !errors.Is(err, migration.ErrPastNoReturn) {
			t.Errorf("got %v, want ErrPastNoReturn: the target is promoted already", err)
		}
		s.AssertWritesPaused()

		healthy = true // somebody repaired it; the same plan in a new process
		result, err := s.Migrator(opts).Run(t.Context())
		s.AssertDone(result, err)
	})
}

// featureFlag is a host's own gate in front of writes.
type featureFlag struct {
	mu     sync.Mutex
	closed bool
}

func (f *featureFlag) set(closed bool) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = closed
	return nil
}

func (f *featureFlag) PauseWrites(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return f.set(true)
}

func (f *featureFlag) ResumeWrites(context.Context) error { return f.set(false) }

func (f *featureFlag) Switch(context.Context, migration.Endpoint) error { return nil }

func (f *featureFlag) WritesPaused(context.Context) (bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.closed, nil
}

func (f *featureFlag) write(ctx context.Context) error {
	if closed, _ := f.WritesPaused(ctx); closed {
		return errors.New("closed for maintenance")
	}
	return ctx.Err()
}

func (*featureFlag) post(ctx context.Context, _ string) error { return ctx.Err() }

func TestOurGateKeepsTheContract(t *testing.T) {
	gate := &featureFlag{}
	if err := migrationtest.CheckCutover(t.Context(), gate, gate.write); err != nil {
		t.Error(err) // each rule that is broken, and why it stands
	}
	if err := migrationtest.CheckObserver(chat{post: gate.post}); err != nil {
		t.Error(err)
	}
}
