package verify

import (
	"testing"
	"testing/synctest"
	"time"
)

// Reading takes as long as the limits say.
func TestRates(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		why    string
		limits Limits
		want   time.Duration
	}{
		{"no limit", Limits{}, 0},
		{"keys", Limits{KeysPerSecond: 1000}, 9 * time.Second},
		{"bytes", Limits{BytesPerSecond: 50_000}, 18 * time.Second},
		{"both", Limits{KeysPerSecond: 1000, BytesPerSecond: 50_000}, 18 * time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			th := newThrottle(row.limits)
			began := time.Now()
			for range 10 {
				if err := th.wait(t.Context()); err != nil {
					t.Fatal(err)
				}
				th.spent(1000, 100_000)
			}
			if got := time.Since(began); got != row.want {
				t.Errorf("%s: ten pages take %v, want %v", row.why, got, row.want)
			}
		})
	}
}

// Time in which nothing was read is not made up for.
func TestRateAfterAPause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		th := newThrottle(Limits{KeysPerSecond: 1000})
		th.spent(1000, 0)
		<-time.After(time.Hour)
		began := time.Now()
		for range 3 {
			if err := th.wait(t.Context()); err != nil {
				t.Fatal(err)
			}
			th.spent(1000, 0)
		}
		if got := time.Since(began); got != 2*time.Second {
			t.Errorf("three pages after a pause take %v", got)
		}
	})
}

// A PING that takes too long brakes more and more, to a standstill; when it is
// quick again, reading comes back to full speed.
func TestLatency(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		th := newThrottle(Limits{Latency: 10 * time.Millisecond})
		took := func() time.Duration {
			began := time.Now()
			if err := th.wait(t.Context()); err != nil {
				t.Fatal(err)
			}
			return time.Since(began)
		}
		if got := took(); got != 0 {
			t.Errorf("braked by %v without a reason", got)
		}
		last := time.Duration(0)
		for i := range 9 {
			th.felt(11 * time.Millisecond)
			if got := took(); got < last || got > lastBrake {
				t.Errorf("braked by %v after %v", got, last)
			} else {
				last = got
			}
			if th.stopped.Load() {
				t.Fatalf("stopped after %d", i)
			}
		}
		if last != lastBrake {
			t.Errorf("braked by %v, want %v", last, lastBrake)
		}
		th.felt(12 * time.Millisecond)
		go func() {
			<-time.After(time.Minute)
			th.felt(time.Millisecond)
		}()
		if got := took(); got < time.Minute {
			t.Errorf("a standstill of %v, want a minute", got)
		}
		for range 40 {
			th.felt(time.Millisecond)
		}
		if got := took(); got != 0 || th.worst() != 12*time.Millisecond {
			t.Errorf("braked by %v still, the longest PING was %v", got, th.worst())
		}
	})
}
