package memory

import (
	"container/heap"
	"time"
)

// timer is something that happens to the model at a time.
type timer struct {
	at    time.Time
	order int // of timers of the same time: the first set comes first
	do    func()
}

// timers is a queue of timers by time.
type timers struct {
	queue []*timer
	count int
}

// set makes do happen at a time. The timer returned can be stopped.
func (q *timers) set(at time.Time, do func()) *timer {
	q.count++
	t := &timer{at: at, order: q.count, do: do}
	heap.Push(q, t)
	return t
}

// stop keeps the timer from happening. A nil timer is stopped already.
func (t *timer) stop() {
	if t != nil {
		t.do = nil
	}
}

// pending reports whether the timer will happen.
func (t *timer) pending() bool { return t != nil && t.do != nil }

// due takes out the next timer that is not after now, nil if there is none.
func (q *timers) due(now time.Time) *timer {
	for len(q.queue) > 0 {
		first := q.queue[0]
		if first.do != nil && first.at.After(now) {
			return nil
		}
		heap.Pop(q)
		if do := first.do; do != nil {
			first.do = nil
			return &timer{at: first.at, do: do}
		}
	}
	return nil
}

// Len, Less, Swap, Push and Pop are for container/heap.
func (q *timers) Len() int { return len(q.queue) }

func (q *timers) Less(i, j int) bool {
	a, b := q.queue[i], q.queue[j]
	if !a.at.Equal(b.at) {
		return a.at.Before(b.at)
	}
	return a.order < b.order
}

func (q *timers) Swap(i, j int) { q.queue[i], q.queue[j] = q.queue[j], q.queue[i] }

func (q *timers) Push(x any) { q.queue = append(q.queue, x.(*timer)) }

func (q *timers) Pop() any {
	last := q.queue[len(q.queue)-1]
	q.queue = q.queue[:len(q.queue)-1]
	return last
}
