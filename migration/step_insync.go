package migration

import (
	"context"
	"fmt"
	"time"

	"github.com/cachelift/cachelift/progress"
)

// steadyLooks is how long the target may go without a look and still count as
// steady: what happened in between nobody saw.
const steadyLooks = 2*time.Second + pollMost

// fellBehindAfter is how long the target may be behind before in_sync is left:
// a burst of writes is no reason to start over.
const fellBehindAfter = 2 * time.Second

// stepInSync stays until the target has been in sync for long enough, the
// service says that it is migrating, and the time for another attempt has come.
func (r *run) stepInSync(ctx context.Context) (progress.Trigger, error) {
	r.calm = newCalm(r)
	if err := r.calm.look(ctx); err != nil {
		return "", err
	}
	return r.calm.await(ctx, progress.TriggerApproved)
}

// calm follows the target from in_sync until writes are paused.
type calm struct {
	*tracker
	entered time.Time // the status has to be of a later look
	now     standing
	looked  time.Time
	steady  time.Time // since when it has been in sync without a break
	behind  time.Time // since when it has not; zero while it is
	waiting time.Time // since when only the status is missing
	holding time.Time // since when the cut-over has been held
}

func newCalm(r *run) *calm {
	now := time.Now()
	c := &calm{tracker: newTracker(r), entered: now, looked: now, steady: now}
	c.tracker.calm = true
	return c
}

// look asks both ends once.
func (c *calm) look(ctx context.Context) (err error) {
	unseen := time.Since(c.looked) > steadyLooks
	if c.now, err = c.tracker.look(ctx); err != nil {
		return err
	}
	c.looked = time.Now()
	if !c.now.inSync || unseen {
		c.steady = c.looked
	}
	switch {
	case c.now.inSync:
		c.behind = time.Time{}
	case c.behind.IsZero() || unseen:
		c.behind = c.looked
	}
	return nil
}

// fellBehind: the link is down, or the lag has been too large for too long.
func (c *calm) fellBehind() bool {
	return !c.now.inSync && (!c.now.linkUp && !c.now.silent || time.Since(c.behind) > fellBehindAfter)
}

// await waits until writes may be paused and returns done, or that the target
// fell behind. Only the state that comes before the pause waits for what holds the
// cut-over.
//
// Step 1 of docs/cutover.md.
func (c *calm) await(ctx context.Context, done progress.Trigger) (progress.Trigger, error) {
	last := c.flow.next(c.state()) == progress.StatePausing
	for {
		if c.fellBehind() {
			return progress.TriggerFellBehind, nil
		}
		var held progress.CutoverHeld
		if last {
			var err error
			if held, err = c.held(); err != nil {
				return "", err
			}
		}
		c.note(held)
		if c.now.inSync && time.Since(c.steady) >= c.opts.InSyncFor && !c.holds(held) {
			if ready, err := c.migrating(); ready || err != nil {
				return done, err
			}
		}
		if err := sleep(ctx, pace(c.pause(held), c.now.took)); err != nil {
			return "", err
		}
		if err := c.look(ctx); err != nil {
			return "", err
		}
	}
}

// holds reports whether the cut-over is held.
func (*calm) holds(h progress.CutoverHeld) bool { return h.Hold != "" && h.Hold != progress.HoldNone }

// note remembers since when the cut-over has been held.
func (c *calm) note(h progress.CutoverHeld) {
	switch {
	case !c.holds(h):
		c.holding = time.Time{}
	case c.holding.IsZero():
		c.holding = time.Now()
	}
}

// pause is the interval of the looks: a hundredth of what it has been steady for,
// or has been held for. A hold that takes days does not cost what the last seconds
// before the cut-over do; those begin in time for it.
func (c *calm) pause(h progress.CutoverHeld) time.Duration {
	fine := min(max(time.Since(c.steady)/100, pollSteady), pollMost)
	if !c.holds(h) {
		return fine
	}
	far := min(max(time.Since(c.holding)/100, pollSteady), pollSyncMost)
	if h.Until.IsZero() {
		return far
	}
	lead := max(c.opts.InSyncFor, 0) + steadyLooks
	if left := time.Until(h.Until); left > lead {
		return min(far, left-lead)
	}
	return min(fine, max(time.Until(h.Until), time.Millisecond))
}

// migrating reports whether the service says so too, in a look that began in
// in_sync. It may be late, but not for ever.
func (c *calm) migrating() (bool, error) {
	v, _ := c.watch.view()
	if v.began.After(c.entered) && v.desc.Status == statusMigrating {
		c.waiting = time.Time{}
		return true, nil
	}
	if c.waiting.IsZero() {
		c.waiting = time.Now()
		c.watch.nudge()
	}
	if time.Since(c.waiting) > c.opts.Assume.ReplicationWithin {
		return false, opError("in_sync", fmt.Errorf("%w: the target is in sync, and its status is %q and not %q after %v",
			errTimeout, v.desc.Status, statusMigrating, c.opts.Assume.ReplicationWithin))
	}
	return false, nil
}
