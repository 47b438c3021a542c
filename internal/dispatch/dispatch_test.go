package dispatch

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachelift/cachelift/progress"
)

// recorder keeps what it was told; before is called first, without the lock.
type recorder struct {
	before func(context.Context, progress.Event)

	mu  sync.Mutex
	got []progress.Event
}

func (r *recorder) Observe(ctx context.Context, e progress.Event) {
	if r.before != nil {
		r.before(ctx, e)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.got = append(r.got, e)
}

func (r *recorder) events() []progress.Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.got)
}

func (r *recorder) String() string {
	var b strings.Builder
	for _, e := range r.events() {
		fmt.Fprintf(&b, "%d:%s ", e.Meta().Seq, e.Kind())
	}
	return strings.TrimSpace(b.String())
}

func note(text string) progress.Event { return progress.Noted{Text: text} }

func sampled(offset int64) progress.Event {
	return progress.Sampled{Sample: progress.Sample{TargetOffset: offset}}
}

func TestHeaderAndOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, b := &recorder{}, &recorder{}
		d := New(t.Context(), "orders", []progress.Observer{nil, a, nil, b})
		start := time.Now()
		d.Emit(progress.StateNew, note("x"))
		<-time.After(time.Second)
		d.Emit(progress.StatePreflight, note("y"))
		if !d.Close(time.Second) {
			t.Error("Close: not drained")
		}
		want := []progress.Header{
			{MigrationID: "orders", Seq: 1, At: start, State: progress.StateNew},
			{MigrationID: "orders", Seq: 2, At: start.Add(time.Second), State: progress.StatePreflight},
		}
		for _, r := range []*recorder{a, b} {
			if len(r.events()) != 2 {
				t.Fatalf("got %v, want 2 events", r)
			}
			for i, e := range r.events() {
				got := e.Meta()
				if !got.At.Equal(want[i].At) {
					t.Errorf("event %d at %v, want %v", i, got.At, want[i].At)
				}
				if got.At = want[i].At; got != want[i] {
					t.Errorf("event %d: %+v, want %+v", i, got, want[i])
				}
			}
		}
	})
}

func TestConcurrentEmitKeepsSeqOrder(t *testing.T) {
	t.Parallel()
	a, b := &recorder{}, &recorder{}
	d := New(t.Context(), "m", []progress.Observer{a, b})
	const emitters, each = 8, 200
	var wg sync.WaitGroup
	for range emitters {
		wg.Go(func() {
			for range each {
				d.Emit(progress.StateSyncing, note("x"))
			}
		})
	}
	wg.Wait()
	if !d.Close(30 * time.Second) {
		t.Fatal("not drained")
	}
	for _, r := range []*recorder{a, b} {
		events := r.events()
		if len(events) != emitters*each {
			t.Fatalf("%d events, want %d", len(events), emitters*each)
		}
		for i, e := range events {
			if e.Meta().Seq != uint64(i+1) {
				t.Fatalf("event %d has Seq %d", i, e.Meta().Seq)
			}
			if i > 0 && e.Meta().At.Before(events[i-1].Meta().At) {
				t.Fatalf("event %d is older than the one before", i)
			}
		}
	}
}

func TestSlowObserverBlocksNobodyAndSamplesCollapse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		slow := &recorder{before: func(context.Context, progress.Event) { <-time.After(time.Minute) }}
		fast := &recorder{}
		d := New(t.Context(), "m", []progress.Observer{slow, fast})
		start := time.Now()
		emit := func(e progress.Event) {
			d.Emit(progress.StateSyncing, e)
			synctest.Wait()
		}
		emit(note("being observed for a minute")) // 1
		emit(sampled(2))
		emit(sampled(3))
		emit(sampled(4))
		emit(note("lifecycle")) // 5
		emit(sampled(6))
		emit(sampled(7))
		if took := time.Since(start); took != 0 {
			t.Errorf("Emit took %v of virtual time", took)
		}
		if got, want := fast.String(), "1:noted 2:sampled 3:sampled 4:sampled 5:noted 6:sampled 7:sampled"; got != want {
			t.Errorf("the fast observer got %s, want %s", got, want)
		}
		if !d.Close(time.Hour) {
			t.Error("not drained")
		}
		if got, want := slow.String(), "1:noted 4:sampled 5:noted 7:sampled"; got != want {
			t.Errorf("the slow observer got %s, want %s", got, want)
		}
		if took := time.Since(start); took != 4*time.Minute {
			t.Errorf("draining took %v, want one minute an event", took)
		}
	})
}

func TestCloseWaitsNoLongerThanAsked(t *testing.T) {
	t.Parallel()
	type key struct{}
	synctest.Test(t, func(t *testing.T) {
		parent, cancel := context.WithCancel(context.WithValue(t.Context(), key{}, "value"))
		stuck := &recorder{}
		ended := make(chan error, 1)
		stuck.before = func(ctx context.Context, _ progress.Event) {
			if ctx.Value(key{}) != "value" {
				t.Error("the observer's context lacks the values of the run's")
			}
			<-ctx.Done()
			ended <- ctx.Err()
		}
		d := New(parent, "m", []progress.Observer{stuck})
		d.Emit(progress.StateSyncing, note("sticks"))
		d.Emit(progress.StateSyncing, note("dropped"))
		cancel()
		synctest.Wait()
		select {
		case <-ended:
			t.Fatal("cancelling the run cancelled the observer")
		default:
		}
		start := time.Now()
		if d.Close(5 * time.Second) {
			t.Error("Close reported that all was delivered")
		}
		if took := time.Since(start); took != 5*time.Second {
			t.Errorf("Close took %v", took)
		}
		if err := <-ended; err != context.Canceled {
			t.Errorf("observer's context: %v", err)
		}
		synctest.Wait()
		if got := stuck.String(); got != "1:noted" {
			t.Errorf("delivered %s, want the first event only", got)
		}
		if d.Close(time.Second) {
			t.Error("a second Close forgot what was dropped")
		}
	})
}

func TestCloseIsFinal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{}
		d := New(t.Context(), "m", []progress.Observer{r})
		d.Emit(progress.StateDone, note("x"))
		synctest.Wait()
		for range 2 {
			if !d.Close(time.Second) {
				t.Error("not drained")
			}
		}
		d.Emit(progress.StateDone, note("too late"))
		synctest.Wait()
		if got := r.String(); got != "1:noted" {
			t.Errorf("got %s", got)
		}
	})
}

func TestNothingFollowsRunEnded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{}
		d := New(t.Context(), "m", []progress.Observer{r})
		d.Emit(progress.StateDone, progress.RunEnded{})
		d.Emit(progress.StateDone, note("after the end"))
		if !d.Close(time.Second) {
			t.Error("not drained")
		}
		if got := r.String(); got != "1:run_ended" {
			t.Errorf("got %s", got)
		}
	})
}

func TestNoObservers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := New(t.Context(), "m", []progress.Observer{nil})
		d.Emit(progress.StateNew, note("x"))
		start := time.Now()
		if !d.Close(time.Hour) || time.Since(start) != 0 {
			t.Error("Close waited for nobody")
		}
	})
}

func TestNoGoroutineIsLeft(t *testing.T) {
	before := runtime.NumGoroutine()
	for range 20 {
		d := New(t.Context(), "m", []progress.Observer{&recorder{}, &recorder{}})
		d.Emit(progress.StateNew, note("x"))
		if !d.Close(30 * time.Second) {
			t.Fatal("not drained")
		}
	}
	// A worker reports its end just before it ends.
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	deadline := time.After(10 * time.Second)
	for runtime.NumGoroutine() > before {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
		}
	}
}
