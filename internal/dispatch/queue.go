package dispatch

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"

	"github.com/cachelift/cachelift/progress"
)

// queue is what waits for one observer. All its methods but next need the
// lock that the dispatcher's queues share.
type queue struct {
	observer progress.Observer
	pending  []progress.Event
	sealed   bool // nothing more is accepted
	dropped  bool // something was taken away undelivered
	complete bool // everything accepted was delivered
	panicked bool // and that was reported
	lock     *sync.Mutex
	changed  *sync.Cond
}

func newQueue(o progress.Observer, lock *sync.Mutex) *queue {
	return &queue{observer: o, lock: lock, changed: sync.NewCond(lock)}
}

// push appends the event. A sample takes the place of a sample that waits at
// the end: nobody needs the older one, and so a slow observer costs no memory
// however long the migration stays in sync.
func (q *queue) push(e progress.Event) {
	if q.sealed {
		return
	}
	if n := len(q.pending); n > 0 && isSample(e) && isSample(q.pending[n-1]) {
		q.pending[n-1] = e
		return
	}
	q.pending = append(q.pending, e)
	q.changed.Signal()
}

func (q *queue) seal() {
	q.sealed = true
	q.changed.Signal()
}

func (q *queue) drop() {
	q.dropped = q.dropped || len(q.pending) > 0
	q.pending = nil
}

// next waits for an event; false means that there will be none.
func (q *queue) next() (progress.Event, bool) {
	q.lock.Lock()
	defer q.lock.Unlock()
	for len(q.pending) == 0 {
		if q.sealed {
			q.complete = !q.dropped
			return nil, false
		}
		q.changed.Wait()
	}
	e := q.pending[0]
	q.pending[0] = nil // or the array would keep it alive
	q.pending = q.pending[1:]
	return e, true
}

func isSample(e progress.Event) bool {
	_, ok := e.(progress.Sampled)
	return ok
}

// work delivers the queue's events until it is sealed and empty.
func (d *Dispatcher) work(ctx context.Context, q *queue) {
	over := false
	defer func() {
		if over {
			d.finish(q)
			return
		}
		// The observer ended the goroutine, as testing.T.FailNow does. It goes
		// on receiving, on another one.
		d.reportPanic(q, "it ended its goroutine, as runtime.Goexit does", string(debug.Stack()))
		go d.work(ctx, q)
	}()
	for {
		e, ok := q.next()
		if !ok {
			over = true
			return
		}
		d.deliver(ctx, q, e)
	}
}

func (d *Dispatcher) finish(q *queue) {
	d.mu.Lock()
	defer d.mu.Unlock()
	q.seal()
	q.drop()
	if d.workers--; d.workers == 0 {
		close(d.idle)
	}
}

func (d *Dispatcher) deliver(ctx context.Context, q *queue, e progress.Event) {
	defer func() {
		if v := recover(); v != nil {
			d.reportPanic(q, v, string(debug.Stack()))
		}
	}()
	q.observer.Observe(ctx, e)
}

// reportPanic tells the other observers, once. After the end of the run there
// is nobody to tell.
func (d *Dispatcher) reportPanic(q *queue, value any, stack string) {
	text := fmt.Sprint(value)
	d.mu.Lock()
	defer d.mu.Unlock()
	if q.panicked || d.closed {
		return
	}
	q.panicked = true
	d.push(d.state, progress.ObserverPanicked{Observer: fmt.Sprintf("%T", q.observer), Value: text, Stack: stack}, q)
}
