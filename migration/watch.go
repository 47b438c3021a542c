package migration

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/cachelift/cachelift/internal/target"
	"github.com/cachelift/cachelift/progress"
)

// eventSkew is how much earlier than the plan events are asked for, because
// the service's clock may be behind ours. Those that are older than the plan
// are only remembered in order not to be taken for news.
const eventSkew = 5 * time.Minute

// eventGrain is how coarse the times of events may be (assumed).
const eventGrain = time.Second

// watch follows the control plane for the steps, on a goroutine of its own, so
// that a throttled or slow API never holds up the look at the data plane.
type watch struct {
	group  *target.Group
	since  time.Time // the plan's creation
	every  time.Duration
	retry  func(context.Context, string, func(context.Context) error) error
	emit   func(progress.Event)
	nudged chan struct{}
	done   chan struct{}
	cancel context.CancelFunc

	mu     sync.Mutex
	times  int // every may be that many times as long
	latest view
	err    error
	known  map[progress.ServiceEvent]time.Time // when they were first seen
	behind time.Duration                       // at most that much is the service's clock behind ours
	events []progress.ServiceEvent
}

// view is one look at the control plane.
type view struct {
	began time.Time // when the look began: what it shows is not older
	desc  target.Description
}

// newWatch looks once, so that what has been published until now is known, and
// then follows until stop is called.
func (r *run) newWatch(ctx context.Context) (*watch, error) {
	w := &watch{
		group: r.group, since: r.plan.CreatedAt, every: r.opts.PollEvery,
		retry: r.retry, emit: r.emit,
		nudged: make(chan struct{}, 1), done: make(chan struct{}),
		known: map[progress.ServiceEvent]time.Time{}, behind: eventSkew,
	}
	if err := w.look(ctx); err != nil {
		return nil, err
	}
	ctx, w.cancel = context.WithCancel(context.WithoutCancel(ctx))
	go w.follow(ctx)
	return w, nil
}

func (w *watch) stop() {
	w.cancel()
	<-w.done
}

// follow looks soon after a nudge and then less and less often.
func (w *watch) follow(ctx context.Context) {
	defer close(w.done)
	soon := min(time.Second, w.every)
	interval := w.every
	next := time.Now().Add(interval)
	for {
		timer := time.NewTimer(time.Until(next))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-w.nudged:
			timer.Stop()
			interval = soon
			if t := time.Now().Add(interval); t.Before(next) {
				next = t
			}
		case <-timer.C:
			err := w.look(ctx)
			w.mu.Lock()
			w.err = err
			w.mu.Unlock()
			next = time.Now().Add(interval)
			interval = min(2*interval, w.longest())
		}
	}
}

// relaxed is how many times Options.PollEvery may be between two looks at the
// API during a step of the host, and while the target is seen to follow the
// source: what the service does about the migration shows there first.
const relaxed = 4

// relax sets how many times the usual interval may be between two looks. When
// it becomes shorter, they come soon.
func (w *watch) relax(times int) {
	w.mu.Lock()
	before := max(w.times, 1)
	w.times = times
	w.mu.Unlock()
	if times < before {
		w.nudge()
	}
}

func (w *watch) longest() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.every * time.Duration(max(w.times, 1))
}

// nudge makes the next looks come soon, because something has changed.
func (w *watch) nudge() {
	select {
	case w.nudged <- struct{}{}:
	default:
	}
}

func (w *watch) look(ctx context.Context) error {
	v := view{began: time.Now()}
	err := w.retry(ctx, "DescribeReplicationGroups", func(ctx context.Context) (err error) {
		v.desc, err = w.group.Describe(ctx)
		return err
	})
	if err != nil {
		return err
	}
	var events []progress.ServiceEvent
	err = w.retry(ctx, "DescribeEvents", func(ctx context.Context) (err error) {
		events, err = w.group.Events(ctx, w.since.Add(-eventSkew))
		return err
	})
	if err != nil {
		return err
	}
	w.take(v, events)
	return nil
}

// take stores a look and emits what is new in it. No event is seen before it is published:
// each bounds how much the service's clock is behind ours, the closer the sooner it is seen.
func (w *watch) take(v view, events []progress.ServiceEvent) {
	now := time.Now()
	w.mu.Lock()
	first := w.latest.began.IsZero()
	if v.began.Before(w.latest.began) {
		v = w.latest // another look was faster
	}
	changed := v.desc.Status != w.latest.desc.Status
	w.latest = v
	var news []progress.ServiceEvent
	for _, e := range events {
		if _, known := w.known[e]; !known {
			w.known[e], w.behind = now, min(w.behind, now.Sub(e.At))
			w.events = append(w.events, e)
			if !first || !e.At.Before(w.since) {
				news = append(news, e)
			}
		}
	}
	w.mu.Unlock()
	if changed {
		w.emit(progress.StatusSeen{Status: v.desc.Status})
	}
	for _, e := range news {
		w.emit(progress.ServicePublished{Event: e})
	}
}

// view returns the newest look, and the error if the control plane could not
// be seen since although it was retried.
func (w *watch) view() (view, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.latest, w.err
}

// all returns the events that have been seen, those from shortly before the plan
// included.
func (w *watch) all() []progress.ServiceEvent {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.events)
}

// mark is a position in the sequence of events: what comes after it was
// published, or at least seen, later. It makes clock differences harmless.
func (w *watch) mark() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.events)
}

// newest returns the newest event after the mark whose text has one of the
// verdicts and that is no older than the start of the migration.
func (w *watch) newest(mark int, want ...target.Verdict) (progress.ServiceEvent, target.Verdict) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := len(w.events) - 1; i >= mark; i-- {
		v := w.group.Verdict(w.events[i])
		if slices.Contains(want, v) && !w.beforeStart(mark, w.events[i]) {
			return w.events[i], v
		}
	}
	return progress.ServiceEvent{}, target.VerdictNone
}

// answer is newest for a completion that was requested at that time, and also returns when
// the event was first seen. One that refuses is passed over if it is dated before the
// request: an earlier one of the same migration was refused, and its event is late. The
// service dates it by its own clock, so it is earlier for sure only by more than that clock
// can be behind ours: what the events seen so far allow, eventSkew at the most. If a clock
// was set meanwhile, the answer may be passed over: then writes stay paused.
func (w *watch) answer(mark int, requested time.Time) (progress.ServiceEvent, target.Verdict, time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := len(w.events) - 1; i >= mark; i-- {
		e := w.events[i]
		switch v := w.group.Verdict(e); v {
		case target.VerdictNotInSync, target.VerdictFailed:
			if e.At.Before(requested.Add(-w.behind - eventGrain)) {
				continue
			}
			fallthrough
		case target.VerdictCompleted:
			if !w.beforeStart(mark, e) {
				return e, v, w.known[e]
			}
		}
	}
	return progress.ServiceEvent{}, target.VerdictNone, time.Time{}
}

// beforeStart reports whether the event is of an earlier migration and was only
// seen late: both times are the service's. The caller holds the lock.
func (w *watch) beforeStart(mark int, e progress.ServiceEvent) bool {
	return slices.ContainsFunc(w.events[mark:], func(s progress.ServiceEvent) bool {
		return w.group.Verdict(s) == target.VerdictStarted && e.At.Before(s.At)
	})
}

// atStart is the mark at the newest start of a migration: for a run that
// attaches to one and must not take the end of an earlier one for its end.
func (w *watch) atStart() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := len(w.events) - 1; i >= 0; i-- {
		if w.group.Verdict(w.events[i]) == target.VerdictStarted {
			return i
		}
	}
	return len(w.events)
}
