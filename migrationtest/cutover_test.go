package migrationtest_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/migrationtest"
)

// gate is a Cutover that does everything right and takes a second for it. Tests
// replace what is to go wrong.
type gate struct {
	mu     sync.Mutex
	paused bool

	pause, resume func(context.Context) error
	turn          func(context.Context, migration.Endpoint) error
	asked         func(context.Context) (bool, error)
	write         func(context.Context) error
}

func newGate() *gate {
	g := &gate{}
	g.pause = func(ctx context.Context) error { return g.set(ctx, true) }
	g.resume = func(ctx context.Context) error { return g.set(ctx, false) }
	g.turn = func(ctx context.Context, _ migration.Endpoint) error { return nap(ctx, time.Second) }
	g.asked = func(ctx context.Context) (bool, error) { return g.closed(), nap(ctx, time.Millisecond) }
	g.write = func(ctx context.Context) error {
		if g.closed() {
			return errors.New("refused")
		}
		return nil
	}
	return g
}

func (g *gate) set(ctx context.Context, paused bool) error {
	if err := nap(ctx, time.Second); err != nil {
		return err
	}
	g.now(paused)
	return nil
}

func (g *gate) now(paused bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.paused = paused
}

func (g *gate) closed() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.paused
}

func (g *gate) PauseWrites(ctx context.Context) error                   { return g.pause(ctx) }
func (g *gate) ResumeWrites(ctx context.Context) error                  { return g.resume(ctx) }
func (g *gate) WritesPaused(ctx context.Context) (bool, error)          { return g.asked(ctx) }
func (g *gate) Switch(ctx context.Context, to migration.Endpoint) error { return g.turn(ctx, to) }
func (g *gate) Write(ctx context.Context) error                         { return g.write(ctx) }

// nap waits, as a call over the network does.
func nap(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// later does what f does, but for its first call.
func later(f func(context.Context) error, then func(context.Context) error) func(context.Context) error {
	calls := 0
	return func(ctx context.Context) error {
		if calls++; calls > 1 {
			return then(ctx)
		}
		return f(ctx)
	}
}

var errAlready = errors.New("already done")

func fails(context.Context) error { return errAlready }

func TestCheckCutoverFindsEachViolation(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		rule string
		why  string
		make func(*gate)
	}{
		{"the check begins with writes open", "somebody's pause is not ended", func(g *gate) { g.paused = true }},
		{"writes are acknowledged before the pause", "a write that never works", func(g *gate) { g.write = fails }},
		{"WritesPaused answers", "", func(g *gate) {
			g.asked = func(context.Context) (bool, error) { return false, errAlready }
		}},
		{"ResumeWrites without a pause", "it wants a pause first", func(g *gate) {
			resume := g.resume
			g.resume = func(ctx context.Context) error {
				if !g.closed() {
					return errAlready
				}
				return resume(ctx)
			}
		}},
		{"PauseWrites pauses", "", func(g *gate) { g.pause = fails }},
		{"WritesPaused is true while paused", "it forgets", func(g *gate) {
			g.asked = func(context.Context) (bool, error) { return false, nil }
		}},
		{"WritesPaused is true while paused", "an answer that uses itself up", func(g *gate) {
			told := false
			g.asked = func(context.Context) (bool, error) {
				paused := g.closed()
				told = paused && !told
				return told, nil
			}
		}},
		{"PauseWrites stops writes", "it only says so", func(g *gate) {
			g.write = func(context.Context) error { return nil }
		}},
		{"a Write returns when its context ends", "the check cannot wait for it", func(g *gate) {
			g.write = func(context.Context) error {
				if g.closed() {
					<-time.After(10 * time.Second)
				}
				return nil
			}
		}},
		{"PauseWrites twice", "the second one fails", func(g *gate) { g.pause = later(g.pause, fails) }},
		{"ResumeWrites undoes PauseWrites", "it says nil and does nothing", func(g *gate) {
			g.resume = func(ctx context.Context) error { return ctx.Err() }
		}},
		{"ResumeWrites undoes PauseWrites", "the flag is down, the door is shut", func(g *gate) {
			was := false
			g.write = func(context.Context) error {
				if was = was || g.closed(); was {
					return errAlready
				}
				return nil
			}
		}},
		{"ResumeWrites twice", "the third call is the second after a pause", func(g *gate) {
			g.resume = later(g.resume, later(g.resume, fails))
		}},
		{"ResumeWrites undoes half a pause", "half a pause is not noted", func(g *gate) {
			g.pause, g.resume = halfPause(g)
		}},
		{"ResumeWrites undoes half a pause", "nil although it was cut short", func(g *gate) {
			pause := g.pause
			g.pause = func(ctx context.Context) error { _ = pause(ctx); return nil }
		}},
		{"every method returns soon after its context ends", "PauseWrites does not listen", func(g *gate) {
			g.pause = func(context.Context) error { <-time.After(3 * time.Second); g.now(true); return nil }
		}},
		{"every method returns soon after its context ends", "Switch does not listen", func(g *gate) {
			g.turn = func(context.Context, migration.Endpoint) error { <-time.After(3 * time.Second); return nil }
		}},
		{"every method uses the context of its own call", "ResumeWrites uses the one of PauseWrites", func(g *gate) {
			var kept context.Context
			pause := g.pause
			g.pause = func(ctx context.Context) error { kept = ctx; return pause(ctx) }
			g.resume = func(ctx context.Context) error {
				if kept == nil {
					return nil
				}
				return g.set(kept, false)
			}
		}},
		{"no method panics", "", func(g *gate) { g.pause = func(context.Context) error { panic("boom") } }},
		{"Switch succeeds", "", func(g *gate) { g.turn = func(context.Context, migration.Endpoint) error { return errAlready } }},
		{"Switch twice", "", func(g *gate) {
			calls := 0
			g.turn = func(ctx context.Context, _ migration.Endpoint) error {
				if ctx.Err() != nil {
					return ctx.Err()
				}
				if calls++; calls > 1 {
					return errAlready
				}
				return nil
			}
		}},
		{"Switch leaves writes paused", "it resumes", func(g *gate) {
			g.turn = func(ctx context.Context, _ migration.Endpoint) error { return g.set(ctx, false) }
		}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				g := newGate()
				c.make(g)
				err := migrationtest.CheckCutover(t.Context(), g, g.Write)
				if err == nil || !strings.Contains(err.Error(), `rule "`+c.rule+`"`) {
					t.Errorf("%s: CheckCutover = %v, want rule %q", c.why, err, c.rule)
				}
				<-time.After(time.Minute) // what was left behind
			})
		})
	}
}

// halfPause makes a pause that parks writes first, and a resume that only
// undoes what the pause wrote down at its end.
func halfPause(g *gate) (pause, resume func(context.Context) error) {
	noted := false
	pause = func(ctx context.Context) error {
		g.now(true)
		if err := nap(ctx, time.Second); err != nil {
			return err
		}
		noted = true
		return nil
	}
	resume = func(context.Context) error {
		if noted {
			g.now(false)
		}
		noted = false
		return nil
	}
	return pause, resume
}

func TestCheckCutoverOfARightOne(t *testing.T) {
	t.Parallel()
	for name, write := range map[string]func(*gate) func(context.Context) error{
		"refused": func(g *gate) func(context.Context) error { return g.write },
		"held back": func(g *gate) func(context.Context) error {
			return func(ctx context.Context) error {
				for g.closed() {
					if err := nap(ctx, time.Millisecond); err != nil {
						return err
					}
				}
				return nil
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				g := newGate()
				var to []string
				turn := g.turn
				g.turn = func(ctx context.Context, e migration.Endpoint) error {
					to = append(to, e.String())
					return turn(ctx, e)
				}
				if err := migrationtest.CheckCutover(t.Context(), g, g.write, write(g)); err != nil {
					t.Error(err)
				}
				if g.closed() {
					t.Error("writes are paused after the check")
				}
				if got := strings.Join(to, " "); got != "192.0.2.1:6379 192.0.2.1:6379 192.0.2.1:6379" {
					t.Errorf("switched to %s", got)
				}
			})
		})
	}
}

// A Cutover that takes Switch for the end has done nothing wrong.
func TestCheckCutoverThatStaysPausedAfterSwitch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGate()
		switched := false
		resume := g.resume
		g.turn = func(context.Context, migration.Endpoint) error { switched = true; return nil }
		g.resume = func(ctx context.Context) error {
			if switched {
				return errAlready
			}
			return resume(ctx)
		}
		if err := migrationtest.CheckCutover(t.Context(), g, g.Write); err != nil {
			t.Error(err)
		}
	})
}

func TestCheckCutoverLeavesAPauseAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGate()
		g.now(true)
		g.resume = func(context.Context) error { t.Error("ResumeWrites was called"); return nil }
		if err := migrationtest.CheckCutover(t.Context(), g); err == nil {
			t.Error("CheckCutover = nil with writes paused before")
		}
		if !g.closed() {
			t.Error("the pause was ended")
		}
	})
}

func TestCheckCutoverEndsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGate()
		gone := errors.New("the test is over")
		ctx, cancel := context.WithTimeoutCause(t.Context(), 2500*time.Millisecond, gone)
		defer cancel()
		err := migrationtest.CheckCutover(ctx, g, g.Write)
		if !errors.Is(err, gone) || strings.Contains(err.Error(), "rule") {
			t.Errorf("CheckCutover = %v, want the cause and no violation", err)
		}
		if g.closed() {
			t.Error("writes are paused after the check")
		}
	})
}
