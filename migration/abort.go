package migration

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/cachelift/cachelift/internal/target"
	"github.com/cachelift/cachelift/progress"
)

// Abort stops the migration: it resumes paused writes and stops the
// replication with CompleteMigration and Force, the only call that makes it.
// The application stays on the source; the target keeps a copy of the data and
// becomes an ordinary group.
//
// If a run of this Migrator is active, it ends with [ErrAborted]; otherwise
// Abort observes first, so that it also stops what a dead process began. It
// returns nil when the target is a primary again and when nothing was under
// way, [ErrPastNoReturn] when completion has been requested, and
// [ErrTargetBusy] when the group is under a migration that is not the plan's.
// The reason is for the events.
func (m *Migrator) Abort(ctx context.Context, reason string) error {
	if reason == "" {
		reason = "no reason given"
	}
	release, err := m.acquire()
	if errors.Is(err, ErrRunning) {
		return m.abortActive(ctx, reason)
	}
	if err != nil {
		return err
	}
	defer release()
	r := m.newRun(ctx, progress.StateAborted)
	defer r.close()
	_, err = r.end(r.abortObserved(ctx, reason))
	if errors.Is(err, ErrAborted) {
		return nil
	}
	return err
}

// abortActive asks the active run and waits for its end.
func (m *Migrator) abortActive(ctx context.Context, reason string) error {
	m.mu.Lock()
	r, idle := m.active, m.idle
	m.mu.Unlock()
	if r == nil {
		return ErrRunning // it has not begun, or it is ending
	}
	if err := r.requestAbort(reason); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return fmt.Errorf("migration: abort was requested and has not ended yet: %w", context.Cause(ctx))
	case <-idle:
	}
	switch s := m.Snapshot(); s.State {
	case progress.StateAborted, progress.StateNew, progress.StatePreflight:
		return nil
	default:
		return fmt.Errorf("migration: the run ended in state %s before it could be aborted", s.State)
	}
}

// requestAbort refuses past the point of no return. It takes the lock under
// which transitions are made, so that none is crossed in between.
func (r *run) requestAbort(reason string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.machine.Current().PastNoReturn() {
		return ErrPastNoReturn
	}
	r.aborted = reason
	r.interrupt(ErrAborted)
	return nil
}

func (r *run) abortRequested() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.aborted != ""
}

// abortObserved aborts what is found.
func (r *run) abortObserved(ctx context.Context, reason string) error {
	o, err := r.observe(ctx)
	if err != nil {
		return r.stopped(ctx, progress.StateNew, "observe", err)
	}
	refused := func(err error) error { return &Error{State: r.state(), Op: "Abort", Err: err} }
	d := resume(o)
	if d.err != nil {
		return refused(d.err)
	}
	if o.link == linkOurs && d.state == progress.StateCompleting {
		// The target still follows, so that no process has switched the
		// application: whether a completion was requested does not matter.
		d.state = progress.StateDraining
	}
	if d.state.PastNoReturn() {
		return refused(ErrPastNoReturn)
	}
	if d.state == progress.StatePreflight {
		return r.abortNothing(ctx, o, refused)
	}
	r.attached = true
	started := progress.RunStarted{Source: r.plan.Source.String(), Target: r.plan.Target.String(), Resumed: true, Reason: d.reason + "; to be aborted: " + reason}
	if err := r.attach(ctx, d.state, started); err != nil {
		return err
	}
	r.mu.Lock()
	r.aborted = reason
	r.mu.Unlock()
	if err := r.fire(ctx, progress.TriggerAbort); err != nil {
		return err
	}
	return r.loop(ctx)
}

// abortNothing is for a group that is under no migration: at most writes are
// paused still.
func (r *run) abortNothing(ctx context.Context, o observed, refused func(error) error) error {
	switch {
	case !o.exists:
		return refused(fmt.Errorf("there is no %s", r.plan.Target))
	case o.pause == pauseUnknown:
		return refused(errors.New("nothing is under way, and it could not be told whether writes to the source are paused: " + strings.Join(r.Snapshot().Gaps, "; ")))
	case o.pause == pauseYes:
		if err := r.resumeWrites(ctx); err != nil {
			return refused(err)
		}
	}
	return nil
}

// stepAborting opens the source again and ends the replication.
func (r *run) stepAborting(ctx context.Context) (progress.Trigger, error) {
	if err := r.resumeWrites(ctx); err != nil {
		return "", opError("ResumeWrites", err)
	}
	begun := time.Now()
	err := r.retry(ctx, "CompleteMigration", r.requestStop)
	if err != nil {
		return "", err
	}
	r.watch.nudge()
	for {
		_, l, _ := r.askPrimary(ctx)
		if l == linkNone && r.available(begun) {
			return progress.TriggerAborted, nil
		}
		if time.Since(begun) > r.opts.Assume.PromotionWithin {
			return "", opError("CompleteMigration", fmt.Errorf("%w: the target did not become a primary again within %v", errTimeout, r.opts.Assume.PromotionWithin))
		}
		if err := r.tick(ctx, pollSlow); err != nil {
			return "", err
		}
	}
}

// requestStop forces the replication to end. That nothing is under way is
// success; a state in which the call is refused passes and is waited for.
func (r *run) requestStop(ctx context.Context) error {
	_, l, _ := r.askPrimary(ctx)
	if l == linkOther {
		return ErrTargetBusy
	}
	if !r.underMigration(l) {
		return nil
	}
	err := r.act(ctx, progress.ActionForceStop, r.group.ForceStop)
	if target.IsNotUnderMigration(err) {
		return nil
	}
	return err
}

// underMigration reports whether there is something to stop: a group in
// testing, or one whose start was not accepted yet, has nothing.
func (r *run) underMigration(l link) bool {
	v, _ := r.watch.view()
	return l == linkOurs || v.desc.Status != statusAvailable ||
		!r.result.Sync.RequestedAt.IsZero()
}
