package progress

import "context"

// Observer is told what a migration does. It is the one interface a host
// implements to show progress.
//
// Observe is called on one goroutine per observer, in the order of
// [Header.Seq], and never blocks the migration: events wait in a queue.
// Lifecycle events are never dropped; of consecutive [Sampled] events that
// wait only the newest is kept. A panic is recovered and reported once as
// [ObserverPanicked] to the other observers. An observer cannot stop a
// migration; what may do so returns an error: the Cutover.
//
// The context carries the values of the context of the run. It is not
// cancelled when the run's context is, so that the last events arrive; it is
// cancelled when the bounded wait for the queues at the end of a run is over.
type Observer interface {
	// Observe is told of one event. It may take its time, and should return
	// when ctx is cancelled.
	Observe(ctx context.Context, e Event)
}

// ObserverFunc lets a function be an [Observer].
type ObserverFunc func(ctx context.Context, e Event)

// Observe calls f.
func (f ObserverFunc) Observe(ctx context.Context, e Event) { f(ctx, e) }
