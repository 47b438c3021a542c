// Package dispatch delivers the events of one run to its observers without
// ever making the run wait: one queue and one goroutine per observer.
package dispatch

import (
	"context"
	"sync"
	"time"

	"github.com/cachelift/cachelift/progress"
)

// Dispatcher numbers events and delivers them. All methods may be called from
// any goroutine, from an observer too.
type Dispatcher struct {
	migrationID string
	cancel      context.CancelFunc // of the observers' context
	idle        chan struct{}      // closed when the last worker has ended

	mu      sync.Mutex // guards what follows, and all queues
	seq     uint64
	state   progress.State // of the newest event
	closed  bool
	workers int
	queues  []*queue
}

// New starts a goroutine for each observer; nil observers are skipped. The
// observers' context has the values of ctx and not its cancellation. The
// caller must call Close.
func New(ctx context.Context, migrationID string, observers []progress.Observer) *Dispatcher {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	d := &Dispatcher{migrationID: migrationID, cancel: cancel, idle: make(chan struct{})}
	for _, o := range observers {
		if o != nil {
			d.queues = append(d.queues, newQueue(o, &d.mu))
		}
	}
	d.workers = len(d.queues)
	if d.workers == 0 {
		close(d.idle)
	}
	for _, q := range d.queues {
		go d.work(ctx, q)
	}
	return d
}

// Emit stamps the event and puts it into every queue. It never blocks. Seq
// and At are given under the same lock as the places in the queues, so that
// every observer sees events in the order of Seq.
//
// [progress.RunEnded] is the last event of a run: what is emitted after it,
// or after Close, is dropped.
func (d *Dispatcher) Emit(s progress.State, e progress.Event) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return
	}
	d.push(s, e, nil)
	if _, last := e.(progress.RunEnded); last {
		d.seal()
	}
}

// push needs the lock. It leaves out the queue except.
func (d *Dispatcher) push(s progress.State, e progress.Event, except *queue) {
	d.seq++
	d.state = s
	e = progress.Stamp(e, progress.Header{MigrationID: d.migrationID, Seq: d.seq, At: time.Now(), State: s})
	for _, q := range d.queues {
		if q != except {
			q.push(e)
		}
	}
}

// seal needs the lock. Workers end when their queue is empty.
func (d *Dispatcher) seal() {
	d.closed = true
	for _, q := range d.queues {
		q.seal()
	}
}

// Close stops accepting events, waits at most the given time for the queues to
// drain, then cancels the observers' context and drops what still waits. It
// reports whether everything was delivered. Calling it again is harmless.
//
// After true no goroutine is left. After false, those observers that have not
// returned yet still run; each of their goroutines ends when its observer
// returns.
func (d *Dispatcher) Close(wait time.Duration) bool {
	defer d.cancel()
	d.mu.Lock()
	d.seal()
	d.mu.Unlock()

	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-d.idle:
	case <-timer.C:
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	delivered := true
	for _, q := range d.queues {
		q.drop()
		delivered = delivered && q.complete
	}
	return delivered
}
