package migration

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cachelift/cachelift/internal/node"
	"github.com/cachelift/cachelift/internal/retry"
	"github.com/cachelift/cachelift/internal/target"
	"github.com/cachelift/cachelift/progress"
)

// describeWithin bounds the look at the API with which Switch would have to
// wait. It is longer than an answer takes, and writes are paused.
const describeWithin = time.Second

// seenJustNow is how long what was seen at the promotion counts: a step of the host may
// come before Switch.
const seenJustNow = time.Second

// stepSwitching points the application to the target, as soon as that takes
// writes, and then waits for the service to confirm the promotion. What was begun at the
// promotion and kept nobody waiting is looked at in between; and if the service names
// another endpoint by then, Switch is called once more, with that.
//
// Step 8 of docs/cutover.md.
func (r *run) stepSwitching(ctx context.Context) (progress.Trigger, error) {
	if r.opts.Cutover == nil {
		return "", ErrNoCutover
	}
	if r.resumed && r.cutover.master == "" { // the promotion was found, perhaps after a long wait
		if paused, err := r.writesPaused(ctx); err == nil && !paused || errors.Is(err, node.ErrNotPrimary) {
			return "", r.unknown(fmt.Errorf("writes to the source were open after the completion was requested: compare both ends before the application goes on; %s", r.pauseAnew(ctx)))
		}
	}
	to, err := r.promotedEndpoint(ctx)
	if err != nil {
		return "", opError("Switch", err)
	}
	err = r.switchTo(ctx, to)
	r.lookAway()
	r.proofs.stop()
	if err := r.heldLast(ctx, err); err != nil {
		return "", err
	}
	if r.moved(ctx, to) {
		if to, err = r.promotedEndpoint(ctx); err != nil {
			return "", opError("Switch", err)
		}
		if err := r.switchTo(ctx, to); err != nil {
			return "", err
		}
	}
	trigger, err := r.confirm(ctx)
	if err == nil && r.cutover.unproved { // there was time for the source to come back
		err = r.askLast(ctx)
	}
	return trigger, err
}

// switchTo calls the host's Switch, a few times if need be.
func (r *run) switchTo(ctx context.Context, to Endpoint) error {
	policy := retry.Policy{Initial: 200 * time.Millisecond, Max: 5 * time.Second, Tries: 5, MaxElapsed: time.Minute, Jitter: r.opts.Retry.Jitter}
	err := retry.Do(ctx, policy, anyPasses, nil, func(ctx context.Context) error {
		return r.act(ctx, progress.ActionSwitch, ofCutover(func(ctx context.Context) error { return r.opts.Cutover.Switch(ctx, to) }))
	})
	if err != nil {
		return opError("Switch", hostError(err))
	}
	at := time.Now()
	if c, ok := r.opts.Cutover.(sourceBinder); ok && !c.switched().IsZero() {
		at = c.switched()
	}
	r.result.Cutover.switched(to, r.cutover, at)
	return nil
}

// heldLast waits for the proof that was begun when the promotion was known, and judges it
// together with the error of Switch. That the fence is open is an error although the
// application is on the target already: it may not be all of it.
func (r *run) heldLast(ctx context.Context, switching error) error {
	if r.cutover.held == nil {
		return switching
	}
	holds, err := r.cutover.held()
	if err != nil && !errors.Is(err, node.ErrNotPrimary) {
		r.cutover.unproved = true
		r.emit(progress.Noted{Text: fmt.Sprintf("it cannot be told whether writes to the source are still paused: %v", err)})
		return switching
	}
	if holds {
		return switching
	}
	return r.sourceOpen(ctx, errors.Join(err, switching))
}

// askLast is that proof once more, where there was no answer to it. A fence that the host
// wanted open after Switch proves nothing by then.
func (r *run) askLast(ctx context.Context) error {
	f := r.fence()
	if f == nil || f.opts.AfterSwitch == AfterSwitchOpen {
		return nil
	}
	holds, err := f.closedAnew(ctx)
	if holds || err != nil && !errors.Is(err, node.ErrNotPrimary) {
		return nil // it was noted before that nobody knows
	}
	return r.sourceOpen(ctx, err)
}

// sourceOpen is the error of a source that takes writes although the target is promoted.
// They are paused again: what is written there is nowhere else.
func (r *run) sourceOpen(ctx context.Context, cause error) error {
	err := fmt.Errorf("%w: %w; %s", ErrPastNoReturn, ErrSourceOpen, r.pauseAnew(ctx))
	if cause != nil {
		err = fmt.Errorf("%w: %w", err, cause)
	}
	return opError("Switch", err)
}

// pauseAnew pauses writes to a source that turned out to take them after the promotion,
// and says what came of it.
func (r *run) pauseAnew(ctx context.Context) string {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaveWithin)
	defer cancel()
	if err := r.act(ctx, progress.ActionPauseWrites, ofCutover(r.opts.Cutover.PauseWrites)); err != nil {
		return fmt.Sprintf("they could not be paused again: %v", err)
	}
	return "they are paused again"
}

// moved reports whether the service names another endpoint than the one at which the
// promoted node was seen: it may change it, and the application has not waited for its
// word.
func (r *run) moved(ctx context.Context, from Endpoint) bool {
	if r.cutover.master == "" { // promotedEndpoint has asked
		return false
	}
	r.cutover.master = ""
	desc, err := r.describe(ctx)
	return err == nil && desc.Primary != "" && desc.Primary != from.String()
}

// promotedEndpoint is where the promoted node was seen, if that was just now. Else it
// reads the endpoint anew, since the service may change it, and makes sure that a primary
// answers there. An API that does not answer does not prolong the pause: then the endpoint
// that is known has to do.
func (r *run) promotedEndpoint(ctx context.Context) (Endpoint, error) {
	if at := r.cutover.master; at != "" && at == r.destAt && time.Since(r.result.Cutover.PromotedAt) < seenJustNow {
		return endpointOf(at), nil
	}
	r.cutover.master = ""
	for begun := time.Now(); ; {
		if desc, err := r.describe(ctx); err == nil {
			r.usePrimary(desc.Primary)
		}
		if _, l, _ := r.askPrimary(ctx); l == linkNone {
			return endpointOf(r.destAt), nil
		}
		if time.Since(begun) > r.opts.Assume.PromotionWithin {
			return Endpoint{}, fmt.Errorf("%w: no primary answers at the group's endpoint %q", errTimeout, r.destAt)
		}
		if err := sleep(ctx, pollSlow); err != nil {
			return Endpoint{}, err
		}
	}
}

// describe looks at the group, but not for long. The watch is told, or it would go back to
// what it saw last.
func (r *run) describe(ctx context.Context) (target.Description, error) {
	ctx, cancel := context.WithTimeout(ctx, describeWithin)
	defer cancel()
	v := view{began: time.Now()}
	var err error
	if v.desc, err = guard(func() (target.Description, error) { return r.group.Describe(ctx) }); err == nil {
		r.watch.take(v, nil)
	}
	return v.desc, err
}

// confirm waits for the service's own word. The application is on the target
// by then, so its absence is told and is no failure.
//
// Step 10 of docs/cutover.md.
func (r *run) confirm(ctx context.Context) (progress.Trigger, error) {
	r.watch.nudge()
	begun, requested := time.Now(), r.cutover.requested
	if requested.IsZero() { // by an earlier run
		requested = begun
	}
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
			r.emit(progress.PromotionConfirmed{By: by, Took: time.Since(requested)})
			return progress.TriggerSwitched, nil
		}
		if time.Since(begun) > r.opts.Assume.PromotionWithin {
			r.emit(progress.Noted{Text: fmt.Sprintf("the service did not confirm the promotion within %v; its status is %q",
				r.opts.Assume.PromotionWithin, v.desc.Status)})
			return progress.TriggerSwitched, nil
		}
		if err := sleep(ctx, paceSync(time.Since(begun), 0)); err != nil {
			return "", err
		}
	}
}
