package losstest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/progress"
	"github.com/cachelift/cachelift/simulator"
)

// setting is what a cut-over is made under.
type setting struct {
	load  load
	fault fault
	rand  *rand.Rand // for what a fault leaves open
	by    strategy   // nil: the library
}

// strategy brings the target in sync, promotes it and tells the clients.
type strategy func(ctx context.Context, a *arena, where *router) error

func (s setting) String() string {
	return fmt.Sprintf("%d writes/s, round trip %v, %s", s.load.rate, s.load.roundTrip, s.fault.name)
}

// outcomeOf is what came of a cut-over.
type result struct {
	verdict
	rate         float64 // writes per second that were acknowledged before the pause
	strikes      int     // of the fault
	runs         int     // of the library: more than one if it had to be started again
	attempts     int     // at the cut-over
	pause, worst time.Duration
	errs         []error // of runs that ended without success
}

// roundWithin bounds one cut-over on a machine that is busy.
const roundWithin = 2 * time.Minute

// cutOver makes a cut-over under load and judges it.
func cutOver(ctx context.Context, s setting) (r result, err error) {
	ctx, cancel := context.WithTimeout(ctx, roundWithin)
	defer cancel()
	timing := simulator.FastTiming()
	if s.fault.timing != nil {
		s.fault.timing(&timing)
	}
	a, err := newArena(ctx, timing, s.load.roundTrip, s.fault.link)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, a.close()) }()
	where := newRouter(a.source.Addr())
	f := newFleet(s.load, where, a.wires.dial)
	begun := time.Now()
	log := &watchLog{}
	if s.by != nil {
		f.heed() // or they would stay with a source that goes on to take their writes
	}
	f.start()
	defer f.stop()
	if s.by != nil {
		err = s.by(ctx, a, where)
	} else {
		err = r.migrate(ctx, a, s, where, log)
	}
	if err != nil {
		return r, err
	}
	if err := f.settled(ctx); err != nil {
		return r, err
	}
	f.stop()
	r.pause, r.worst = f.pauses()
	log.compare(ctx, a.source.Addr())
	if len(log.shuts) > 0 {
		r.rate = f.rate(begun, log.shuts[len(log.shuts)-1].from)
	}
	r.problems = append(r.problems, log.problems...)
	r.parted += len(log.problems)
	v, err := f.judge(ctx, a, log.shuts)
	r.verdict.add(v)
	return r, err
}

// migrate runs the library until it is done. When a run ends otherwise, a new process
// goes on with the same plan, as often as a fault makes it necessary.
func (r *result) migrate(ctx context.Context, a *arena, s setting, where *router, log *watchLog) (err error) {
	plan := a.plan()
	var arms []*armed
	defer func() {
		for _, x := range arms {
			n, ferr := x.over()
			r.strikes, err = r.strikes+n, errors.Join(err, ferr)
		}
	}()
	tell := func(_ context.Context, to migration.Endpoint) error { where.turn(to.String()); return nil }
	for {
		opts := a.options()
		cut := &watched{SourceFence: migration.NewSourceFence(tell), source: a.source.Addr(), log: log}
		opts.Cutover = cut
		runCtx, cancel := context.WithCancelCause(ctx)
		if s.fault.arm != nil && r.runs == 0 {
			x := &armed{arena: a, opts: opts, hooks: &cut.hooks, stop: cancel, rand: s.rand}
			arms = append(arms, x)
			if err := s.fault.arm(x); err != nil {
				cancel(nil)
				return err
			}
		}
		m, err := a.migrator(plan, opts)
		if err != nil {
			cancel(nil)
			return err
		}
		res, err := m.Run(runCtx)
		cancel(nil)
		r.runs++
		r.attempts += res.Cutover.Attempts
		if err == nil && res.State == progress.StateDone {
			return nil
		}
		r.errs = append(r.errs, err)
		if ctx.Err() != nil || r.runs >= 5 || s.fault.tolerates == nil || !s.fault.tolerates(err) {
			return fmt.Errorf("run %d ended in %s: %w", r.runs, res.State, err)
		}
	}
}

// settled waits until each writer has had writes acknowledged by the new primary.
func (f *fleet) settled(ctx context.Context) error {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		n, name := f.quietest()
		if n >= idleBurst {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("writer %s had %d writes acknowledged by the new primary: %w", name, n, ctx.Err())
		case <-tick.C:
		}
	}
}

// rate is what the source acknowledged per second.
func (f *fleet) rate(from, to time.Time) float64 {
	n := 0
	for _, w := range f.writers {
		for _, e := range w.journal.entries {
			if e.outcome == acknowledged && e.done.Before(to) {
				n += effects(e.on)
			}
		}
	}
	return float64(n) / to.Sub(from).Seconds()
}

func effects(on effect) (n int) {
	for ; on != 0; on &= on - 1 {
		n++
	}
	return n
}

// judge holds all journals against both ends.
func (f *fleet) judge(ctx context.Context, a *arena, shuts []shut) (verdict, error) {
	var v verdict
	source, target := direct(a.source.Addr()), direct(a.primary())
	defer source.Close()
	defer target.Close()
	pops := map[string]*writer{}
	for _, w := range f.writers {
		if w.consumes() {
			pops[w.journal.stream] = w
		}
	}
	for _, w := range f.writers {
		if w.consumes() {
			continue
		}
		was, err := read(ctx, source, w.journal)
		if err != nil {
			return v, fmt.Errorf("source: %w", err)
		}
		is, err := read(ctx, target, w.journal)
		if err != nil {
			return v, fmt.Errorf("new primary: %w", err)
		}
		if c := pops[w.journal.stream]; c != nil {
			v.add(judge(w.journal, was, is, &c.popped, c.kind == kindMover, shuts))
		} else {
			v.add(judge(w.journal, was, is, nil, false, shuts))
		}
	}
	return v, nil
}
