package migrationtest

import (
	"context"
	"errors"
	"reflect"
	"sync"
	"time"

	"github.com/cachelift/cachelift/progress"
)

// observeWithin is how long an observer is given for one event: as long as the
// end of a run waits by default for all that are left.
const observeWithin = 5 * time.Second

// Migrations that CheckObserver plays.
const (
	oneMigration     = "check-one"
	anotherMigration = "check-two"
)

func ruleObserverPanics() rule {
	return rule{
		"Observe does not panic",
		"the event is lost to it, and the other observers are told",
	}
}

func ruleObserverReturns() rule {
	return rule{
		"Observe returns",
		"the next event waits for it, and the end of a run waits for 5 seconds only",
	}
}

func ruleObserverContext() rule {
	return rule{
		"Observe returns soon after its context ends",
		"its goroutine is left behind else when the run has ended",
	}
}

// CheckObserver tests a host's [progress.Observer] against the contract that is
// written there, and returns all violations, joined, each with the rule that it
// breaks and why the rule stands. Nil means that none was found.
//
// The observer is told of one event of each type, as in a migration that goes
// well and one that fails; of each type with all fields zero, which is what an
// event of a later version may look like to it; of two migrations, one after the
// other and at the same time, as an observer that is given to two Migrators;
// and of events on a context that has ended. It must not panic, has 5 seconds
// for each, and 2 to return after its context has ended. One that does not ends
// the check; its goroutine is left behind.
//
// The migrations are called "check-one" and "check-two". An observer that writes
// to the outside writes about them there. Run it with the race detector, which
// finds what two migrations at the same time do to unguarded fields.
func CheckObserver(o progress.Observer) error {
	if o == nil {
		return errors.New("migrationtest: CheckObserver: the observer is nil, want one to check")
	}
	k := &observerCheck{violations: violations{check: "CheckObserver"}, observer: o}
	ctx := context.Background()
	run := everyEvent()
	for _, events := range [][]progress.Event{stamped(oneMigration, run), stamped(anotherMigration, run), zero(run)} {
		k.tell(ctx, events)
	}
	var both sync.WaitGroup
	for _, id := range []string{oneMigration, anotherMigration} {
		both.Go(func() { k.tell(ctx, stamped(id, run)) })
	}
	both.Wait()
	ended, cancel := context.WithCancel(ctx)
	cancel()
	k.tell(ended, stamped(oneMigration, run))
	return k.err()
}

// observerCheck is one check under way.
type observerCheck struct {
	observer progress.Observer

	mu sync.Mutex // guards what follows
	violations
	hangs bool
}

// tell tells events one after the other, as a run does.
func (k *observerCheck) tell(ctx context.Context, events []progress.Event) {
	for _, e := range events {
		if k.stuck() {
			return
		}
		begun := time.Now()
		err := call(ctx, observeWithin, func(ctx context.Context) error {
			k.observer.Observe(ctx, e)
			return nil
		})
		k.judge(ctx, e, err, time.Since(begun))
	}
}

func (k *observerCheck) stuck() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.hangs
}

func (k *observerCheck) judge(ctx context.Context, e progress.Event, err error, took time.Duration) {
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case errors.Is(err, errHangs):
		k.hangs = true
		k.add(ruleObserverContext(), "of a %s: %v", e.Kind(), err)
	case err != nil:
		k.add(ruleObserverPanics(), "of a %s: %v", e.Kind(), err)
	case took >= observeWithin && ctx.Err() == nil:
		k.hangs = true // at this speed nothing more is learned from the rest
		k.add(ruleObserverReturns(), "of a %s: it returned only when its context ended after %v", e.Kind(), observeWithin)
	}
}

// stamped gives the events the header of a run of the migration.
func stamped(id string, events []progress.Event) []progress.Event {
	out := make([]progress.Event, len(events))
	state := progress.StateNew
	for i, e := range events {
		if c, ok := e.(progress.StateChanged); ok {
			state = c.To
		}
		out[i] = progress.Stamp(e, progress.Header{
			MigrationID: id, Seq: uint64(i + 1), At: checkTime().Add(time.Duration(i) * time.Second), State: state,
		})
	}
	return out
}

// zero returns an event of each type with no field set.
func zero(events []progress.Event) []progress.Event {
	seen := map[string]bool{}
	var out []progress.Event
	for _, e := range events {
		if seen[e.Kind()] {
			continue
		}
		seen[e.Kind()] = true
		if z, ok := reflect.Zero(reflect.TypeOf(e)).Interface().(progress.Event); ok {
			out = append(out, z)
		}
	}
	return out
}
