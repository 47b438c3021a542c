package retry

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v4"
)

// Attempt is a try that failed and will be followed by another.
type Attempt struct {
	// Number counts the tries from 1.
	Number int
	// Class is the class of Err.
	Class Class
	// Delay is how long until the next try.
	Delay time.Duration
	// Err is why it failed.
	Err error
}

// Do calls op until it succeeds, its error is not worth another try, the policy
// of its class is used up, or ctx is done. Each class has its own delays, tries
// and time, counted from its first failure. notify, which may be nil, is told of
// every try that will be followed by another, before the wait.
//
// The error is op's last one: as it is if it was not to be retried, wrapped
// with the number of tries if the policy was used up. If ctx ended the wait,
// the error wraps both the context's cause and op's last error.
func Do(ctx context.Context, p Policies, classify func(error) Class, notify func(Attempt), op func(context.Context) error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var (
		last  error
		tries int
		began = time.Now()
		turns = schedules{policies: p, of: map[Class]backoff.BackOff{}}
	)
	try := func() error {
		tries++
		if last = op(ctx); last != nil {
			turns.class = classify(last)
		}
		return last
	}
	tell := func(err error, delay time.Duration) {
		if notify != nil {
			notify(Attempt{Number: tries, Class: turns.class, Delay: delay, Err: err})
		}
	}
	err := backoff.RetryNotify(try, backoff.WithContext(&turns, ctx), tell)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return interrupted(context.Cause(ctx), last)
	case !turns.class.Retryable() && p.For(turns.class).Tries == 1:
		return last
	}
	return fmt.Errorf("gave up after %d tries in %s: %w", tries, time.Since(began).Round(time.Millisecond), last)
}

// schedules are the delays of the classes that have failed so far, each begun
// with the first failure of its class.
type schedules struct {
	policies Policies
	class    Class // of the last failure
	of       map[Class]backoff.BackOff
}

// NextBackOff returns the next delay of the present class, or Stop when there
// is none.
func (s *schedules) NextBackOff() time.Duration {
	b, ok := s.of[s.class]
	if !ok {
		b = s.policies.For(s.class).withDefaults().schedule()
		s.of[s.class] = b
	}
	return b.NextBackOff()
}

// Reset does nothing: the schedules begin with the first failures.
func (*schedules) Reset() {}

// interrupted joins why a wait ended with what was being waited out.
func interrupted(cause, last error) error {
	if errors.Is(last, cause) {
		return last
	}
	return fmt.Errorf("%w; the last error was: %w", cause, last)
}
