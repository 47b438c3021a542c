package migration

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime/debug"
	"time"
)

// PanicError is the error of a host's function that panicked: of a [Step], a
// [Cutover], or one of [Options]. A step that panicked is not tried again.
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
	return func(ctx context.Context) error {
		_, err := guard(func() (struct{}, error) { return struct{}{}, do(ctx) })
		return err
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

// guard returns a panic of a function of the host as an error.
func guard[T any](do func() (T, error)) (v T, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &PanicError{Value: fmt.Sprint(p), Stack: string(debug.Stack())}
		}
	}()
	return do()
}

// guarded wraps the functions in the options, which are called from goroutines of
// the library, where a panic would end the host's process.
func (o Options) guarded() Options {
	dial, lookup, jitter := o.DialContext, o.LookupHost, o.Retry.Jitter
	o.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		return guard(func() (net.Conn, error) { return dial(ctx, network, address) })
	}
	o.LookupHost = func(ctx context.Context, host string) ([]string, error) {
		return guard(func() ([]string, error) { return lookup(ctx, host) })
	}
	o.Retry.Jitter = guardJitter(jitter)
	o.SourceRedis.Password = guardPassword(o.SourceRedis.Password)
	o.TargetRedis.Password = guardPassword(o.TargetRedis.Password)
	return o
}

// guardJitter keeps what is drawn in its bounds; nil stays nil.
func guardJitter(jitter func() float64) func() float64 {
	if jitter == nil {
		return nil
	}
	return func() float64 {
		part, _ := guard(func() (float64, error) { return jitter(), nil }) // 0, no delay, if it panicked
		return min(max(part, 0), 1)
	}
}

func guardPassword(password func(context.Context) (string, error)) func(context.Context) (string, error) {
	if password == nil {
		return nil
	}
	return func(ctx context.Context) (string, error) {
		return guard(func() (string, error) { return password(ctx) })
	}
}

// ofCutover makes a method of the host's Cutover one whose panic or Goexit is an
// error. It is waited for however long it takes: one that was abandoned might
// pause writes when nobody is there to resume them.
func ofCutover(do func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error { return <-apart(ctx, do) }
}

// aside begins something that is done while something else is. What it returns waits
// for the end of it, as often as it is called, and has to be called before the run goes
// on to anything that must not come at the same time.
func aside[T any](do func() (T, error)) func() (T, error) {
	var v T
	err, ended := errExited, make(chan struct{}) // a channel, since virtual time stands still for a mutex
	go func() {
		defer close(ended)
		v, err = guard(do)
	}()
	return func() (T, error) { <-ended; return v, err }
}

// writesPaused asks the host.
func (r *run) writesPaused(ctx context.Context) (paused bool, err error) {
	err = ofCutover(func(ctx context.Context) (err error) {
		paused, err = r.opts.Cutover.WritesPaused(ctx)
		return err
	})(ctx)
	return paused, hostError(err)
}
