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
// is used up, or ctx is done. notify, which may be nil, is told of every try
// that will be followed by another, before the wait.
//
// The error is op's last one: as it is if it was not to be retried, wrapped
// with the number of tries if the policy was used up. If ctx ended the wait,
// the error wraps both the context's cause and op's last error.
func Do(ctx context.Context, p Policy, classify func(error) Class, notify func(Attempt), op func(context.Context) error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var (
		last  error
		class Class
		tries int
		began = time.Now()
	)
	try := func() error {
		tries++
		if last = op(ctx); last == nil {
			return nil
		}
		if class = classify(last); !class.Retryable() {
			return backoff.Permanent(last)
		}
		return last
	}
	tell := func(err error, delay time.Duration) {
		if notify != nil {
			notify(Attempt{Number: tries, Class: class, Delay: delay, Err: err})
		}
	}
	err := backoff.RetryNotify(try, backoff.WithContext(p.withDefaults().schedule(), ctx), tell)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return interrupted(context.Cause(ctx), last)
	case !class.Retryable():
		return last
	}
	return fmt.Errorf("gave up after %d tries in %s: %w", tries, time.Since(began).Round(time.Millisecond), last)
}

// interrupted joins why a wait ended with what was being waited out.
func interrupted(cause, last error) error {
	if errors.Is(last, cause) {
		return last
	}
	return fmt.Errorf("%w; the last error was: %w", cause, last)
}
