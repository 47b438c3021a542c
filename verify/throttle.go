package verify

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// throttle holds reading of one side down to its limits. It is safe for
// concurrent use.
type throttle struct {
	limits  Limits
	slowest atomic.Int64 // the longest PING, in nanoseconds
	brake   atomic.Int64 // how long to wait before each page
	stopped atomic.Bool  // wait until the next PING is quick enough
	mu      sync.Mutex   // guards free
	free    time.Time    // when the next page may be read
}

const (
	// pingEvery is how often the latency that others see is measured.
	pingEvery = 20 * time.Millisecond
	// firstBrake and lastBrake are how long the wait before each page is at first
	// and at most; beyond that reading stands still.
	firstBrake = time.Millisecond
	lastBrake  = 250 * time.Millisecond
)

func newThrottle(limits Limits) *throttle { return &throttle{limits: limits} }

// worst is the longest that a PING took.
func (t *throttle) worst() time.Duration { return time.Duration(t.slowest.Load()) }

// wait waits until a page may be read.
func (t *throttle) wait(ctx context.Context) error {
	if t.limits == (Limits{}) {
		return nil
	}
	t.mu.Lock()
	d := time.Until(t.free)
	t.mu.Unlock()
	if d = max(d, time.Duration(t.brake.Load())); d > 0 {
		if err := pause(ctx, d); err != nil {
			return err
		}
	}
	for t.stopped.Load() {
		if err := pause(ctx, pingEvery); err != nil {
			return err
		}
	}
	return nil
}

// spent tells that keys and bytes were read.
func (t *throttle) spent(keys, bytes int64) {
	var d time.Duration
	if n := t.limits.KeysPerSecond; n > 0 {
		d = time.Duration(float64(keys) / float64(n) * float64(time.Second))
	}
	if n := t.limits.BytesPerSecond; n > 0 {
		d = max(d, time.Duration(float64(bytes)/float64(n)*float64(time.Second)))
	}
	if d == 0 {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if now := time.Now(); t.free.Before(now) {
		t.free = now
	}
	t.free = t.free.Add(d)
}

// watch measures how long a PING takes on a connection of its own, as another
// client would see it, and brakes, until ctx ends.
func (t *throttle) watch(ctx context.Context, n *line) {
	defer n.close()
	defer t.stopped.Store(false)
	for ctx.Err() == nil {
		var took time.Duration
		err := steady(ctx, n, func(l *link) error {
			began := time.Now()
			_, err := l.Ask("PING")
			took = time.Since(began)
			return err
		})
		if err == nil {
			t.felt(took)
		}
		if pause(ctx, pingEvery) != nil {
			return
		}
	}
}

// felt takes a measurement.
func (t *throttle) felt(took time.Duration) {
	t.slowest.Store(max(t.slowest.Load(), int64(took)))
	brake := time.Duration(t.brake.Load())
	if took <= t.limits.Latency {
		t.stopped.Store(false)
		if brake -= brake / 4; brake < firstBrake {
			brake = 0
		}
		t.brake.Store(int64(brake))
		return
	}
	t.stopped.Store(brake >= lastBrake)
	t.brake.Store(int64(min(max(2*brake, firstBrake), lastBrake)))
}
