package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

const (
	maxWriters = 8
	// settleFor is as far as the source's own averages reach back, in which the
	// loading would look like the load of the application.
	settleFor = 2 * time.Second
	// lingerFor is how long writers go on against the new primary.
	lingerFor = time.Second
	// firstWriteWithin bounds the wait for a writer's first write there.
	firstWriteWithin = 15 * time.Second
)

// Keys that are written before the switch and after it have different names,
// because the latter are on the target alone.
const (
	livePrefix  = "live:"
	afterPrefix = "after:"
)

// traffic is the application: writers that never stop, and that are told only
// once, by switchTo, that there is a new primary.
type traffic struct {
	writers []*writer
	place   atomic.Pointer[place]
	paused  atomic.Bool // the source's fence is closed
	cancel  context.CancelFunc
	wg      sync.WaitGroup
}

// place is where writes go.
type place struct {
	addr  string
	after bool // the switch
}

// writer has one connection and waits for each reply before the next write.
type writer struct {
	db          int
	stubborn    bool // goes on writing to the old source
	live, after *journal
}

// startWriters starts the writers. The last one is stubborn: it is never told
// of the switch and tries the old source to the end. A fence that holds refuses
// it; if one of its writes were acknowledged, it would be lost.
func startWriters(ctx context.Context, addr string, perSecond int) *traffic {
	t := &traffic{}
	start := &place{addr: addr}
	t.place.Store(start)
	ctx, t.cancel = context.WithCancel(ctx)
	n := max(2, min(maxWriters, perSecond))
	every := time.Duration(n) * time.Second / time.Duration(perSecond)
	for i := range n {
		w := &writer{db: i % databases, stubborn: i == n-1}
		w.live = &journal{prefix: fmt.Sprintf("%s%d", livePrefix, i), db: w.db}
		w.after = &journal{prefix: fmt.Sprintf("%s%d", afterPrefix, i), db: w.db}
		t.writers = append(t.writers, w)
		where := t.place.Load
		if w.stubborn {
			where = func() *place { return start }
		}
		begin := time.Now().Add(every * time.Duration(i) / time.Duration(n))
		t.wg.Go(func() { w.run(ctx, where, &t.paused, pacer{next: begin, every: every}) })
	}
	return t
}

// run writes until ctx ends. A write that is under way then is waited for, so
// that its outcome is known.
func (w *writer) run(ctx context.Context, where func() *place, paused *atomic.Bool, p pacer) {
	at := where()
	client := connect(at.addr, w.db, 1)
	defer func() { _ = client.Close() }()
	for p.wait(ctx) {
		if now := where(); now != at {
			_ = client.Close() // nothing is in flight
			at, client = now, connect(now.addr, w.db, 1)
		}
		if at.after {
			w.after.write(context.WithoutCancel(ctx), client, new(atomic.Bool))
		} else {
			w.live.write(context.WithoutCancel(ctx), client, paused)
		}
	}
}

// pacer spreads writes evenly.
type pacer struct {
	next  time.Time
	every time.Duration
}

// wait returns when the next write is due, and false when ctx has ended. It
// does not catch up with what a pause held up.
func (p *pacer) wait(ctx context.Context) bool {
	d := time.Until(p.next)
	if d < -100*time.Millisecond {
		p.next = time.Now()
	}
	p.next = p.next.Add(p.every)
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// switchTo points the writers to the new primary. It may be called again.
func (t *traffic) switchTo(addr string) { t.place.Store(&place{addr: addr, after: true}) }

// settle lets the writers go on alone for a while, so that the forecasts of the
// preflight report are about them.
func (t *traffic) settle(ctx context.Context) error {
	timer := time.NewTimer(settleFor)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// linger lets the writers go on after the migration until each has had a write
// acknowledged by the new primary.
func (t *traffic) linger(ctx context.Context) error {
	begun := time.Now()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		waiting := 0
		for _, w := range t.writers {
			if !w.stubborn && w.after.acked.Load() == 0 {
				waiting++
			}
		}
		if waiting == 0 && time.Since(begun) >= lingerFor {
			return nil
		}
		if time.Since(begun) > firstWriteWithin {
			return fmt.Errorf("%d writers had no write acknowledged by the new primary %s within %v",
				waiting, t.place.Load().addr, firstWriteWithin)
		}
	}
}

// stop ends the writers and returns when their journals are complete. Stopping
// twice is harmless.
func (t *traffic) stop() {
	t.cancel()
	t.wg.Wait()
}

// journals are all journals. Call it after stop.
func (t *traffic) journals() []*journal {
	var all []*journal
	for _, w := range t.writers {
		all = append(all, w.live, w.after)
	}
	return all
}

// pauses tells how long no write of any writer was acknowledged around the
// switch, and the longest such gap of a single writer. Call it after stop.
func (t *traffic) pauses() (all, worst time.Duration) {
	var last, first time.Time
	for _, w := range t.writers {
		if w.stubborn || w.live.last.IsZero() || w.after.first.IsZero() {
			continue
		}
		worst = max(worst, w.after.first.Sub(w.live.last))
		if w.live.last.After(last) {
			last = w.live.last
		}
		if first.IsZero() || w.after.first.Before(first) {
			first = w.after.first
		}
	}
	return first.Sub(last), worst
}
