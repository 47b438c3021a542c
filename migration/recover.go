package migration

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cachelift/cachelift/internal/retry"
	"github.com/cachelift/cachelift/internal/target"
	"github.com/cachelift/cachelift/progress"
)

// resumeWithin bounds the attempts to resume writes. They run although the
// run's context may have ended: a paused source must not be left behind.
const resumeWithin = 30 * time.Second

// failedOp is an error with the name of what was being done.
type failedOp struct {
	op  string
	err error
}

func (e *failedOp) Error() string { return e.op + ": " + e.err.Error() }
func (e *failedOp) Unwrap() error { return e.err }

func opError(op string, err error) error {
	var e *failedOp
	if err == nil || errors.As(err, &e) {
		return err
	}
	return &failedOp{op, err}
}

// split returns the operation that an error names, or the fallback, and the
// error below it.
func split(err error, fallback string) (string, error) {
	if e, ok := err.(*failedOp); ok {
		return e.op, e.err
	}
	return fallback, err
}

// refusal is a definite answer that the completion did not and will not happen,
// so that writes may be resumed.
type refusal struct{ err error }

func (e *refusal) Error() string { return "completion refused: " + e.err.Error() }
func (e *refusal) Unwrap() error { return e.err }

// recover decides what follows a step's error: backing out of a cut-over,
// aborting, or the end of the run.
func (r *run) recover(ctx context.Context, s progress.State, err error) (progress.Trigger, error) {
	r.lookAway()
	r.proofs.stop()
	if errors.Is(err, ErrLeaseLost) {
		return "", r.lost(s, err)
	}
	var refused *refusal
	backOut := r.flow.backsOut(s) || errors.As(err, &refused)
	drained := time.Now()
	if backOut {
		switch e := r.backOut(ctx, err); {
		case errors.Is(e, ErrLeaseLost):
			return "", r.lost(s, e)
		case e != nil:
			return "", r.fail(ctx, s, "ResumeWrites", e)
		}
	}
	if r.flow.replicating(s) && r.startsAgain(ctx, s, err) { // before the next two: it waits
		return progress.TriggerStartAgain, nil
	}
	if reason := r.abortReason(); reason != "" && s != progress.StateAborting {
		if !r.flow.after(s, progress.StatePreflight) { // nothing has been begun at AWS
			r.undoSince(ctx, progress.StateNew)
			return "", newError(s, "Abort", r.withUndone(fmt.Errorf("%w: %s", ErrAborted, reason)))
		}
		return progress.TriggerAbort, nil
	}
	if r.flow.pastNoReturn(s) && !backOut {
		err = r.pastNoReturn(s, err)
	}
	if context.Cause(ctx) != nil {
		if backOut {
			if e := r.fire(ctx, progress.TriggerBackedOut); e != nil {
				return "", e
			}
		}
		return "", r.stopped(ctx, s, "stopped", r.withUndone(err))
	}
	if !backOut {
		if !r.flow.pastNoReturn(s) && s != progress.StateAborting {
			r.undoSince(ctx, progress.StateInSync)
		}
		return "", r.fail(ctx, s, string(s), r.withUndone(err))
	}
	if errors.Is(err, errRehearsed) && r.notUndone == nil {
		r.rehearsed(drained)
		return progress.TriggerBackedOut, nil
	}
	if r.flow.backsOut(s) && errors.Is(err, errPostponed) && r.notUndone == nil {
		r.cutover.attempt--
		return progress.TriggerBackedOut, nil
	}
	r.result.BackedOut = append(r.result.BackedOut, err.Error())
	if again := r.cutover.failed(err, r.opts.CutoverAttempts, r.opts.CutoverRetryAfter); again && r.notUndone == nil {
		r.emit(progress.Noted{Text: fmt.Sprintf("cut-over attempt %d of %d backed out: %v", r.cutover.attempt, r.opts.CutoverAttempts, err)})
		return progress.TriggerBackedOut, nil
	}
	if e := r.fire(ctx, progress.TriggerBackedOut); e != nil {
		return "", e
	}
	return "", r.fail(ctx, s, string(s), r.withUndone(err))
}

// pastNoReturn makes sure that an error past the point of no return says so:
// writes are paused, and stay so.
func (r *run) pastNoReturn(s progress.State, err error) error {
	switch {
	case errors.Is(err, ErrOutcomeUnknown), errors.Is(err, ErrSourceOpen):
		return err
	case r.flow.after(s, progress.StateSwitching), !r.result.Cutover.SwitchedAt.IsZero():
		op, cause := split(err, "Switch")
		return opError(op, fmt.Errorf("%w: the application is on the target already: %w", ErrPastNoReturn, cause))
	case s != progress.StateCompleting:
		op, cause := split(err, "Switch")
		return opError(op, fmt.Errorf("%w: the target is promoted, writes to the source stay paused: %w", ErrPastNoReturn, cause))
	}
	op, cause := split(err, "CompleteMigration")
	return opError(op, fmt.Errorf("%w: %w", ErrOutcomeUnknown, cause))
}

// backOut resumes writes and undoes the steps of the host since in_sync, unless
// the target is a primary and nothing shows that it was not promoted by a
// completion: another process, or a person, may have requested it.
func (r *run) backOut(ctx context.Context, why error) error {
	look, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.opts.Assume.EventGrace+resumeWithin)
	defer cancel()
	if err := r.notPromoted(look); err != nil {
		return fmt.Errorf("%w: %w (after %w)", ErrOutcomeUnknown, err, why)
	}
	if err := r.reopen(ctx); err != nil {
		return fmt.Errorf("%w (after %w)", err, why)
	}
	return nil
}

// notPromoted returns nil unless the target may have been promoted with writes
// paused. A target that does not answer has not been asked to complete by us, and keeps
// nobody waiting for long; but one that was seen to be a primary stays one.
func (r *run) notPromoted(ctx context.Context) error {
	r.watch.nudge()
	primary := false
	for begun := time.Now(); ; {
		switch l := r.askSoon(ctx); {
		case l == linkNone:
			primary = true
		case l != linkUnknown || !primary:
			return nil
		}
		switch e, verdict := r.watch.newest(r.eventsMark, target.VerdictCompleted, target.VerdictFailed); verdict {
		case target.VerdictCompleted:
			return &serviceFailure{event: e, what: "the target was promoted, and not by this run"}
		case target.VerdictFailed:
			return nil
		}
		if time.Since(begun) > r.opts.Assume.EventGrace {
			return errors.New("the target is a primary, and no event says how it became one")
		}
		if err := sleep(ctx, pollSlow); err != nil {
			return err
		}
	}
}

// askSoon asks the target's primary whom it follows, for as long as writes may stay paused
// because of it.
func (r *run) askSoon(ctx context.Context) link {
	ctx, cancel := context.WithTimeout(ctx, proofWithin)
	defer cancel()
	_, l, _ := r.askPrimary(ctx)
	return l
}

// stopped is the error of a run that somebody ended. The migration itself has
// not failed; the machine stays where it is.
func (r *run) stopped(ctx context.Context, s progress.State, op string, err error) error {
	cause := context.Cause(ctx)
	if cause == nil {
		return r.fail(ctx, s, op, err)
	}
	if !errors.Is(err, cause) {
		err = fmt.Errorf("%w (%w)", cause, err)
	}
	failed := newError(s, op, r.saysPaused(err))
	failed.stopped = true
	return failed
}

// saysPaused adds that writes are paused to an error that does not say so.
func (r *run) saysPaused(err error) error {
	if r.Snapshot().Writes != progress.WritesPaused || errors.Is(err, ErrPastNoReturn) || errors.Is(err, ErrOutcomeUnknown) {
		return err
	}
	return fmt.Errorf("%w; writes to the source are paused, and stay so", err)
}

// fail ends the run in the state failed, with a diagnosis. s is where the error
// happened, which need not be where the machine is by now.
func (r *run) fail(ctx context.Context, s progress.State, fallback string, err error) error {
	op, cause := split(err, fallback)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), resumeWithin)
	defer cancel()
	d := r.diagnose(ctx, s, cause)
	cause = r.saysPaused(cause)
	if e := r.fire(ctx, progress.TriggerFail); e != nil {
		cause = errors.Join(cause, e)
	}
	failed := newError(s, op, cause)
	failed.Diagnosis = &d
	return failed
}

// resumeWrites asks the host to resume writes, on a context that is alive
// although the run's may not be, and more than once.
func (r *run) resumeWrites(ctx context.Context) error {
	if r.opts.Cutover == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), resumeWithin)
	defer cancel()
	policy := retry.Policy{Initial: 50 * time.Millisecond, Max: 2 * time.Second, Tries: 10, MaxElapsed: resumeWithin, Jitter: r.opts.Retry.Jitter}
	err := retry.Do(ctx, policy, anyPasses, nil, func(ctx context.Context) error {
		return r.act(ctx, progress.ActionResumeWrites, ofCutover(r.opts.Cutover.ResumeWrites))
	})
	if err != nil {
		return fmt.Errorf("writes to the source may still be paused: %w", hostError(err))
	}
	r.cutover.resumedAt = time.Now()
	return nil
}

// anyPasses is for the host's own calls, whose errors the library cannot
// judge: they are tried again.
func anyPasses(err error) retry.Class {
	if errors.Is(err, ErrLeaseLost) {
		return retry.Permanent
	}
	return retry.Transport
}

// gaveUp is what an event of a migration that failed says.
const gaveUp = "ElastiCache gave up the migration"

// serviceFailure says that ElastiCache gave up the migration.
type serviceFailure struct {
	event progress.ServiceEvent // zero if none was published
	what  string
	ended bool // by somebody's request
}

func (e *serviceFailure) Error() string {
	if e.event.Message == "" {
		return e.what + "; no event says why"
	}
	return e.what + ": " + e.event.Message
}
