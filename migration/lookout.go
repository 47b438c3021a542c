package migration

import (
	"context"
	"sync"
	"time"
)

// lookout asks one question over and over while the application waits for the answer to
// change. Up to so many as it has lines are under way at the same time, one after the
// other sent a part of the round trip later: so what is true at the other end is known
// after half a round trip and that part, however long the way is.
type lookout[T any] struct {
	ask     func(ctx context.Context, line int) (T, error)
	cancel  context.CancelFunc
	done    chan struct{}
	warm    chan struct{} // closed when each line has been used once
	hurried chan struct{}

	mu      sync.Mutex
	every   time.Duration // at the least between two questions
	newest  answered[T]   // by the time of the question
	changed chan struct{} // closed when there is a newer one
}

const (
	// lookMost is the longest between two questions: a server that has just hung for
	// seconds may answer at once again.
	lookMost = 50 * time.Millisecond
	// afterError is the shortest after one that failed, each of which may be a
	// connection that is made anew.
	afterError = 20 * time.Millisecond
)

// answered is what came of a question.
type answered[T any] struct {
	asked, at time.Time // at is zero as long as none was answered
	value     T
	err       error
}

// lookOut begins to ask, on all lines at once to begin with. The context bounds all questions; stop has to be called.
func lookOut[T any](ctx context.Context, lines int, every time.Duration, ask func(ctx context.Context, line int) (T, error)) *lookout[T] {
	ctx, cancel := context.WithCancel(ctx)
	l := &lookout[T]{ask: ask, cancel: cancel, every: every, done: make(chan struct{}), warm: make(chan struct{}), hurried: make(chan struct{}, 1), changed: make(chan struct{})}
	go l.run(ctx, lines)
	return l
}

func (l *lookout[T]) run(ctx context.Context, lines int) {
	defer close(l.done)
	var asking, first sync.WaitGroup
	defer asking.Wait()
	idle := make(chan int, lines)
	question := func(line int) {
		a := answered[T]{asked: time.Now()}
		a.value, a.err = guard(func() (T, error) { return l.ask(ctx, line) })
		a.at = time.Now()
		l.take(a)
		idle <- line
	}
	for line := range lines {
		first.Go(func() { question(line) })
	}
	asking.Go(func() { first.Wait(); close(l.warm) })
	for {
		wait := time.NewTimer(l.interval(lines))
		select {
		case <-ctx.Done():
		case <-l.hurried:
		case <-wait.C:
		}
		wait.Stop()
		select {
		case <-ctx.Done():
			return
		case line := <-idle:
			asking.Go(func() { question(line) })
		}
	}
}

// ready waits until each line has been used once, which may be what connects it; at the
// most until the context ends. Nil is.
func (l *lookout[T]) ready(ctx context.Context) {
	if l == nil {
		return
	}
	select {
	case <-ctx.Done():
	case <-l.warm:
	}
}

// interval is how long after a question the next one comes: when the last answer took
// long, so that all lines are used evenly.
func (l *lookout[T]) interval(lines int) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.newest.err != nil {
		return max(l.every, afterError)
	}
	return max(l.every, min(l.newest.at.Sub(l.newest.asked)/time.Duration(lines), lookMost))
}

func (l *lookout[T]) take(a answered[T]) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if a.asked.Before(l.newest.asked) {
		return // an answer overtook this one
	}
	l.newest = a
	close(l.changed)
	l.changed = make(chan struct{})
}

// await returns the newest answer once it is a good one.
func (l *lookout[T]) await(ctx context.Context, good func(answered[T]) bool) (answered[T], error) {
	for {
		l.mu.Lock()
		a, changed := l.newest, l.changed
		l.mu.Unlock()
		if !a.at.IsZero() && good(a) {
			return a, nil
		}
		select {
		case <-ctx.Done():
			return a, context.Cause(ctx)
		case <-changed:
		}
	}
}

// pace sets the least interval. If it becomes shorter, the next question comes at once.
// Nil has none.
func (l *lookout[T]) pace(every time.Duration) {
	if l == nil {
		return
	}
	l.mu.Lock()
	shorter := every < l.every
	l.every = every
	l.mu.Unlock()
	if shorter {
		l.hurry()
	}
}

// hurry has the next question asked at once, if a line is free.
func (l *lookout[T]) hurry() {
	select {
	case l.hurried <- struct{}{}:
	default:
	}
}

// end ends all questions. Nil has none.
func (l *lookout[T]) end() {
	if l != nil {
		l.cancel()
	}
}

// stop is end, and waits for them. Calling it again is harmless.
func (l *lookout[T]) stop() {
	if l != nil {
		l.cancel()
		<-l.done
	}
}
