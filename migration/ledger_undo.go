package migration

import (
	"context"
	"errors"
	"fmt"

	"github.com/cachelift/cachelift/internal/retry"
	"github.com/cachelift/cachelift/progress"
)

// undoLeftovers opens what a process that died half way through PauseWrites has left:
// WritesPaused says no then, so that nobody would resume writes. It is no pause in
// which a completion was requested: that is requested only when WritesPaused says yes.
// But the source may have been restarted since and lost its fence; so a target that
// was promoted from it keeps the application away.
func (r *run) undoLeftovers(ctx context.Context, o observed) error {
	c, ok := r.opts.Cutover.(sourceBinder)
	if !ok || o.pause != pauseNo {
		return nil
	}
	what, err := r.findLeftovers(ctx, c)
	if err != nil {
		return opError("ResumeWrites", fmt.Errorf("it cannot be told what an earlier run left: %w", hostError(err)))
	}
	if what == "" {
		r.endPause(ctx, c)
		return nil
	}
	if o.link == linkNone {
		promoted, err := r.promotedFromSource(ctx)
		if promoted {
			err = errors.New("the target was promoted from this source")
		}
		if err != nil {
			return opError("ResumeWrites", fmt.Errorf("%w: %s, and writes are not paused: %w", ErrOutcomeUnknown, what, err))
		}
	}
	r.emit(progress.Noted{Text: "an earlier run ended half way through a pause: " + what + "; writes are resumed"})
	return opError("ResumeWrites", r.resumeWrites(ctx))
}

func (r *run) findLeftovers(ctx context.Context, c sourceBinder) (what string, err error) {
	err = retry.Do(ctx, r.opts.nodePolicy(), anyPasses, nil, func(ctx context.Context) (err error) {
		what, err = c.leftover(ctx)
		return err
	})
	return what, err
}

// withLeftovers is for a migration that cannot go on. If the target is under another one by
// now, and ours has not ended, the application is on the source: what a dead process left
// is undone. If ours has ended it stays, and the error says so.
func (r *run) withLeftovers(ctx context.Context, o observed, err error) error {
	c, ok := r.opts.Cutover.(sourceBinder)
	switch {
	case !ok || o.pause != pauseNo:
	case errors.Is(err, ErrTargetBusy) && !o.ended:
		if e := r.undoLeftovers(ctx, o); e != nil {
			return fmt.Errorf("%w; and %w", err, e)
		}
	case errors.Is(err, ErrEnded):
		if what, e := r.findLeftovers(ctx, c); e == nil && what != "" {
			return fmt.Errorf("%w, but for this: %s", err, what)
		}
	}
	return err
}

// endPause lets go what an earlier run may have parked: CLIENT PAUSE comes before the
// fence and shows nowhere, so that writes would be held back until it runs out.
func (r *run) endPause(ctx context.Context, c sourceBinder) {
	if !r.attached {
		return
	}
	if err := c.endPause(ctx); err != nil && context.Cause(ctx) == nil {
		r.emit(progress.Noted{Text: fmt.Sprintf("writes to the source may be held back until a pause of an earlier run is over: %v", err)})
	}
}

// tellSettings has a SourceFence tell this run what it changes. The returned function
// gives what it has changed, and ends it.
func (r *run) tellSettings() func() []Setting {
	c, ok := r.opts.Cutover.(sourceBinder)
	if !ok {
		return func() []Setting { return nil }
	}
	c.tellTo(r.emit)
	return func() []Setting {
		c.tellTo(nil)
		return c.changed()
	}
}
