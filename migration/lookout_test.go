package migration

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// However long the way is, a change at the other end is known after half of it and a part
// of the whole; and all has ended when stop returns.
func TestLookoutSeesAChangeSoon(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const way = 100 * time.Millisecond // there, and as much back
		var there atomic.Bool
		var asked, most atomic.Int64
		l := lookOut(t.Context(), 4, time.Millisecond, func(ctx context.Context, _ int) (bool, error) {
			most.Store(max(most.Load(), asked.Add(1)))
			defer asked.Add(-1)
			if err := sleep(ctx, way); err != nil {
				return false, err
			}
			seen := there.Load()
			return seen, sleep(ctx, way)
		})
		if err := sleep(t.Context(), 1234*time.Millisecond); err != nil {
			t.Fatal(err)
		}
		there.Store(true)
		changed := time.Now()
		if _, err := l.await(t.Context(), func(a answered[bool]) bool { return a.value }); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(changed); took > way+2*way/4 || most.Load() != 4 {
			t.Errorf("it was known after %v, with %d questions under way at the most", took, most.Load())
		}
		l.stop()
		l.stop()
		if n := asked.Load(); n != 0 {
			t.Errorf("%d questions are under way after stop", n)
		}
	})
}

// An answer that was overtaken by a later one is of no interest any more.
func TestLookoutForgetsWhatWasOvertaken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int64
		l := lookOut(t.Context(), 2, time.Second, func(ctx context.Context, _ int) (int64, error) {
			n := asked.Add(1)
			if n == 1 {
				return n, sleep(ctx, 1500*time.Millisecond) // the second comes at 1 s, and is answered at once
			}
			return n, nil
		})
		defer l.stop()
		for want := int64(2); want < 5; want++ {
			a, err := l.await(t.Context(), func(a answered[int64]) bool { return a.value >= want })
			if err != nil || a.value != want {
				t.Errorf("got %d, %v, want %d", a.value, err, want)
			}
			if err := sleep(t.Context(), 600*time.Millisecond); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// When less time is to be between two questions, the next one comes at once.
func TestLookoutHurries(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		l := lookOut(t.Context(), 1, time.Hour, func(context.Context, int) (time.Time, error) { return time.Now(), nil })
		defer l.stop()
		for i, faster := range []func(){func() {}, func() { l.pace(time.Minute) }, l.hurry} {
			synctest.Wait()
			asked := time.Now()
			faster()
			a, err := l.await(t.Context(), func(a answered[time.Time]) bool { return !a.asked.Before(asked) })
			if err != nil || time.Since(begun) != time.Duration(i)*time.Second {
				t.Errorf("asked at %v, %v", a.asked.Sub(begun), err)
			}
			if err := sleep(t.Context(), time.Second); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// After a hiccup the next question comes soon, however long the hiccup was.
func TestLookoutAfterAHiccup(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		over := begun.Add(3 * time.Second)
		var there atomic.Bool
		l := lookOut(t.Context(), 4, time.Millisecond, func(ctx context.Context, _ int) (bool, error) {
			if time.Since(begun) > time.Second && time.Now().Before(over) {
				if err := sleep(ctx, time.Until(over)); err != nil {
					return false, err
				}
			}
			return there.Load(), sleep(ctx, 100*time.Microsecond)
		})
		defer l.stop()
		_ = sleep(t.Context(), 3010*time.Millisecond)
		there.Store(true)
		changed := time.Now()
		if _, err := l.await(t.Context(), func(a answered[bool]) bool { return a.value }); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(changed); took > 100*time.Millisecond {
			t.Errorf("a change was seen %v after it", took)
		}
	})
}

// What fails at once is not asked at once again: each may be a connection.
func TestLookoutAfterErrors(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int64
		l := lookOut(t.Context(), 4, time.Millisecond, func(ctx context.Context, _ int) (bool, error) {
			asked.Add(1)
			return false, errors.Join(errors.New("refused"), sleep(ctx, 100*time.Microsecond))
		})
		_ = sleep(t.Context(), time.Second)
		l.stop()
		if n := asked.Load(); n < 20 || n > 100 {
			t.Errorf("asked %d times in a second, want some fifty", n)
		}
	})
}
