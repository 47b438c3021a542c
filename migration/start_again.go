package migration

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cachelift/cachelift/progress"
)

// startsAgain reports whether the migration is to be started again after
// ElastiCache gave it up: if the diagnosis says that this can help without a
// change, and not for ever. It waits before it says so, longer each time; an abort
// or the end of the context ends the wait.
func (r *run) startsAgain(ctx context.Context, s progress.State, err error) bool {
	var given *serviceFailure
	if !errors.As(err, &given) || given.ended || max(r.starts, 1) >= r.opts.StartAttempts || context.Cause(ctx) != nil || r.abortReason() != "" {
		return false
	}
	_, cause := split(err, string(s))
	d := r.diagnose(ctx, s, cause)
	if !d.Retryable {
		return false
	}
	delay := r.opts.StartRetryAfter << min(max(r.starts-1, 0), 4)
	r.emit(progress.Noted{Text: fmt.Sprintf("start %d of %d was given up (%s); the next one in %v", max(r.starts, 1), r.opts.StartAttempts, d.Cause, delay.Round(time.Millisecond))})
	wait, cancel := r.interruptible(ctx, s)
	defer cancel(nil)
	return sleep(wait, delay) == nil
}
