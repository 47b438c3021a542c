package migration

import (
	"context"
	"fmt"
	"time"

	"github.com/cachelift/cachelift/progress"
)

// fellBehindAfter is how long the target may be behind before in_sync is left:
// a burst of writes is no reason to start over.
const fellBehindAfter = 2 * time.Second

// stepInSync stays until the target has been in sync for long enough, the
// service says that it is migrating, and the time for another attempt has come.
func (r *run) stepInSync(ctx context.Context) (progress.Trigger, error) {
	t := newTracker(r)
	entered := time.Now()
	steady := entered     // since when it has been in sync without a break
	var behind time.Time  // since when it has not
	var waiting time.Time // since when only the status is missing
	for {
		now, err := t.look(ctx)
		if err != nil {
			return "", err
		}
		if now.inSync {
			behind = time.Time{}
		} else {
			if behind.IsZero() {
				behind = time.Now()
			}
			steady = time.Now()
			if !now.linkUp && !now.silent || time.Since(behind) > fellBehindAfter {
				return progress.TriggerFellBehind, nil
			}
		}
		if now.inSync && time.Since(steady) >= r.opts.InSyncFor && r.cutover.due() {
			v, _ := r.watch.view()
			if v.began.After(entered) && v.desc.Status == statusMigrating {
				return progress.TriggerApproved, nil
			}
			if waiting.IsZero() {
				waiting = time.Now()
				r.watch.nudge()
			}
			if time.Since(waiting) > r.opts.Assume.ReplicationWithin {
				return "", opError("in_sync", fmt.Errorf("%w: the target is in sync, and its status is %q and not %q after %v",
					errTimeout, v.desc.Status, statusMigrating, r.opts.Assume.ReplicationWithin))
			}
		}
		if err := sleep(ctx, pace(pollFast, now.took)); err != nil {
			return "", err
		}
	}
}
