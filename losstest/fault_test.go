package losstest

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/progress"
	"github.com/cachelift/cachelift/simulator"
)

// fault is something that goes wrong during a cut-over.
type fault struct {
	name string
	// link says whether the fault needs the replication link.
	link linkOption
	// timing changes the service's delays.
	timing func(*simulator.Timing)
	// arm puts the fault in place for the first run.
	arm func(*armed) error
	// tolerates says which ends of a run are right, after which another process goes
	// on; nil: none.
	tolerates func(error) bool
}

// armed is what a fault can reach.
type armed struct {
	*arena
	opts  *migration.Options
	hooks *hooks
	stop  context.CancelCauseFunc // ends the run

	rand *rand.Rand

	mu         sync.Mutex
	injections []*simulator.Injection
	errs       []error
	pending    sync.WaitGroup
	strikes    atomic.Int64 // of what the simulator does not count
}

// inject puts a fault of the simulator in force.
func (a *armed) inject(f simulator.Fault) error {
	in, err := a.sim.Inject(f)
	if err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.injections = append(a.injections, in)
	return nil
}

// note keeps an error of something that a fault does on the way.
func (a *armed) note(err error) {
	if err != nil {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.errs = append(a.errs, err)
	}
}

// over waits for what the fault does still, and returns how often it has struck.
func (a *armed) over() (strikes int, err error) {
	a.pending.Wait()
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, in := range a.injections {
		strikes += in.Hits()
		in.Remove()
	}
	return strikes + int(a.strikes.Load()), errors.Join(a.errs...)
}

// lostLease is a lease without which a run does nothing more, and takes nothing back: as
// if its process had died.
type lostLease struct{ lost atomic.Bool }

func (l *lostLease) Acquire(context.Context, migration.Plan) error { return nil }
func (l *lostLease) Release(context.Context) error                 { return nil }
func (l *lostLease) Check(context.Context) error {
	if l.lost.Load() {
		return errHost
	}
	return nil
}

// mayGo returns what lets the process be gone.
func (a *armed) mayGo() (gone func()) {
	l := &lostLease{}
	a.opts.Lease = l
	return func() {
		a.strikes.Add(1)
		l.lost.Store(true)
	}
}

// between is a random span.
func (a *armed) between(low, high time.Duration) time.Duration {
	return low + time.Duration(a.rand.Int64N(int64(high-low)))
}

// later does something after a while; what it returns is an error of the round.
func (a *armed) later(d time.Duration, do func() error) {
	a.pending.Go(func() {
		sleep(context.Background(), d)
		a.note(do())
	})
}

// on does something once, when an event of that kind is seen. Observers are told a little later than it happens.
func (a *armed) on(fits func(progress.Event) bool, do func() error) {
	var once sync.Once
	a.opts.Observers = append(a.opts.Observers, progress.ObserverFunc(func(_ context.Context, e progress.Event) {
		if fits(e) {
			once.Do(func() {
				a.strikes.Add(1)
				a.note(do())
			})
		}
	}))
}

// when is for on: the action was done.
func when(action progress.Action) func(progress.Event) bool {
	return func(e progress.Event) bool {
		done, ok := e.(progress.ActionDone)
		return ok && done.Action == action
	}
}

func isDrained(e progress.Event) bool  { _, ok := e.(progress.Drained); return ok }
func isPromoted(e progress.Event) bool { _, ok := e.(progress.Promoted); return ok }

// is tells errors that a run may end with.
func is(targets ...error) func(error) bool {
	return func(err error) bool {
		for _, t := range targets {
			if errors.Is(err, t) {
				return true
			}
		}
		return false
	}
}

// errHost is what the host's own code fails with.
var errHost = errors.New("the host's own code fails")

// injected is a fault of the simulator that is in force from the beginning.
func injected(name string, f simulator.Fault) fault {
	return fault{name: name, arm: func(a *armed) error { return a.inject(f) }}
}

// inPause is one that is put in force when the fence is closed.
func inPause(name string, f func(*armed) simulator.Fault) fault {
	return fault{name: name, arm: func(a *armed) error {
		a.hooks.afterPause = func() { a.note(a.inject(f(a))) }
		return nil
	}}
}
