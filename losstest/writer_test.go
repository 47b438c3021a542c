package losstest

import (
	"context"
	"errors"
	"strconv"
	"time"
)

// kind is how a writer writes.
type kind string

const (
	kindPlain    kind = "plain"    // one command at a time
	kindPipeline kind = "pipeline" // many at once, each on its own
	kindMulti    kind = "multi"    // MULTI and EXEC in one go
	kindQueued   kind = "queued"   // MULTI, and EXEC a while later
	kindScript   kind = "script"   // EVALSHA
	kindProducer kind = "producer" // pushes what the consumer of the same stream pops
	kindConsumer kind = "consumer" // BLPOP
	kindMover    kind = "mover"    // BLMOVE
)

// writer is one client of the application. Unless it is eager it believes that the
// primary is where it was until an error says otherwise, as stubborn clients do.
type writer struct {
	kind  kind
	lib   library
	batch int           // commands in a pipeline
	every time.Duration // between two units; 0: idle but for the two bursts of idle
	eager bool          // looks where the primary is before each unit
	dial  dialFunc
	where *router

	journal *journal
	popped  popped // of consumers and movers

	at     *place
	client client
}

const (
	// idleBurst is how much an idle writer writes before it goes idle, and again
	// when the primary has changed.
	idleBurst = 5
	// afterError is how long a writer waits before it goes on after an error.
	afterError = time.Millisecond
	// popWait is how long a pop blocks, in seconds.
	popWait = "0.2"
)

// run writes until ctx ends. A write that is under way then is waited for, so that
// its outcome is known.
func (w *writer) run(ctx context.Context) {
	defer func() {
		if w.client != nil {
			w.client.close()
		}
	}()
	next, left := time.Now(), idleBurst
	for ctx.Err() == nil {
		switch {
		case w.consumes():
		case w.every > 0:
			next = pause(ctx, next, w.every)
		case left > 0:
			left--
		case w.journal.ackedAfter.Load() < idleBurst:
			select {
			case <-w.where.changed:
			case <-ctx.Done():
			}
		default:
			<-ctx.Done()
		}
		if ctx.Err() != nil {
			return
		}
		if !w.connect() || !w.unit() {
			w.goOn(ctx)
		}
	}
}

// pause waits until next and returns when the one after is due. What was held up is
// not caught up with.
func pause(ctx context.Context, next time.Time, every time.Duration) time.Time {
	d := time.Until(next)
	if d < -100*time.Millisecond {
		next = time.Now()
	}
	sleep(ctx, d)
	return next.Add(every)
}

func sleep(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// goOn is what a client does after an error: it looks where the primary is.
func (w *writer) goOn(ctx context.Context) {
	sleep(ctx, afterError)
	if w.where.now() != w.at {
		w.leave()
	}
}

func (w *writer) leave() {
	if w.client != nil {
		w.client.close()
	}
	w.client = nil
}

func (w *writer) connect() bool {
	if w.eager && w.where.now() != w.at {
		w.leave()
	}
	if w.client != nil {
		return true
	}
	at := w.where.now()
	c, err := w.lib.open(at.addr, w.dial)
	if err != nil {
		return false
	}
	w.at, w.client = at, c
	return true
}

func (w *writer) consumes() bool { return w.kind == kindConsumer || w.kind == kindMover }

// unit makes one unit of writes and reports whether all is well.
func (w *writer) unit() bool {
	ctx := context.Background() // bounded by the client's own time-outs
	switch w.kind {
	case kindConsumer, kindMover:
		return w.pop(ctx)
	case kindPlain, kindPipeline:
		return w.singles(ctx, max(1, w.batch))
	case kindProducer:
		return w.all(ctx, onQueue, func(n string) reply {
			return w.client.send(ctx, []string{"RPUSH", w.journal.queue(), n})[0]
		})
	case kindScript:
		return w.all(ctx, onRegister|onCounter|onLog, func(n string) reply {
			return runScript(ctx, w.client, "3", w.journal.register(), w.journal.counter(), w.journal.log(), n)
		})
	}
	return w.all(ctx, onRegister|onCounter|onLog, func(n string) reply {
		commands := [][]string{{"SET", w.journal.register(), n}, {"INCR", w.journal.counter()}, {"RPUSH", w.journal.log(), n}}
		if w.kind == kindQueued {
			return w.client.slowTransaction(ctx, func() { sleep(ctx, 2*time.Millisecond) }, commands...)[1]
		}
		return w.client.transaction(ctx, commands...)[1]
	})
}

// singles sends that many commands at once, each with a number and an outcome of its
// own.
func (w *writer) singles(ctx context.Context, many int) bool {
	first := w.journal.next()
	commands, effects := make([][]string, many), make([]effect, many)
	for i := range many {
		n := strconv.Itoa(first + i)
		switch (first + i) % 3 {
		case 0:
			commands[i], effects[i] = []string{"SET", w.journal.register(), n}, onRegister
		case 1:
			commands[i], effects[i] = []string{"INCR", w.journal.counter()}, onCounter
		default:
			commands[i], effects[i] = []string{"RPUSH", w.journal.log(), n}, onLog
		}
	}
	sent := time.Now()
	replies := w.client.send(ctx, commands...)
	done := time.Now()
	well := true
	for i, r := range replies {
		e := entry{on: effects[i], outcome: classify(r.err, w.journal.retried), by: w.at, sent: sent, done: done}
		if effects[i] == onCounter {
			e.reply = r.number()
		}
		w.journal.add(e)
		well = well && r.err == nil
	}
	return well
}

// all makes one write that has several effects or none.
func (w *writer) all(_ context.Context, on effect, do func(n string) reply) bool {
	sent := time.Now()
	r := do(strconv.Itoa(w.journal.next()))
	e := entry{on: on, outcome: classify(r.err, w.journal.retried), by: w.at, sent: sent, done: time.Now()}
	if on&onCounter != 0 {
		e.reply = r.number()
	}
	w.journal.add(e)
	return r.err == nil
}

func (w *writer) pop(ctx context.Context) bool {
	var r reply
	if w.kind == kindConsumer {
		r = w.client.pop(ctx, "BLPOP", w.journal.queue(), popWait)
	} else {
		r = w.client.pop(ctx, "BLMOVE", w.journal.queue(), w.journal.moved(), "LEFT", "RIGHT", popWait)
	}
	switch {
	case r.err == nil:
		w.popped.numbers = append(w.popped.numbers, int(r.number()))
	case errors.Is(r.err, errNothing):
		return true
	case classify(r.err, w.journal.retried) == ambiguous:
		w.popped.unsure++
	}
	return r.err == nil
}
