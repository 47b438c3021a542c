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
//
// Steps of the host before the point of no return are undone, also those that
// an earlier process may have called. One that could not be undone is the error;
// once the replication has ended, a second Abort does not try it again.
//
// Only Options.Cutover knows whether writes are paused; without one they are
// left as they are. A target that does not replicate, and was not promoted from
// the source as it stands, is taken for one that never took over, and paused
// writes are resumed: call Abort only while the application is on the source.
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
	_, err = m.withLease(ctx, func() (Result, error) {
		r := m.newRun(ctx, progress.StateAborted)
		r.settings = r.tellSettings()
		defer r.close()
		return r.end(r.abortObserved(ctx, reason))
	})
	if errors.Is(err, ErrAborted) {
		return nil
	}
	return err
}

// abortActive asks the active run and waits for its end.
func (m *Migrator) abortActive(ctx context.Context, reason string) error {
	m.mu.Lock()
	begun, idle := m.begun, m.idle
	m.mu.Unlock()
	select { // what there is to abort is not known before
	case <-ctx.Done():
		return fmt.Errorf("migration: abort: %w", context.Cause(ctx))
	case <-idle: // it ended, or was an Abort as well: see what it left
		return m.Abort(ctx, reason)
	case <-begun:
	}
	m.mu.Lock()
	r, same := m.active, m.begun == begun
	m.mu.Unlock()
	if r == nil || !same {
		return m.Abort(ctx, reason) // it ended just now
	}
	if err := r.requestAbort(reason); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return fmt.Errorf("migration: abort was requested and has not ended yet: %w", context.Cause(ctx))
	case <-idle:
	}
	switch { // the run has ended, and nobody else touches it
	case r.notUndone == nil && (r.failure == nil && r.result.State == progress.StateAborted || errors.Is(r.failure, ErrAborted)):
		return nil
	case r.failure != nil:
		return r.failure
	}
	return newError(r.result.State, "Abort", errors.New("the run ended before it was aborted"))
}

// requestAbort refuses past the point of no return. It takes the lock under
// which transitions are made, so that none is crossed in between.
func (r *run) requestAbort(reason string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.flow.pastNoReturn(r.machine.Current()) {
		return ErrPastNoReturn
	}
	r.aborted = reason
	r.interrupt(ErrAborted)
	return nil
}

func (r *run) abortReason() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.aborted
}

// abortObserved aborts what is found.
func (r *run) abortObserved(ctx context.Context, reason string) error {
	o, d, err := r.settle(ctx)
	if err != nil {
		return r.stopped(ctx, progress.StateNew, "observe", r.unseen(ctx, o.pause, err))
	}
	refused := func(err error) error { return newError(r.state(), "Abort", err) }
	switch {
	case errors.Is(d.err, ErrEnded):
		return nil
	case errors.Is(d.err, ErrOutcomeUnknown) && o.link == linkNone && !errors.Is(d.err, ErrTargetBusy), o.link == linkNone && o.verdict == target.VerdictFailed && !o.ended:
		return r.abortNothing(ctx, o, refused)
	case d.err == nil && d.state == progress.StateCompleting && o.link == linkNone && o.status == statusAvailable && r.startedAnew(ctx):
		return r.abortNothing(ctx, o, refused)
	case d.err != nil:
		return refused(r.withLeftovers(ctx, o, d.err))
	case o.link == linkOurs && o.status == statusMigrating && d.state == progress.StateCompleting:
		// The target still follows and the service is not completing, so that
		// no process has switched the application.
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

// perhapsBegun takes all steps before the point of no return for begun: what is
// found does not tell how far the process before had come.
func (r *run) perhapsBegun() {
	for _, step := range r.flow.hosts(progress.StateNew, progress.StateCompleting) {
		r.begunSteps[progress.State(step.Name)] = true
	}
}

// abortNothing is for a group that is under no migration: at most writes are
// paused still.
func (r *run) abortNothing(ctx context.Context, o observed, refused func(error) error) error {
	r.perhapsBegun()
	switch {
	case !o.exists:
		return refused(fmt.Errorf("there is no %s", r.plan.Target))
	case o.pause == pauseUnknown:
		return refused(errors.New("nothing is under way, and it could not be told whether writes to the source are paused: " + strings.Join(r.Snapshot().Gaps, "; ")))
	case o.pause == pauseYes:
		given := o.verdict == target.VerdictFailed && !o.ended // it says itself that there was no promotion by request
		switch promoted, err := r.promotedFromSource(ctx); {
		case given:
		case err != nil:
			return refused(fmt.Errorf("%w: %w", ErrOutcomeUnknown, err))
		case promoted:
			return refused(fmt.Errorf("%w: the target was promoted from this source", ErrPastNoReturn))
		}
		if err := r.reopen(ctx); err != nil {
			return refused(err)
		}
	}
	if err := r.undoLeftovers(ctx, o); err != nil { // of a pause that is none
		return refused(err)
	}
	if r.undoSince(ctx, progress.StateNew); r.notUndone != nil {
		return refused(r.notUndone)
	}
	return nil
}

// stepAborting opens the source again, ends the replication and undoes the
// steps of the host. An error of an undo holds up nothing.
func (r *run) stepAborting(ctx context.Context) (progress.Trigger, error) {
	r.lookAway() // what an attempt had begun
	r.proofs.stop()
	if r.resumed {
		r.perhapsBegun()
	}
	if r.Snapshot().Writes == progress.WritesPaused { // somebody else may have completed since that was seen
		if err := r.notPromoted(ctx); err != nil {
			return "", opError("ResumeWrites", fmt.Errorf("%w: %w", ErrOutcomeUnknown, err))
		}
	}
	if err := r.reopen(ctx); err != nil {
		return "", opError("ResumeWrites", err)
	}
	if err := r.stopReplication(ctx); err != nil {
		return "", r.withUndone(err)
	}
	r.undoSince(ctx, progress.StateNew)
	if r.notUndone != nil {
		return "", opError("undo", r.notUndone)
	}
	return progress.TriggerAborted, nil
}

func (r *run) stopReplication(ctx context.Context) error {
	begun := time.Now()
	err := r.retry(ctx, "CompleteMigration", r.requestStop)
	if err != nil {
		return err
	}
	r.watch.nudge()
	for {
		_, l, _ := r.askPrimary(ctx)
		if l == linkNone && r.available(begun) {
			return nil
		}
		if time.Since(begun) > r.opts.Assume.PromotionWithin {
			return opError("CompleteMigration", fmt.Errorf("%w: the target did not become a primary again within %v", errTimeout, r.opts.Assume.PromotionWithin))
		}
		if err := sleep(ctx, pollSlow); err != nil {
			return err
		}
	}
}

// requestStop forces the replication to end. That nothing is under way is
// success; a state in which the call is refused passes and is waited for.
func (r *run) requestStop(ctx context.Context) error {
	o := r.glance(ctx, askedStart, time.Time{})
	switch {
	case o.link == linkOther:
		return fmt.Errorf("%w: its primary replicates from %s, the plan's source is %s", ErrTargetBusy, o.texts.upstream, o.texts.source)
	case o.link == linkOurs, !r.result.Sync.RequestedAt.IsZero(), o.named == namedOurs:
	case o.status == statusMigrating:
		return fmt.Errorf("%w: its status is %s, and nothing shows that the migration is this one", ErrTargetBusy, o.status)
	default:
		return nil // at most a TestMigration, which ends by itself
	}
	err := r.act(ctx, progress.ActionForceStop, r.group.ForceStop)
	if target.IsNotUnderMigration(err) {
		return nil
	}
	return err
}
