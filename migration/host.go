package migration

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"
)

// PanicError is the error of a host's function that panicked: of a [Step] or a
// [Cutover]. It is not tried again.
type PanicError struct {
	// Value is what the function panicked with, as text.
	Value string
	// Stack is the stack of the goroutine that panicked.
	Stack string
}

// Error gives the value; the stack is a matter of its own.
func (e *PanicError) Error() string { return "panic: " + e.Value }

// cutoverError marks an error that the host's Cutover returned.
type cutoverError struct{ err error }

func (e *cutoverError) Error() string { return e.err.Error() }
func (e *cutoverError) Unwrap() error { return e.err }

func hostError(err error) error {
	if err == nil {
		return nil
	}
	return &cutoverError{err}
}

// safely returns a panic of the host as an error: it must not leave writes
// paused and the run half done.
func safely(do func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) (err error) {
		defer func() {
			if p := recover(); p != nil {
				err = &PanicError{Value: fmt.Sprint(p), Stack: string(debug.Stack())}
			}
		}()
		return do(ctx)
	}
}

// stackOf is the stack of a panic in err; "" if there was none.
func stackOf(err error) string {
	var p *PanicError
	if errors.As(err, &p) {
		return p.Stack
	}
	return ""
}

// abandonAfter is how long a step may go on after its context has ended.
const abandonAfter = 5 * time.Second

// Errors of a call that did not return as it should.
var (
	errAbandoned = errors.New("it did not return after its context ended, and was abandoned")
	errExited    = errors.New("it ended its goroutine, as runtime.Goexit and a test's FailNow do")
)

// apart calls do on a goroutine of its own and returns where its error will
// be: a function of the host that does not listen to its context must not hold
// up the run for ever.
func apart(ctx context.Context, do func(context.Context) error) <-chan error {
	ended := make(chan error, 1)
	go func() {
		err := errExited
		defer func() { ended <- err }()
		err = safely(do)(ctx)
	}()
	return ended
}

// await waits for a call that was made apart. When ctx has ended it waits a
// little longer and then gives up.
func await(ctx context.Context, ended <-chan error) error {
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	grace := time.NewTimer(abandonAfter)
	defer grace.Stop()
	select {
	case err := <-ended:
		return err
	case <-grace.C:
		return fmt.Errorf("%w: %w", context.Cause(ctx), errAbandoned)
	}
}

// writesPaused asks the host.
func (r *run) writesPaused(ctx context.Context) (paused bool, err error) {
	err = safely(func(ctx context.Context) (err error) {
		paused, err = r.opts.Cutover.WritesPaused(ctx)
		return err
	})(ctx)
	return paused, hostError(err)
}
