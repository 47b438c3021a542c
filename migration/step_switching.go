package migration

import (
	"context"
	"fmt"
	"time"

	"github.com/cachelift/cachelift/internal/retry"
	"github.com/cachelift/cachelift/internal/target"
	"github.com/cachelift/cachelift/progress"
)

// stepSwitching points the application to the target, as soon as that takes
// writes, and then waits for the service to confirm the promotion. The endpoint
// is read anew: the service may change it.
func (r *run) stepSwitching(ctx context.Context) (progress.Trigger, error) {
	if r.opts.Cutover == nil {
		return "", ErrNoCutover
	}
	begun := time.Now()
	var desc target.Description
	err := r.retry(ctx, "DescribeReplicationGroups", func(ctx context.Context) (err error) {
		desc, err = r.group.Describe(ctx)
		return err
	})
	if err != nil {
		return "", err
	}
	to := endpointOf(desc.Primary)
	policy := retry.Policy{Initial: 200 * time.Millisecond, Max: 5 * time.Second, Tries: 5, MaxElapsed: time.Minute}
	err = retry.Do(ctx, policy, anyPasses, nil, func(ctx context.Context) error {
		return r.act(ctx, progress.ActionSwitch, safely(func(ctx context.Context) error { return r.opts.Cutover.Switch(ctx, to) }))
	})
	if err != nil {
		return "", opError("Switch", hostError(fmt.Errorf("the target is promoted, writes to the source stay paused: %w", err)))
	}
	r.result.Cutover.switched(to, r.cutover)
	return r.confirm(ctx, begun)
}

// confirm waits for the service's own word. The application is on the target
// by then, so its absence is told and is no failure.
func (r *run) confirm(ctx context.Context, begun time.Time) (progress.Trigger, error) {
	r.watch.nudge()
	for {
		v, _ := r.watch.view()
		e, verdict := r.watch.newest(r.eventsMark, target.VerdictCompleted)
		by := ""
		if verdict == target.VerdictCompleted {
			by = e.Message
		} else if v.began.After(begun) && v.desc.Status == statusAvailable {
			by = "status " + statusAvailable
		}
		if by != "" {
			r.result.Cutover.Confirmed = by
			r.emit(progress.PromotionConfirmed{By: by, Took: time.Since(begun)})
			return progress.TriggerSwitched, nil
		}
		if time.Since(begun) > r.opts.Assume.PromotionWithin {
			r.emit(progress.Noted{Text: fmt.Sprintf("the service did not confirm the promotion within %v; its status is %q",
				r.opts.Assume.PromotionWithin, v.desc.Status)})
			return progress.TriggerSwitched, nil
		}
		if err := r.tick(ctx, pollFast); err != nil {
			return "", err
		}
	}
}
