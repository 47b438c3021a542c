package dispatch

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachelift/cachelift/progress"
)

func TestPanicIsReportedOnceToTheOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		seen := 0
		bad := &recorder{before: func(_ context.Context, e progress.Event) {
			if seen++; seen <= 2 {
				panic(errors.New("boom"))
			}
		}}
		good := &recorder{}
		d := New(t.Context(), "m", []progress.Observer{bad, good})
		for range 4 {
			d.Emit(progress.StateSyncing, note("x"))
			synctest.Wait()
		}
		if !d.Close(time.Second) {
			t.Error("not drained")
		}
		if got, want := good.String(), "1:noted 2:observer_panicked 3:noted 4:noted 5:noted"; got != want {
			t.Fatalf("the good observer got %s, want %s", got, want)
		}
		if got, want := bad.String(), "4:noted 5:noted"; got != want || seen != 4 {
			t.Errorf("the bad observer kept %s and was called %d times, want %s and 4", got, seen, want)
		}
		p, ok := good.events()[1].(progress.ObserverPanicked)
		if !ok || p.Observer != "*dispatch.recorder" || p.Value != "boom" || p.State != progress.StateSyncing || p.MigrationID != "m" {
			t.Errorf("report: %+v", good.events()[1])
		}
	})
}

func TestAllObserversPanic(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		boom := progress.ObserverFunc(func(context.Context, progress.Event) { panic("boom") })
		d := New(t.Context(), "m", []progress.Observer{boom, boom, progress.ObserverFunc(nil)})
		d.Emit(progress.StateSyncing, note("x"))
		d.Emit(progress.StateSyncing, progress.RunEnded{})
		if !d.Close(time.Second) {
			t.Error("panics kept the queues from draining")
		}
	})
}

func TestReentrantObserver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var d *Dispatcher
		ready := make(chan struct{})
		again := &recorder{before: func(_ context.Context, e progress.Event) {
			<-ready
			if e.Meta().Seq < 3 {
				d.Emit(progress.StateSyncing, note("from the observer"))
			}
		}}
		d = New(t.Context(), "m", []progress.Observer{again})
		close(ready)
		d.Emit(progress.StateSyncing, note("x"))
		synctest.Wait()
		if !d.Close(time.Second) {
			t.Error("not drained")
		}
		if got, want := again.String(), "1:noted 2:noted 3:noted"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}

func TestCloseFromAnObserver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var d *Dispatcher
		ready := make(chan struct{})
		closed := make(chan bool, 1)
		o := progress.ObserverFunc(func(context.Context, progress.Event) {
			<-ready
			closed <- d.Close(time.Second)
		})
		d = New(t.Context(), "m", []progress.Observer{o})
		close(ready)
		d.Emit(progress.StateSyncing, note("x"))
		if <-closed {
			t.Error("Close said that all was delivered while an observer was busy")
		}
		if !d.Close(time.Second) {
			t.Error("nothing was lost, but a later Close said so")
		}
	})
}

// testing.T.FailNow in an observer ends its goroutine: it is told, and goes on
// receiving on another one.
func TestGoexitInAnObserver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		seen := 0
		gone := progress.ObserverFunc(func(context.Context, progress.Event) {
			seen++
			runtime.Goexit()
		})
		other := &recorder{}
		d := New(t.Context(), "m", []progress.Observer{gone, other})
		d.Emit(progress.StateSyncing, note("x"))
		synctest.Wait()
		d.Emit(progress.StateSyncing, note("y"))
		start := time.Now()
		if !d.Close(time.Hour) {
			t.Error("Close said that not all was delivered")
		}
		if took := time.Since(start); took != 0 {
			t.Errorf("Close waited %v", took)
		}
		if seen != 2 {
			t.Errorf("the observer saw %d events, want both", seen)
		}
		if got := other.String(); got != "1:noted 2:observer_panicked 3:noted" {
			t.Errorf("the other observer got %s", got)
		}
	})
}
