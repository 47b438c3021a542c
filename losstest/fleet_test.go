package losstest

import (
	"context"
	"fmt"
	"math"
	"sync"
	"time"
)

// fleet is all clients of the application.
type fleet struct {
	writers []*writer
	where   *router
	cancel  context.CancelFunc
	wg      sync.WaitGroup
}

// The client libraries and settings.
func once() library { return library{name: "go-redis", pool: 1, timeout: 10 * time.Second} }
func again() library {
	return library{name: "go-redis retrying", retries: 3, pool: 4, timeout: 10 * time.Second}
}
func hurried() library {
	return library{name: "go-redis hurried", pool: 2, timeout: 150 * time.Millisecond}
}
func other() library {
	return library{name: "rueidis", rueidis: true, pool: 2, timeout: 10 * time.Second}
}

// load says how much is written.
type load struct {
	rate      int           // writes per second, of all together; 0: idle
	roundTrip time.Duration // between a client and a server
}

// each is how often a writer that waits for its answers makes a unit, if it has that
// share of the rate and each unit is that many writes. Of a network with delays not
// more is asked than it lets through.
func (l load) each(share float64, writes int) time.Duration {
	if l.rate == 0 {
		return 0
	}
	every := time.Duration(float64(time.Second) * float64(writes) / (share * float64(l.rate)))
	return max(every, 2*l.roundTrip, 300*time.Microsecond)
}

// batch is how many commands a pipeline has that carries that share.
func (l load) batch(share float64) int {
	perSecond := 400.0 // pipelines of one writer
	if l.roundTrip > 0 {
		perSecond = min(perSecond, 0.4/l.roundTrip.Seconds())
	}
	return max(2, int(math.Ceil(share*float64(l.rate)/perSecond)))
}

// newFleet makes the writers; start starts them. All pairs of a way to write and a
// library that can do it are there; the pipelines carry most of the load.
func newFleet(l load, where *router, dial dialFunc) *fleet {
	f := &fleet{where: where}
	add := func(k kind, lib library, share float64, eager bool) *writer {
		writes, batch := 1, 1
		switch k {
		case kindMulti, kindQueued, kindScript:
			writes = 3
		case kindPipeline:
			batch = l.batch(share)
			writes = batch
		}
		w := &writer{
			kind: k, lib: lib, batch: batch, every: l.each(share, writes), eager: eager, dial: dial, where: where,
			journal: &journal{stream: fmt.Sprintf("%d:%s", len(f.writers), k), retried: lib.retries > 0},
		}
		f.writers = append(f.writers, w)
		return w
	}
	add(kindPlain, once(), 0.02, false)
	add(kindPlain, once(), 0.02, true)
	add(kindPlain, again(), 0.02, false)
	add(kindPlain, hurried(), 0.02, false)
	add(kindPlain, other(), 0.02, false)
	add(kindPipeline, once(), 0.25, false)
	add(kindPipeline, once(), 0.20, true)
	add(kindPipeline, again(), 0.15, false)
	add(kindPipeline, other(), 0.15, false)
	add(kindMulti, once(), 0.03, false)
	add(kindMulti, other(), 0.02, true)
	add(kindQueued, once(), 0.01, false)
	add(kindQueued, other(), 0.01, false)
	add(kindScript, once(), 0.03, false)
	add(kindScript, other(), 0.02, true)
	for _, pops := range []struct {
		kind kind
		lib  library
	}{{kindConsumer, once()}, {kindConsumer, other()}, {kindMover, once()}, {kindMover, other()}} {
		p := add(kindProducer, pops.lib, 0.01, false)
		c := add(pops.kind, pops.lib, 0, false)
		c.every, c.journal.stream = 0, p.journal.stream
	}
	return f
}

func (f *fleet) start() {
	var ctx context.Context
	ctx, f.cancel = context.WithCancel(context.Background())
	for _, w := range f.writers {
		f.wg.Go(func() { w.run(ctx) })
	}
}

// heed makes all writers look where the primary is before each unit.
func (f *fleet) heed() {
	for _, w := range f.writers {
		w.eager = true
	}
}

// stop ends the writers and returns when their journals are complete. Stopping twice
// is harmless.
func (f *fleet) stop() {
	f.cancel()
	f.wg.Wait()
}

// quietest is how many writes the writer with the fewest has had acknowledged by the
// new primary, and its name.
func (f *fleet) quietest() (int64, string) {
	fewest, name := int64(math.MaxInt64), ""
	for _, w := range f.writers {
		if n := w.journal.ackedAfter.Load(); !w.consumes() && n < fewest {
			fewest, name = n, w.String()
		}
	}
	return fewest, name
}

func (w *writer) String() string { return w.journal.stream + " (" + w.lib.name + ")" }

// pauses tells how long no write of any writer was acknowledged around the switch, and
// the longest such gap of a single writer. Call it after stop.
func (f *fleet) pauses() (all, worst time.Duration) {
	var last, first time.Time
	for _, w := range f.writers {
		j := w.journal
		if w.consumes() || j.lastBefore.IsZero() || j.firstAfter.IsZero() {
			continue
		}
		worst = max(worst, j.firstAfter.Sub(j.lastBefore))
		if j.lastBefore.After(last) {
			last = j.lastBefore
		}
		if first.IsZero() || j.firstAfter.Before(first) {
			first = j.firstAfter
		}
	}
	return first.Sub(last), worst
}
