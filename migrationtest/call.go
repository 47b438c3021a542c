package migrationtest

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"time"
)

// How long a function of the host is waited for.
const (
	callWithin  = 30 * time.Second // as long as a write pause may take by default
	endsWithin  = 2 * time.Second  // after its context has ended
	reopenAfter = 10 * time.Second // to put everything back at the end
)

// Errors of a call that did not return as it should.
var (
	errHangs  = errors.New("it did not return after its context had ended")
	errExited = errors.New("it ended its goroutine, as runtime.Goexit does")
)

// panicked is the error of a call that panicked.
type panicked struct {
	value string
	at    string // the first place of the host's code on the stack; may be empty
}

func (p *panicked) Error() string {
	if p.at == "" {
		return "it panicked: " + p.value
	}
	return fmt.Sprintf("it panicked: %s (at %s)", p.value, p.at)
}

// call calls do on a goroutine of its own, with a context that ends when ctx
// does or the time is over. A panic is an error, and so is not returning after
// the context has ended: then the goroutine is left behind, since nothing can
// end it.
func call(ctx context.Context, within time.Duration, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	returned := make(chan error, 1)
	go func() {
		err := errExited
		defer func() { returned <- err }()
		defer func() {
			if v := recover(); v != nil {
				err = &panicked{value: fmt.Sprint(v), at: origin()}
			}
		}()
		err = do(ctx)
	}()
	select {
	case err := <-returned:
		return err
	case <-ctx.Done():
	}
	grace := time.NewTimer(endsWithin)
	defer grace.Stop()
	select {
	case err := <-returned:
		return err
	case <-grace.C:
		return errHangs
	}
}

// origin is where the panic that is being recovered was raised.
func origin() string {
	pcs := make([]uintptr, 32)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	raised := false
	for {
		f, more := frames.Next()
		inRuntime := strings.HasPrefix(f.Function, "runtime.")
		if raised && !inRuntime {
			return fmt.Sprintf("%s:%d", f.Function, f.Line)
		}
		raised = raised || inRuntime
		if !more {
			return ""
		}
	}
}
