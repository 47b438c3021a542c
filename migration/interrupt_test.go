package migration_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/migrationtest"
	"github.com/cachelift/cachelift/progress"
	"github.com/cachelift/cachelift/simulator"
)

// gate is a Cutover of a host: a flag that its writers obey. Each method can be
// made to fail or to wait.
type gate struct {
	mu       sync.Mutex
	paused   bool
	switched []migration.Endpoint
	pause    func(context.Context) error
	resumes  int
}

func (g *gate) PauseWrites(ctx context.Context) error {
	g.mu.Lock()
	g.paused = true
	hook := g.pause
	g.mu.Unlock()
	if hook != nil {
		return hook(ctx)
	}
	return nil
}

func (g *gate) Switch(_ context.Context, to migration.Endpoint) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.switched = append(g.switched, to)
	return nil
}

func (g *gate) ResumeWrites(ctx context.Context) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.paused = false
	g.resumes++
	return ctx.Err()
}

func (g *gate) WritesPaused(context.Context) (bool, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.paused, nil
}

// onState calls do once when the state is entered.
func onState(s progress.State, do func()) progress.Observer {
	var once sync.Once
	return progress.ObserverFunc(func(_ context.Context, e progress.Event) {
		if c, ok := e.(progress.StateChanged); ok && c.To == s {
			once.Do(do)
		}
	})
}

func TestCancelStopsDrivingAndALaterRunCarriesOn(t *testing.T) {
	t.Parallel()
	for _, at := range []progress.State{progress.StateSyncing, progress.StateInSync, progress.StatePausing} {
		t.Run(string(at), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			plan, cause := w.plan(), errors.New("deployment stopped")
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			g := &gate{pause: func(ctx context.Context) error {
				if at == progress.StatePausing {
					cancel(cause)
				}
				return nil
			}}
			opts := w.options()
			opts.Cutover = g
			opts.Observers = []progress.Observer{onState(at, func() { cancel(cause) })}
			if at == progress.StateSyncing {
				opts.InSyncFor = time.Hour
			}
			res, err := w.migrator(t, plan, opts).Run(ctx)
			if !errors.Is(err, cause) {
				t.Fatalf("Run = %v, want the cause of the cancellation", err)
			}
			if res.State.Terminal() {
				t.Errorf("state is %s: the migration itself has not ended", res.State)
			}
			if paused, _ := g.WritesPaused(t.Context()); paused {
				t.Error("writes were left paused")
			}
			until(t, "the group is migrating: AWS goes on", func() bool { return w.group.Status() == "migrating" })
			opts = w.options()
			opts.Cutover = &gate{}
			if res, err := w.migrator(t, plan, opts).Run(t.Context()); err != nil || res.State != progress.StateDone {
				t.Fatalf("the later Run = %s, %v", res.State, err)
			}
			if n := w.accepted("StartMigration"); n != 1 {
				t.Errorf("StartMigration was accepted %d times, want 1", n)
			}
		})
	}
}

func TestCancelPastNoReturnLeavesWritesPaused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.inject(t, simulator.Fault{Kind: simulator.FaultPromotionSlow, Delay: time.Second})
	plan, g := w.plan(), &gate{}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	rec := &recorder{}
	accepted := progress.ObserverFunc(func(_ context.Context, e progress.Event) {
		if a, ok := e.(progress.ActionDone); ok && a.Action == progress.ActionComplete {
			cancel()
		}
	})
	opts := w.options()
	opts.Cutover, opts.Observers = g, []progress.Observer{accepted, rec}
	m := w.migrator(t, plan, opts)
	if _, err := m.Run(ctx); !errors.Is(err, migration.ErrOutcomeUnknown) || !errors.Is(err, context.Canceled) {
		t.Fatalf("Run = %v, want ErrOutcomeUnknown and the cause", err)
	}
	if g.resumes > 0 {
		t.Fatal("writes were resumed although the completion was requested")
	}
	// The later run finds writes paused and goes forward.
	opts.Observers = nil
	res, err := w.migrator(t, plan, opts).Run(t.Context())
	if err != nil || res.State != progress.StateDone || len(g.switched) == 0 {
		t.Fatalf("the later Run = %s, %v, switched %v", res.State, err, g.switched)
	}
	if n := w.accepted("CompleteMigration"); n != 1 {
		t.Errorf("CompleteMigration was accepted %d times, want 1", n)
	}
}

func TestAbortActiveRun(t *testing.T) {
	t.Parallel()
	for _, at := range []progress.State{progress.StateSyncing, progress.StateInSync, progress.StatePausing} {
		t.Run(string(at), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			g := &gate{}
			reached := make(chan struct{})
			if at == progress.StatePausing {
				g.pause = func(ctx context.Context) error { <-ctx.Done(); return context.Cause(ctx) }
			}
			opts := w.options()
			opts.Cutover = g
			if at == progress.StateInSync {
				opts.InSyncFor = time.Hour
			}
			rec := &recorder{}
			opts.Observers = []progress.Observer{rec, onState(at, func() { close(reached) })}
			m := w.migrator(t, w.plan(), opts)
			done := make(chan error, 1)
			go func() { _, err := m.Run(t.Context()); done <- err }()
			<-reached
			if err := m.Abort(t.Context(), "changed our mind"); err != nil {
				t.Fatal(err)
			}
			if err := <-done; !errors.Is(err, migration.ErrAborted) {
				t.Errorf("Run = %v, want ErrAborted", err)
			}
			if s := m.Snapshot().State; s != progress.StateAborted {
				t.Errorf("state is %s, want aborted", s)
			}
			if paused, _ := g.WritesPaused(t.Context()); paused || len(g.switched) > 0 {
				t.Error("writes are paused or the application was switched")
			}
			until(t, "the group is available", func() bool { return w.group.Status() == "available" })
			if !slices.Contains(rec.actions(), "force_stop") || !open(t, w.group.PrimaryEndpoint().String()) {
				t.Errorf("the replication was not stopped: %v", rec.actions())
			}
			if _, err := m.Run(t.Context()); !errors.Is(err, migration.ErrEnded) {
				t.Errorf("a run after an abort = %v, want ErrEnded: the target is no copy any more", err)
			}
		})
	}
}

func TestAbortWithoutRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	plan := w.plan()
	if err := w.migrator(t, plan, nil).Abort(t.Context(), "nothing there"); err != nil {
		t.Fatalf("Abort with nothing under way = %v, want nil", err)
	}
	if _, err := w.migrator(t, plan, w.options()).RunUntil(t.Context(), progress.StateInSync); err != nil {
		t.Fatal(err)
	}
	// What a dead process left: writes paused, the group migrating.
	fence := migration.NewSourceFence(nil)
	opts := w.options()
	opts.Cutover = fence
	m := w.migrator(t, plan, opts)
	if err := fence.PauseWrites(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s, err := m.Status(t.Context()); err != nil || s.Writes != progress.WritesPaused {
		t.Fatalf("Status = %+v, %v; want writes paused", s, err)
	}
	if err := m.Abort(t.Context(), "clean up"); err != nil {
		t.Fatal(err)
	}
	if !open(t, w.source.Addr()) {
		t.Error("the source does not take writes after the abort")
	}
	if s := w.group.Status(); s != "available" {
		t.Errorf("status is %q, want available", s)
	}
}

func TestAbortIsRefusedPastNoReturn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.inject(t, simulator.Fault{Kind: simulator.FaultPromotionSlow, Delay: 500 * time.Millisecond})
	reached := make(chan struct{})
	opts := w.options()
	opts.Cutover = &gate{}
	opts.Observers = []progress.Observer{onState(progress.StateCompleting, func() { close(reached) })}
	m := w.migrator(t, w.plan(), opts)
	done := make(chan error, 1)
	go func() { _, err := m.Run(t.Context()); done <- err }()
	<-reached
	if err := m.Abort(t.Context(), "too late"); !errors.Is(err, migration.ErrPastNoReturn) {
		t.Errorf("Abort = %v, want ErrPastNoReturn", err)
	}
	if _, err := m.Run(t.Context()); !errors.Is(err, migration.ErrRunning) {
		t.Errorf("a second Run = %v, want ErrRunning", err)
	}
	if err := <-done; err != nil {
		t.Errorf("Run = %v; the refused abort must not disturb it", err)
	}
}

func TestPauseBudget(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	g := &gate{pause: func(ctx context.Context) error { <-ctx.Done(); return context.Cause(ctx) }}
	opts := w.options()
	opts.Cutover, opts.MaxWritePause, opts.CutoverAttempts = g, 50*time.Millisecond, 2
	rec := &recorder{}
	opts.Observers = []progress.Observer{rec}
	res, err := w.migrator(t, w.plan(), opts).Run(t.Context())
	if !errors.Is(err, migration.ErrPausedTooLong) {
		t.Fatalf("Run = %v, want ErrPausedTooLong", err)
	}
	if g.resumes != 2 || g.paused || res.Cutover.Attempts != 2 {
		t.Errorf("resumed %d times, paused %v, attempts %d; want 2, false, 2", g.resumes, g.paused, res.Cutover.Attempts)
	}
	if why := res.BackedOut; len(why) != 2 || !strings.Contains(why[0], "too long") || res.Error != err.Error() {
		t.Errorf("the result says that attempts backed out because of %q, and that the run ended with %q", why, res.Error)
	}
	if s := w.group.Status(); s != "migrating" {
		t.Errorf("status is %q, want migrating: the target goes on replicating", s)
	}
	if n := w.accepted("CompleteMigration"); n != 0 {
		t.Error("the completion was requested")
	}
}

func TestRefusedCompletionBacksOutAndTriesAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.inject(t, simulator.Fault{Kind: simulator.FaultPromotionFails, Count: 1})
	writers := startWriters(t, 2, w.source.Addr())
	rec := &recorder{}
	opts := w.options()
	opts.Observers = []progress.Observer{rec}
	opts.Cutover = migration.NewSourceFence(writers.switchTo)
	res, err := w.migrator(t, w.plan(), opts).Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	writers.stop()
	if lost := writers.missing(t, res.Cutover.Endpoint.String()); len(lost) > 0 {
		t.Errorf("%d acknowledged writes are lost", len(lost))
	}
	want := []string{"test_migration", "start_migration", "pause_writes", "complete_migration", "resume_writes", "pause_writes", "complete_migration", "switch"}
	if got := rec.actions(); !slices.Equal(got, want) || res.Cutover.Attempts != 2 {
		t.Errorf("actions are %v in %d attempts, want %v in 2", got, res.Cutover.Attempts, want)
	}
}

// A completion whose answer does not come holds up the application no longer than until
// the promotion is seen.
func TestCompletionThatHangsDoesNotProlongThePause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		timing := simulator.DefaultTiming()
		timing.Promotion = time.Second
		s := migrationtest.NewScenario(t).Timing(timing).Faults(migrationtest.HangReply(migrationtest.API, "CompleteMigration"))
		result, err := s.Migrator(nil).Run(t.Context())
		s.AssertDone(result, err)
		s.AssertFaultsStruck()
		if took := result.Cutover.SwitchedAt.Sub(result.Cutover.RequestedAt); took > 2*timing.Promotion {
			t.Errorf("the application was switched %v after the request, and the promotion took %v", took, timing.Promotion)
		}
	})
}

// Who is stopped while the service's word is still missing learns that the application
// has been switched.
func TestStoppedAfterSwitchSaysSo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var switched atomic.Bool
		s := migrationtest.NewScenario(t).Faults(
			migrationtest.InService(simulator.Fault{Kind: simulator.FaultMissingEvent, Operation: "CompleteMigration"}),
			migrationtest.Refuse(migrationtest.API, "DescribeReplicationGroups", "InternalFailure").Always().When(func(migrationtest.Request) bool {
				return switched.Load()
			}))
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		fence := migration.NewSourceFence(func(context.Context, migration.Endpoint) error {
			switched.Store(true)
			time.AfterFunc(10*time.Second, cancel)
			return nil
		})
		result, err := s.Migrator(&migration.Options{Cutover: fence}).Run(ctx)
		if !errors.Is(err, migration.ErrPastNoReturn) || !strings.Contains(err.Error(), "the application is on the target already") ||
			strings.Contains(err.Error(), "stay paused") || result.Cutover.SwitchedAt.IsZero() {
			t.Errorf("Run = %v, switched at %v; want an error that says that it was", err, result.Cutover.SwitchedAt)
		}
	})
}

// A host that panics gets its panic back as an error, and its writers too.
func TestPanicOfTheHost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	g := &gate{pause: func(context.Context) error { panic("host bug") }}
	opts := w.options()
	opts.Cutover, opts.CutoverAttempts = g, 1
	_, err := w.migrator(t, w.plan(), opts).Run(t.Context())
	var failed *migration.Error
	if !errors.As(err, &failed) || failed.Op != "PauseWrites" || !strings.Contains(err.Error(), "host bug") {
		t.Errorf("Run = %v, want an error of PauseWrites with the panic", err)
	}
	if paused, _ := g.WritesPaused(t.Context()); paused {
		t.Error("writes were left paused")
	}
}

func TestRunWithoutCutover(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, err := w.migrator(t, w.plan(), nil).Run(t.Context()); !errors.Is(err, migration.ErrNoCutover) {
		t.Errorf("Run = %v, want ErrNoCutover", err)
	}
	if n := len(w.sim.Calls()); n > 0 {
		t.Errorf("%d calls were made", n)
	}
}
