package losstest

import (
	"context"
	"errors"
	"flag"
	"fmt"

	"os"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/progress"
	"github.com/cachelift/cachelift/simulator"
)

// The flags of the benchmark.
var (
	tableFile = flag.String("table", "", "write the table of the pause benchmark to that file, too")
	promotion = flag.Duration("promotion", time.Second, "how long the simulated service takes to promote")
	waiter    = flag.Duration("waiter", 15*time.Second, "how often the manual procedure looks at the status")
)

// BenchmarkPause measures how long no write is acknowledged around a cut-over: from the
// last one by the source to the first by the target, over all clients. Each round is
// one cut-over by the library and one bare promotion, the floor, in turns, so that both
// find the same machine.
//
// The floor is the time from CompleteMigration, sent by a bare client to a group that
// is in sync and whose source nobody writes to, until the new primary acknowledges the
// first of the writes that are sent to it all the time, without delay in between; plus
// one round trip of the link.
func BenchmarkPause(b *testing.B) {
	t := &table{}
	for _, roundTrip := range []time.Duration{0, 20 * time.Millisecond} {
		for _, rate := range []int{0, 1000, 10_000, 50_000} {
			l := load{rate: rate, roundTrip: roundTrip}
			b.Run(fmt.Sprintf("rate=%d/rtt=%v", rate, roundTrip), func(b *testing.B) {
				row := row{load: l}
				for b.Loop() {
					row.measure(b)
				}
				row.report(b)
				t.rows = append(t.rows, row)
			})
		}
	}
	b.Run("manual", func(b *testing.B) {
		row := row{load: load{rate: 1000}, manual: true}
		for b.Loop() {
			if len(row.pauses) == 2 {
				continue // a minute is enough to see what it is
			}
			p, err := byHand(b.Context(), row.load)
			if err != nil {
				b.Fatal(err)
			}
			row.pauses = append(row.pauses, p.ms)
			row.add(p)
		}
		row.report(b)
		t.rows = append(t.rows, row)
	})
	if err := t.publish(os.Stdout, *tableFile); err != nil {
		b.Fatal(err)
	}
}

// measure makes one round.
func (r *row) measure(b *testing.B) {
	b.Helper()
	steps := []func() error{
		func() error {
			f, err := floor(b.Context(), r.load)
			r.floors = append(r.floors, f)
			return err
		},
		func() error {
			p, err := byLibrary(b.Context(), r.load)
			r.pauses = append(r.pauses, p.ms)
			r.add(p)
			return err
		},
	}
	if len(r.floors)%2 == 1 {
		steps[0], steps[1] = steps[1], steps[0]
	}
	for _, s := range steps {
		if err := s(); err != nil {
			b.Fatal(err)
		}
	}
}

// measured is one pause.
type measured struct {
	ms    float64
	rate  float64 // acknowledged per second before
	lost  int
	parts []part
}

// part is where a piece of the pause went.
type part struct {
	name string
	ms   float64
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// stage is an arena with lanes that have written for a while.
type stage struct {
	*arena
	where *router
	lanes *lanes
	begun time.Time
}

func newStage(ctx context.Context, l load) (*stage, error) {
	timing := simulator.FastTiming()
	timing.Promotion = *promotion
	a, err := newArena(ctx, timing, l.roundTrip, linkPlain)
	if err != nil {
		return nil, err
	}
	s := &stage{arena: a, where: newRouter(a.source.Addr())}
	if s.lanes, err = newLanes(ctx, l, s.where, a.source.Addr(), a.primary(), a.wires.dial); err != nil {
		return nil, errors.Join(err, a.close())
	}
	s.begun = time.Now()
	s.lanes.start()
	return s, nil
}

func (s *stage) end() error {
	s.lanes.halt()
	s.lanes.close()
	return s.arena.close()
}

// byLibrary measures the cut-over by the library.
func byLibrary(ctx context.Context, l load) (m measured, err error) {
	s, err := newStage(ctx, l)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, s.end()) }()
	c := newClock(s.where)
	opts := s.options()
	opts.InSyncFor, opts.PollEvery = 300*time.Millisecond, time.Second
	opts.Cutover = migration.NewSourceFence(c.switchTo)
	opts.Observers = []progress.Observer{c}
	mig, err := s.migrator(s.plan(), opts)
	if err != nil {
		return m, err
	}
	if _, err = mig.Run(ctx); err != nil {
		return m, err
	}
	s.lanes.wait()
	last, first, acked := s.lanes.around()
	if l.rate == 0 {
		last = c.closing
	}
	m.ms, m.rate = ms(first.Sub(last)), float64(acked)/last.Sub(s.begun).Seconds()
	m.parts = c.parts(last, first)
	m.lost, err = s.lanes.lost(ctx, s.primary())
	return m, err
}

// clock is an observer that notes when the parts of a cut-over are over. At rate 0,
// where no last write says when the pause began, it begins when the fence is about to
// be closed.
type clock struct {
	where                                                        *router
	pausing, closing, paused, drained, asked, promoted, switched time.Time
}

func newClock(where *router) *clock { return &clock{where: where} }

// Observe implements [progress.Observer].
func (c *clock) Observe(_ context.Context, e progress.Event) {
	switch e := e.(type) {
	case progress.StateChanged:
		if e.To == progress.StatePausing {
			c.pausing = e.At
		}
	case progress.SettingChanged:
		if c.closing.IsZero() {
			c.closing = e.At
		}
	case progress.ActionDone:
		switch e.Action {
		case progress.ActionPauseWrites:
			c.paused = e.At
		case progress.ActionComplete:
			c.asked = e.At
		}
	case progress.Drained:
		c.drained = e.At
	case progress.Promoted:
		c.promoted = e.At
	}
}

func (c *clock) switchTo(_ context.Context, to migration.Endpoint) error {
	c.switched = time.Now()
	c.where.turn(to.String())
	return nil
}

// parts are the pieces of the pause, in order. It is called when the run is over.
func (c *clock) parts(last, first time.Time) []part {
	return []part{
		{"pausing to last write", ms(last.Sub(c.pausing))},
		{"last write to paused", ms(c.paused.Sub(last))},
		{"drain", ms(c.drained.Sub(c.paused))},
		{"request", ms(c.asked.Sub(c.drained))},
		{"promotion, less its delay", ms(c.promoted.Sub(c.asked) - *promotion)},
		{"promoted to Switch", ms(c.switched.Sub(c.promoted))},
		{"Switch to first write", ms(first.Sub(c.switched))},
	}
}

// floor measures the bare promotion.
func floor(ctx context.Context, l load) (f float64, err error) {
	s, err := newStage(ctx, l)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, s.end()) }()
	if err := s.followByHand(ctx); err != nil {
		return 0, err
	}
	sleep(ctx, 300*time.Millisecond)
	s.lanes.halt()
	if err := s.level(ctx); err != nil {
		return 0, err
	}
	acked := firstAck(ctx, s.primary())
	begun := time.Now()
	if err := s.complete(ctx); err != nil {
		return 0, err
	}
	select {
	case at := <-acked:
		return ms(at.Sub(begun) + l.roundTrip), nil
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

func (a *arena) complete(ctx context.Context) error {
	_, err := elasticache.NewFromConfig(a.sim.Config()).CompleteMigration(ctx, &elasticache.CompleteMigrationInput{ReplicationGroupId: aws.String(groupID)})
	return err
}

// firstAck writes to the server all the time and tells when that was first
// acknowledged.
func firstAck(ctx context.Context, addr string) <-chan time.Time {
	at := make(chan time.Time, 1)
	go func() {
		c := direct(addr)
		defer c.Close()
		for next := time.Now(); ctx.Err() == nil; {
			next = pause(ctx, next, 250*time.Microsecond)
			if c.Set(ctx, "floor", 1, 0).Err() == nil {
				at <- time.Now()
				return
			}
		}
	}()
	return at
}

// byHand measures what the documentation tells a person to do, with nothing forgotten
// and no time lost between the commands: pause writes on the source, wait by INFO, once
// a second, until the offsets are equal, complete-migration, wait
// replication-group-available, and point the application to the target.
func byHand(ctx context.Context, l load) (m measured, err error) {
	s, err := newStage(ctx, l)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, s.end()) }()
	if err := s.followByHand(ctx); err != nil {
		return m, err
	}
	sleep(ctx, 300*time.Millisecond)
	c := direct(s.source.Addr())
	defer c.Close()
	if err := c.Do(ctx, "CLIENT", "PAUSE", time.Hour.Milliseconds(), "WRITE").Err(); err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, c.Do(ctx, "CLIENT", "UNPAUSE").Err()) }() // or the lanes could not end
	for next := time.Now(); ; {
		if next = pause(ctx, next, time.Second); ctx.Err() != nil {
			return m, ctx.Err()
		}
		if even, err := s.even(ctx); err != nil || even {
			if err != nil {
				return m, err
			}
			break
		}
	}
	if err := s.complete(ctx); err != nil {
		return m, err
	}
	for next := time.Now(); s.group.Status() != "available"; { // as the CLI's waiter: now, and every 15 s
		next = pause(ctx, next.Add(*waiter), 0)
		if ctx.Err() != nil {
			return m, ctx.Err()
		}
	}
	s.where.turn(s.primary())
	s.lanes.wait()
	last, first, acked := s.lanes.around()
	m.ms, m.rate = ms(first.Sub(last)), float64(acked)/last.Sub(s.begun).Seconds()
	m.lost, err = s.lanes.lost(ctx, s.primary())
	return m, err
}

// level waits until the target has all that the source has.
func (s *stage) level(ctx context.Context) error {
	return poll(ctx, "the target has caught up", func() (bool, error) { return s.even(ctx) })
}

func (s *stage) even(ctx context.Context) (bool, error) {
	source, target := direct(s.source.Addr()), direct(s.primary())
	defer source.Close()
	defer target.Close()
	from, err := offset(ctx, source, "master_repl_offset")
	if err != nil {
		return false, err
	}
	to, err := offset(ctx, target, "slave_repl_offset")
	return to >= from, err
}
