package retry_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachelift/cachelift/internal/retry"
)

var errDown = errors.New("down")

func as(c retry.Class) func(error) retry.Class { return func(error) retry.Class { return c } }

func TestClasses(t *testing.T) {
	t.Parallel()
	for c, want := range map[retry.Class]bool{
		retry.Throttled: true, retry.Transport: true, retry.Server: true, retry.Busy: true,
		retry.NotInSync: false, retry.Permission: false, retry.Permanent: false,
		retry.Canceled: false, retry.Unknown: false, "": false,
	} {
		if got := c.Retryable(); got != want {
			t.Errorf("%q.Retryable() = %t, want %t", c, got, want)
		}
	}
}

func TestSucceedsAfterFailures(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var seen []retry.Attempt
		tries := 0
		err := retry.Do(t.Context(), retry.Policy{}, as(retry.Throttled),
			func(a retry.Attempt) { seen = append(seen, a) },
			func(context.Context) error {
				if tries++; tries < 4 {
					return errDown
				}
				return nil
			})
		if err != nil || tries != 4 || len(seen) != 3 {
			t.Fatalf("err %v, %d tries, %d notices", err, tries, len(seen))
		}
		for i, a := range seen {
			bound := 500 * time.Millisecond << i
			if a.Number != i+1 || a.Class != retry.Throttled || !errors.Is(a.Err, errDown) || a.Delay < 0 || a.Delay > bound+1 {
				t.Errorf("notice %d is %+v, delay bound %s", i, a, bound)
			}
		}
	})
}

// TestJitterIsFull holds that delays use the whole range from zero to the bound,
// and that the bound stops growing at Max.
func TestJitterIsFull(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := retry.Policy{Initial: time.Second, Max: 4 * time.Second, Tries: 2001, MaxElapsed: -1}
		var low, high int
		err := retry.Do(t.Context(), p, as(retry.Server), func(a retry.Attempt) {
			if a.Delay > 4*time.Second+1 {
				t.Errorf("attempt %d waits %s", a.Number, a.Delay)
			}
			if a.Number <= 3 {
				return
			}
			if a.Delay < time.Second {
				low++
			}
			if a.Delay > 3*time.Second {
				high++
			}
		}, func(context.Context) error { return errDown })
		if err == nil || low < 400 || high < 400 {
			t.Errorf("of 1997 delays %d are in the lowest and %d in the highest quarter, want about 500; err %v", low, high, err)
		}
	})
}

func TestGivesUp(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		why    string
		policy retry.Policy
		class  retry.Class
		tries  func(int) bool
		text   string
	}{
		{"eight tries by default", retry.Policy{}, retry.Busy, func(n int) bool { return n == 8 }, "gave up after 8 tries"},
		{"one try means no retry", retry.Policy{Tries: 1}, retry.Busy, func(n int) bool { return n == 1 }, "gave up after 1 tries"},
		{"permanent errors come back as they are", retry.Policy{}, retry.Permanent, func(n int) bool { return n == 1 }, "down"},
		{"so do unknown ones", retry.Policy{}, retry.Unknown, func(n int) bool { return n == 1 }, "down"},
		{"elapsed time ends it", retry.Policy{Tries: -1, MaxElapsed: time.Minute, Max: time.Second}, retry.Server,
			func(n int) bool { return n > 60 && n < 400 }, "gave up after"},
	} {
		t.Run(row.why, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				n, began := 0, time.Now()
				err := retry.Do(t.Context(), row.policy, as(row.class), nil, func(context.Context) error { n++; return errDown })
				if !errors.Is(err, errDown) || !row.tries(n) || !strings.HasPrefix(err.Error(), row.text) {
					t.Errorf("%d tries, err %v", n, err)
				}
				if spent := time.Since(began); spent > 2*time.Minute {
					t.Errorf("it took %s", spent)
				}
			})
		})
	}
}

// Each class has tries of its own, which those of another do not use up.
func TestEachClassHasItsOwnPolicy(t *testing.T) {
	t.Parallel()
	policies := retry.ByClass{
		retry.Throttled: {Tries: 4, Initial: time.Minute, Max: time.Minute, MaxElapsed: -1, Jitter: func() float64 { return 0.5 }},
		retry.Transport: {Tries: 3, Initial: time.Second, Max: time.Second, MaxElapsed: -1, Jitter: func() float64 { return 0.5 }},
		retry.Unknown:   {Tries: 2, Initial: time.Hour, Max: time.Hour, MaxElapsed: -1, Jitter: func() float64 { return 0.5 }},
	}
	for _, row := range []struct {
		why   string
		fails []retry.Class // of the tries in turn; after them it succeeds
		tries int
		takes time.Duration
		ok    bool
	}{
		{"no failure", nil, 1, 0, true},
		{"two classes in turn", []retry.Class{retry.Throttled, retry.Transport, retry.Throttled, retry.Transport, retry.Throttled}, 6, 91 * time.Second, true},
		{"one is used up", []retry.Class{retry.Throttled, retry.Transport, retry.Transport, retry.Transport, retry.Transport}, 4, 31 * time.Second, false},
		{"unknown has one more try", []retry.Class{retry.Unknown}, 2, 30 * time.Minute, true},
		{"a class without a policy has none", []retry.Class{retry.Throttled, retry.Permission}, 2, 30 * time.Second, false},
	} {
		t.Run(row.why, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				tries, began := 0, time.Now()
				classify := func(error) retry.Class { return row.fails[tries-1] }
				err := retry.Do(t.Context(), policies, classify, nil, func(context.Context) error {
					if tries++; tries > len(row.fails) {
						return nil
					}
					return errDown
				})
				if tries != row.tries || time.Since(began) != row.takes || (err == nil) != row.ok {
					t.Errorf("%d tries in %s, error %v; want %d in %s, success %t", tries, time.Since(began), err, row.tries, row.takes, row.ok)
				}
			})
		})
	}
}

// TestOutlastsLibraryDefault: the backoff package stops after 15 minutes unless
// it is told otherwise.
func TestOutlastsLibraryDefault(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		err := retry.Do(t.Context(), retry.Policy{Tries: -1, MaxElapsed: -1}, as(retry.Busy), nil, func(context.Context) error {
			if time.Since(began) < 3*time.Hour {
				return errDown
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestCancelKeepsBothCauses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		stop := errors.New("operator said stop")
		ctx, cancel := context.WithCancelCause(t.Context())
		p := retry.Policy{Initial: time.Hour, Max: time.Hour, MaxElapsed: -1, Tries: -1}
		err := retry.Do(ctx, p, as(retry.Transport), func(retry.Attempt) { cancel(stop) },
			func(context.Context) error { return errDown })
		if !errors.Is(err, stop) || !errors.Is(err, errDown) {
			t.Errorf("err %v has lost a cause", err)
		}
	})
}

func TestCanceledCall(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	err := retry.Do(ctx, retry.Policy{}, as(retry.Canceled), nil, func(ctx context.Context) error {
		cancel()
		return fmt.Errorf("call: %w", ctx.Err())
	})
	if !errors.Is(err, context.Canceled) || strings.Count(err.Error(), "canceled") != 1 {
		t.Errorf("err %v, want the call's own error alone", err)
	}
	err = retry.Do(ctx, retry.Policy{}, as(retry.Busy), nil, func(context.Context) error {
		t.Error("a dead context must not make a call")
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("err %v", err)
	}
}
