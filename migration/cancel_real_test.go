package migration_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/progress"
)

// What TestCancelAtAnyMoment does in virtual time, on real servers with writers.
// It is not parallel, so that every goroutine of the library is one that it left.
func TestCancelOnRealServers(t *testing.T) {
	base, cases := seed(t), 5
	if testing.Short() {
		cases = 1
	}
	for i := range cases {
		if *cancelCase >= 0 && i != *cancelCase {
			continue
		}
		cancelOnRealServers(t, rand.New(rand.NewPCG(base, uint64(i))))
		if t.Failed() {
			t.Logf("go test -run TestCancelOnRealServers -cancel-seed %d -cancel-case %d", base, i)
			return
		}
	}
}

func cancelOnRealServers(t *testing.T, r *rand.Rand) {
	t.Helper()
	w := newWorld(t)
	writers := startWriters(t, 1, w.source.Addr())
	defer writers.stop()
	pausing := migration.Step{Name: "check", NeedsPause: true, Run: func(ctx context.Context, _ *migration.Session) error {
		return takes(ctx, 100*time.Millisecond)
	}}
	plan := w.plan()
	entered := make(chan progress.State, 100)
	process := func() *migration.Migrator {
		opts := w.options()
		opts.Workflow = migration.DefaultWorkflow().Before(progress.StateCompleting, pausing)
		opts.Cutover = migration.NewSourceFence(writers.switchTo)
		opts.Observers = []progress.Observer{progress.ObserverFunc(func(_ context.Context, e progress.Event) {
			if c, ok := e.(progress.StateChanged); ok {
				entered <- c.To
			}
		})}
		return w.migrator(t, plan, opts)
	}
	m := process()
	states := []progress.State{progress.StatePreflight, progress.StateStarting, progress.StateSyncing, progress.StateInSync, progress.StatePausing, "check", progress.StateCompleting, progress.StateSwitching}
	done := false
	for range 2 {
		at, after := states[r.IntN(len(states))], time.Duration(r.Int64N(int64(60*time.Millisecond)))
		ctx, cancel := context.WithCancelCause(t.Context())
		go cancelIn(ctx, entered, at, after, func() { cancel(errCancelled) })
		ended := make(chan error, 1)
		go func() { _, err := m.Run(ctx); ended <- err }()
		var err error
		select {
		case err = <-ended:
		case <-time.After(time.Minute):
			t.Fatalf("cancelled %v after %s, Run did not return", after, at)
		}
		cancel(nil)
		if left := leftAfterAWhile(t); left != "" {
			t.Errorf("cancelled %v after %s, Run left behind\n%s", after, at, left)
		}
		if done = err == nil; done { // before the moment came
			break
		}
		stays := errors.Is(err, migration.ErrOutcomeUnknown) || errors.Is(err, migration.ErrPastNoReturn)
		if !errors.Is(err, errCancelled) || open(t, w.source.Addr()) == stays {
			t.Errorf("cancelled %v after %s: Run = %v, and writes are paused %t", after, at, err, stays)
		}
		if r.IntN(2) == 0 {
			m = process()
		}
	}
	if !done {
		if result, err := m.Run(t.Context()); err != nil || result.State != progress.StateDone {
			t.Errorf("the last Run = %s, %v, want done", result.State, err)
		}
	}
	primary := w.group.PrimaryEndpoint().String()
	until(t, "the application writes to the target", func() bool { return writers.acknowledgedBy(primary) > 0 })
	writers.stop()
	if lost := writers.missing(t, primary); len(lost) > 0 {
		t.Errorf("%d acknowledged writes are lost", len(lost))
	}
	if n := w.accepted("StartMigration"); n != 1 {
		t.Errorf("StartMigration was accepted %d times, want once", n)
	}
	if n := w.accepted("CompleteMigration"); n != 1 {
		t.Errorf("CompleteMigration was accepted %d times, want once", n)
	}
}

// cancelIn cancels a while after a state was entered. What was entered by an
// earlier run counts too.
func cancelIn(ctx context.Context, entered <-chan progress.State, at progress.State, after time.Duration, cancel func()) {
	for {
		select {
		case <-ctx.Done():
			return
		case s := <-entered:
			if s == at {
				time.AfterFunc(after, cancel)
				return
			}
		}
	}
}

// leftAfterAWhile lets goroutines that have sent their last word end.
func leftAfterAWhile(t *testing.T) string {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	left := ""
	for range 400 {
		if left = leftBehind(); left == "" {
			return ""
		}
		<-tick.C
	}
	return left
}
