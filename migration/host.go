package migration

import (
	"context"
	"fmt"
	"runtime/debug"
)

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
				err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
			}
		}()
		return do(ctx)
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
