package migration_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/progress"
	"github.com/cachelift/cachelift/simulator"
)

// atPromotion is a run whose promotion takes half a second, and what is done to its source
// then.
type atPromotion struct {
	*world
	opts      *migration.Options
	rec       *recorder
	requested atomic.Bool
	switching error // of the host's function
	switched  time.Time
}

func newAtPromotion(t *testing.T) *atPromotion {
	t.Helper()
	a := &atPromotion{world: newWorld(t), rec: &recorder{}}
	a.inject(t, simulator.Fault{Kind: simulator.FaultPromotionSlow, Delay: 500 * time.Millisecond})
	a.opts = a.options()
	a.opts.Cutover = migration.NewSourceFence(func(context.Context, migration.Endpoint) error {
		a.switched = time.Now()
		return a.switching
	})
	a.opts.Observers = append(a.opts.Observers, a.rec, onAction(progress.ActionComplete, func() { a.requested.Store(true) }))
	return a
}

// dialling calls do with each connection to the source that is made after the promotion,
// counted from 1; its error is that of the connection.
func (a *atPromotion) dialling(do func(n int) error) {
	n := 0
	a.opts.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		if addr == a.source.Addr() && a.requested.Load() && promotedNow(a.world) {
			n++
			if err := do(n); err != nil {
				return nil, err
			}
		}
		return new(net.Dialer).DialContext(ctx, network, addr)
	}
}

// openSource opens the fence behind the library's back.
func (a *atPromotion) openSource(t *testing.T) {
	t.Helper()
	c := plainClient(a.source.Addr())
	defer c.Close()
	if err := c.ConfigSet(context.Background(), "min-replicas-to-write", "0").Err(); err != nil {
		t.Error(err)
	}
}

// closedAgain wants a source that was found open to be closed again, and an error that says
// both.
func (a *atPromotion) closedAgain(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, migration.ErrSourceOpen) || !errors.Is(err, migration.ErrPastNoReturn) || !strings.Contains(err.Error(), "they are paused again") {
		t.Errorf("got %v, want ErrSourceOpen and that writes are paused again", err)
	}
	c := plainClient(a.source.Addr())
	defer c.Close()
	if err := c.Set(t.Context(), "late", 1, 0).Err(); err == nil {
		t.Error("the source takes writes")
	}
}

// That the last proof gets no connection at first says nothing.
func TestLastProofIsTriedAgain(t *testing.T) {
	t.Parallel()
	a := newAtPromotion(t)
	a.dialling(func(n int) error {
		if n > 1 {
			return nil
		}
		a.openSource(t)
		return errors.New("max number of clients reached")
	})
	_, err := a.migrator(t, a.plan(), a.opts).Run(t.Context())
	a.closedAgain(t, err)
}

// Where Switch fails, a source that was found open is told all the same.
func TestSwitchFailsAndTheSourceIsOpen(t *testing.T) {
	t.Parallel()
	a := newAtPromotion(t)
	a.switching = migration.Permanent(errors.New("the proxy is down"))
	a.dialling(func(n int) error {
		if n == 1 {
			a.openSource(t)
		}
		return nil
	})
	_, err := a.migrator(t, a.plan(), a.opts).Run(t.Context())
	a.closedAgain(t, err)
	if err == nil || !strings.Contains(err.Error(), "the proxy is down") || strings.Contains(err.Error(), "stay paused") {
		t.Errorf("got %v, want the error of Switch in it, and not that writes stay paused", err)
	}
}

// A source that is a replica by now has a primary somewhere that has no fence.
func TestSourceThatWasDemotedIsNotSilence(t *testing.T) {
	t.Parallel()
	a := newAtPromotion(t)
	a.opts.Observers = append(a.opts.Observers, onAction(progress.ActionComplete, func() {
		c := plainClient(a.source.Addr())
		defer c.Close()
		if err := c.Do(context.Background(), "REPLICAOF", "127.0.0.1", "1").Err(); err != nil {
			t.Error(err)
		}
	}))
	_, err := a.migrator(t, a.plan(), a.opts).Run(t.Context())
	if !errors.Is(err, migration.ErrOutcomeUnknown) || !strings.Contains(err.Error(), "writes to the source were open") || !a.switched.IsZero() {
		t.Errorf("got %v, switched at %v; want an error instead of a switch", err, a.switched)
	}
}

// A source that hangs keeps the application from a target that is proven for a moment only,
// also in a run that went on with what an earlier one began.
func TestSourceThatHangsAtThePromotion(t *testing.T) {
	t.Parallel()
	a := newAtPromotion(t)
	a.opts.Observers = append(a.opts.Observers, onAction(progress.ActionComplete, func() {
		if err := syscall.Kill(a.source.PID(), syscall.SIGSTOP); err != nil {
			t.Error(err)
		}
	}))
	a.opts.Cutover = migration.NewSourceFence(func(context.Context, migration.Endpoint) error {
		a.switched = time.Now()
		time.AfterFunc(time.Second, func() { _ = syscall.Kill(a.source.PID(), syscall.SIGCONT) }) // who waits for it next gives up in 10 s
		return nil
	})
	t.Cleanup(func() { _ = syscall.Kill(a.source.PID(), syscall.SIGCONT) }) // it may have ended
	m := a.migrator(t, a.plan(), a.opts)
	if _, err := m.RunUntil(t.Context(), progress.StateInSync); err != nil {
		t.Fatal(err)
	}
	result, err := m.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if took := a.switched.Sub(result.Cutover.RequestedAt); took > 8*time.Second {
		t.Errorf("switched %v after the request", took)
	}
}

// Whoever asks for the status does not take the run's events away.
func TestStatusLeavesTheEventsToTheRun(t *testing.T) {
	t.Parallel()
	a := newAtPromotion(t)
	var m *migration.Migrator
	a.opts.InSyncFor = 500 * time.Millisecond
	a.opts.Observers = append(a.opts.Observers, onState(progress.StateInSync, func() {
		if _, err := m.Status(context.Background()); err != nil {
			t.Error(err)
		}
	}))
	m = a.migrator(t, a.plan(), a.opts)
	if _, err := m.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, e := range a.rec.all() {
		if _, is := e.(progress.SettingChanged); is {
			return
		}
	}
	t.Error("nobody was told of the settings that were changed")
}
