package migration

import (
	"context"
	"fmt"
	"time"

	"github.com/cachelift/cachelift/progress"
)

// stepPausing lets the host stop writes to the source. From here until the
// point of no return every failure, and the end of the budget, resumes them.
//
// Step 2 of docs/cutover.md.
func (r *run) stepPausing(ctx context.Context) (progress.Trigger, error) {
	if r.opts.Cutover == nil {
		return "", ErrNoCutover
	}
	r.lookAhead(ctx)
	r.lookReady(ctx)
	r.cutover.begin(r.opts.MaxWritePause)
	ctx, cancel := context.WithDeadlineCause(ctx, r.cutover.deadline, ErrPausedTooLong)
	defer cancel()
	if err := context.Cause(ctx); err != nil {
		return "", opError("PauseWrites", err) // an abort or a Postpone was faster
	}
	err := r.pauseWrites(ctx)
	if err != nil {
		return "", opError("PauseWrites", r.orTooLong(ctx, hostError(err)))
	}
	return progress.TriggerPaused, nil
}

// pauseWrites asks the host. A SourceFence keeps its connections from now on.
func (r *run) pauseWrites(ctx context.Context) error {
	r.result.Cutover.pausing(r.cutover)
	if c, ok := r.opts.Cutover.(sourceBinder); ok {
		c.keep(r.rehearsing)
		r.letGo = c.letGo
	}
	return r.act(ctx, progress.ActionPauseWrites, ofCutover(r.opts.Cutover.PauseWrites))
}

// orTooLong names the end of the budget as the cause of an error that it
// brought about.
func (r *run) orTooLong(ctx context.Context, err error) error {
	deadline, _ := ctx.Deadline()
	if !usedUp(context.Cause(ctx), deadline, r.cutover.deadline, time.Now()) {
		return err
	}
	return r.tooLong(err)
}

// usedUp reports whether a call ended because the budget of the pause did: the
// context says so, or it is about to. A connection has the deadline of its context,
// and may notice it a moment earlier.
func usedUp(cause error, deadline, budget, now time.Time) bool {
	return cause == ErrPausedTooLong || cause == nil && !deadline.IsZero() && deadline.Equal(budget) && !now.Before(deadline)
}

func (r *run) tooLong(err error) error {
	return fmt.Errorf("%w: %v were used up: %w", ErrPausedTooLong, r.opts.MaxWritePause, err)
}
