package migration_test

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/elasticache"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/progress"
	"github.com/cachelift/cachelift/simulator"
)

// The tests of this file try to make writes be taken on both ends.

// onAction calls do once when the action was done.
func onAction(a progress.Action, do func()) progress.Observer {
	var once atomic.Bool
	return progress.ObserverFunc(func(_ context.Context, e progress.Event) {
		if d, ok := e.(progress.ActionDone); ok && d.Action == a && once.CompareAndSwap(false, true) {
			do()
		}
	})
}

// finished is a world whose migration is done, the old source fenced.
func finished(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	opts := w.options()
	opts.Cutover = migration.NewSourceFence(nil)
	if _, err := w.migrator(t, w.plan(), opts).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	return w
}

func TestNewPlanAfterDoneDoesNotOpenTheOldSource(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*migration.Plan){
		"new plan":     func(*migration.Plan) {},
		"wrong region": func(p *migration.Plan) { p.Target = migration.ReplicationGroup("not-here") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := finished(t)
			plan := w.plan()
			change(&plan)
			opts := w.options()
			opts.Cutover = migration.NewSourceFence(nil)
			m := w.migrator(t, plan, opts)
			if _, err := m.Run(t.Context()); !errors.Is(err, migration.ErrOutcomeUnknown) {
				t.Errorf("Run = %v, want ErrOutcomeUnknown", err)
			}
			if err := m.Abort(t.Context(), "test"); err == nil {
				t.Error("Abort = nil, want a refusal: the application may be on the target")
			}
			if open(t, w.source.Addr()) {
				t.Error("the old source was opened")
			}
			if n := w.accepted("StartMigration"); n != 1 {
				t.Errorf("%d migrations were started, want the first alone", n)
			}
		})
	}
}

func TestRunAgainAfterDoneOnlySwitchesAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	plan, opts := w.plan(), w.options()
	rec := &recorder{}
	for range 2 {
		opts.Cutover = migration.NewSourceFence(nil)
		if res, err := w.migrator(t, plan, opts).Run(t.Context()); err != nil || res.State != progress.StateDone {
			t.Fatalf("Run = %s, %v", res.State, err)
		}
		opts.Observers = []progress.Observer{rec} // of the second run alone
	}
	if got := rec.actions(); !slices.Equal(got, []string{"switch"}) {
		t.Errorf("actions of the second run are %v, want a switch alone", got)
	}
}

// A source that is restarted while the promotion is awaited has no fence.
func TestSourceRestartedBeforeThePromotionIsNoticed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.inject(t, simulator.Fault{Kind: simulator.FaultPromotionSlow, Delay: 2 * time.Second})
	var switched atomic.Bool
	opts := w.options()
	opts.Cutover = migration.NewSourceFence(func(context.Context, migration.Endpoint) error { switched.Store(true); return nil })
	requested := make(chan struct{})
	opts.Observers = []progress.Observer{onAction(progress.ActionComplete, func() { close(requested) })}
	m, done := w.migrator(t, w.plan(), opts), make(chan error, 1)
	go func() { _, err := m.Run(t.Context()); done <- err }()
	<-requested
	// The service has found both ends in sync by then.
	until(t, "the service completes", func() bool { return w.group.Status() == "modifying" })
	w.source.Kill()
	<-w.source.Done()
	again, err := simulator.StartRedis(t.Context(), simulator.RedisOptions{Port: w.source.Endpoint().Port})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = again.Close() })
	if err := <-done; !errors.Is(err, migration.ErrOutcomeUnknown) || switched.Load() {
		t.Errorf("Run = %v, switched %v; want ErrOutcomeUnknown and no switch", err, switched.Load())
	}
}

// A master at the primary's endpoint that does not know the source's history may
// be a restarted, empty node.
func TestEmptyMasterIsNotThePromotion(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.inject(t, simulator.Fault{Kind: simulator.FaultPromotionSlow, Delay: time.Second})
	empty, primary := startSource(t), w.group.PrimaryEndpoint().String()
	var (
		swapped atomic.Bool
		mu      sync.Mutex
		conns   []net.Conn // of the library to the primary
	)
	opts := w.options()
	opts.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		if addr == primary && swapped.Load() {
			addr = empty.Addr()
		}
		conn, err := (&net.Dialer{}).DialContext(ctx, network, addr)
		if err == nil && addr == primary {
			mu.Lock()
			defer mu.Unlock()
			conns = append(conns, conn)
		}
		return conn, err
	}
	promoted := false
	opts.Cutover = migration.NewSourceFence(func(context.Context, migration.Endpoint) error {
		promoted = open(t, primary)
		return nil
	})
	opts.Observers = []progress.Observer{onAction(progress.ActionComplete, func() {
		swapped.Store(true)
		mu.Lock()
		defer mu.Unlock()
		for _, c := range conns {
			_ = c.Close()
		}
	})}
	if _, err := w.migrator(t, w.plan(), opts).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !promoted {
		t.Error("switched before the service confirmed a promotion that nothing proved")
	}
}

// Another process aborts while the first one waits for the promotion.
func TestAbortFromAnotherProcessWhileCompleting(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.inject(t, simulator.Fault{Kind: simulator.FaultPromotionSlow, Delay: 2 * time.Second})
	plan, requested := w.plan(), make(chan struct{})
	opts := w.options()
	opts.Cutover = migration.NewSourceFence(nil)
	opts.Observers = []progress.Observer{onAction(progress.ActionComplete, func() { close(requested) })}
	first := w.migrator(t, plan, opts)
	done := make(chan error, 1)
	go func() { _, err := first.Run(t.Context()); done <- err }()
	<-requested
	until(t, "the service completes", func() bool { return w.group.Status() == "modifying" })
	other := w.options()
	other.Cutover = migration.NewSourceFence(nil)
	if err := w.migrator(t, plan, other).Abort(t.Context(), "test"); !errors.Is(err, migration.ErrPastNoReturn) {
		t.Errorf("Abort = %v, want ErrPastNoReturn", err)
	}
	if err := <-done; err != nil {
		t.Errorf("the first process: %v", err)
	}
	if open(t, w.source.Addr()) {
		t.Error("the source was opened")
	}
}

func TestFenceGuardsOneSource(t *testing.T) {
	t.Parallel()
	fence, api := migration.NewSourceFence(nil), elasticache.New(elasticache.Options{})
	p := goodPlan()
	for range 2 {
		if _, err := migration.New(p, api, &migration.Options{Cutover: fence}); err != nil {
			t.Fatal(err)
		}
	}
	p.Source.Address = "10.0.0.242"
	if _, err := migration.New(p, api, &migration.Options{Cutover: fence}); err == nil || !strings.Contains(err.Error(), "10.0.0.241") {
		t.Errorf("New = %v, want an error that names the source that the fence stands before", err)
	}
}

// A cancelled context before anything was sent resumes writes, also when the
// machine has crossed into completing.
func TestCancelWhileTheCompletionIsOnlyThrottled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.inject(t, simulator.Fault{Kind: simulator.FaultThrottle, Operation: "CompleteMigration"})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	g := &gate{}
	opts := w.options()
	opts.Cutover = g
	opts.Observers = []progress.Observer{onAction(progress.ActionComplete, cancel)}
	_, err := w.migrator(t, w.plan(), opts).Run(ctx)
	if !errors.Is(err, context.Canceled) || errors.Is(err, migration.ErrOutcomeUnknown) {
		t.Errorf("Run = %v, want a cancellation whose outcome is known", err)
	}
	if paused, _ := g.WritesPaused(t.Context()); paused || w.accepted("CompleteMigration") > 0 {
		t.Error("writes were left paused although nothing was sent")
	}
}

// An API that fails after the promotion does not prolong the outage.
func TestOutageOfTheAPIAfterThePromotion(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	outage := make(chan *simulator.Injection, 1)
	opts := w.options()
	opts.Retry.MaxElapsed = time.Minute
	opts.Cutover = migration.NewSourceFence(func(context.Context, migration.Endpoint) error {
		(<-outage).Remove()
		return nil
	})
	opts.Observers = []progress.Observer{onAction(progress.ActionComplete, func() {
		in, err := w.sim.Inject(simulator.Fault{Kind: simulator.FaultServerError, Operation: "DescribeReplicationGroups"})
		if err != nil {
			t.Error(err)
		}
		outage <- in
	})}
	res, err := w.migrator(t, w.plan(), opts).Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if res.Cutover.Pause > 10*time.Second {
		t.Errorf("writes were paused for %v", res.Cutover.Pause)
	}
}
