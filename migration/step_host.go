package migration

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cachelift/cachelift/internal/retry"
	"github.com/cachelift/cachelift/progress"
)

// stepError marks an error of a step of the host with the step's name.
type stepError struct {
	step string
	call progress.StepCall
	err  error
}

func (e *stepError) Error() string {
	if e.call == progress.StepUndo {
		return fmt.Sprintf("undo of step %s: %v", e.step, e.err)
	}
	return fmt.Sprintf("step %s: %v", e.step, e.err)
}

func (e *stepError) Unwrap() error { return e.err }

// stepHost is the step of a state that the host put into the workflow. While
// the target replicates and writes are open it is watched too: the step may
// take days.
func (r *run) stepHost(ctx context.Context, s Step) (progress.Trigger, error) {
	state := progress.State(s.Name)
	r.begunSteps[state] = true
	if r.watch != nil {
		r.primary() // brings the endpoint that a session gives out up to date
		if !r.flow.inPause(state) {
			r.watch.relax(relaxed)
		}
	}
	r.sights.pace(pollSlow) // whoever needs a look next sets the pace anew
	ctx, cancel := r.stepBudget(ctx, state)
	defer cancel()
	if r.flow.replicating(state) {
		return r.stepWatched(ctx, s)
	}
	if err := r.callStep(ctx, s); err != nil {
		return "", opError(opStep, r.orTooLong(ctx, err))
	}
	return progress.TriggerStepDone, nil
}

// opStep is the operation of an error of a step.
const opStep = "Step.Run"

// stepBudget gives the steps inside the write pause what is left of it; behind
// the point of no return they have as much once more, all together.
func (r *run) stepBudget(ctx context.Context, s progress.State) (context.Context, context.CancelFunc) {
	if !r.flow.inPause(s) {
		return context.WithCancel(ctx)
	}
	if !r.flow.pastNoReturn(s) {
		return context.WithDeadlineCause(ctx, r.cutover.deadline, ErrPausedTooLong)
	}
	if r.stepsUntil.IsZero() {
		r.stepsUntil = time.Now().Add(r.opts.MaxWritePause)
	}
	// Another cause: that error says that writes have been resumed.
	return context.WithDeadlineCause(ctx, r.stepsUntil, fmt.Errorf("the steps between completing and switching took longer than %v: %w",
		r.opts.MaxWritePause, context.DeadlineExceeded))
}

// callStep calls Run, again after errors as the step says.
func (r *run) callStep(ctx context.Context, s Step) error {
	attempt := 0
	tell := func(a retry.Attempt) {
		r.emit(progress.Retrying{Op: "step " + s.Name, Class: "step", Attempt: a.Number, Delay: a.Delay, Err: a.Err.Error()})
	}
	err := retry.Do(ctx, s.policy(r.opts.Retry), classifyStep, tell, func(ctx context.Context) error {
		attempt++
		return r.callOnce(ctx, s, progress.StepRun, attempt)
	})
	if err == nil {
		return nil
	}
	return &stepError{s.Name, progress.StepRun, err}
}

// classifyStep: the library cannot judge a host's errors, so they are tried
// again, but for those that say that it is of no use.
func classifyStep(err error) retry.Class {
	if isFinal(err) {
		return retry.Permanent
	}
	return retry.Transport
}

func (s Step) policy(o Retry) retry.Policy {
	p := retry.Policy{Initial: s.Retry.Initial, Max: s.Retry.Max, Tries: s.Retry.Tries, MaxElapsed: s.Retry.MaxElapsed, Jitter: guardJitter(s.Retry.Jitter)}
	if p.Jitter == nil {
		p.Jitter = o.Jitter
	}
	orDefault(&p.Initial, o.Initial)
	orDefault(&p.Initial, 500*time.Millisecond)
	orDefault(&p.Max, o.Max)
	orDefault(&p.Max, 20*time.Second)
	orDefault(&p.Tries, stepTries)
	orDefault(&p.MaxElapsed, -1)
	return p
}

// callOnce makes one call of Run or Undo and tells of it.
func (r *run) callOnce(ctx context.Context, s Step, call progress.StepCall, attempt int) error {
	if err := r.leased(ctx); err != nil {
		return err
	}
	do, timeout := s.Run, s.Timeout
	if call == progress.StepUndo {
		do, timeout = s.Undo, 0 // the caller's context is bounded
	}
	if timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, timeout, fmt.Errorf("the step's timeout of %v: %w", timeout, context.DeadlineExceeded))
		defer cancel()
	}
	session := &Session{run: r, attempt: attempt}
	defer session.close()
	state := progress.State(s.Name)
	inPause := r.flow.inPause(state) && r.Snapshot().Writes == progress.WritesPaused
	begun := time.Now()
	err := await(ctx, apart(ctx, func(ctx context.Context) error { return do(ctx, session) }))
	if cause := context.Cause(ctx); err != nil && cause != nil && !errors.Is(err, cause) {
		err = fmt.Errorf("%w: %w", cause, err)
	}
	e := progress.StepCalled{
		Step: state, Call: call, Attempt: attempt, Took: time.Since(begun), InPause: inPause, Stack: stackOf(err),
	}
	if err != nil {
		e.Err = err.Error()
	}
	r.emit(e)
	return err
}

// stepWatched calls the step and looks at both ends meanwhile. If ElastiCache
// gives the migration up, or the target follows somebody else, the step's
// context ends for that reason. The last step before the pause also waits until
// the target has been in sync for long enough.
func (r *run) stepWatched(ctx context.Context, s Step) (progress.Trigger, error) {
	state := progress.State(s.Name)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	ended := make(chan error, 1)
	go func() { ended <- r.callStep(ctx, s) }()
	calm := newCalm(r)
	if r.flow.approving(state) {
		calm = r.calm // since in_sync
	}
	for begun := time.Now(); ; {
		wait := time.NewTimer(paceStep(time.Since(begun), r.opts.PollEvery))
		select {
		case err := <-ended:
			wait.Stop()
			if err != nil {
				return "", opError(opStep, err)
			}
			return r.stepApproved(ctx, state, calm)
		case <-wait.C:
		}
		if err := calm.look(ctx); err != nil {
			cancel(err)
			if e := <-ended; e != nil && !errors.Is(e, err) {
				err = fmt.Errorf("%w (%w)", err, e)
			}
			return "", err
		}
	}
}

// stepApproved makes sure that the state is left for the pause only on fresh
// looks: during the step they were far apart.
func (r *run) stepApproved(ctx context.Context, s progress.State, c *calm) (progress.Trigger, error) {
	if !r.flow.approving(s) || r.flow.next(s) != progress.StatePausing {
		return progress.TriggerStepDone, nil
	}
	c.waiting = time.Time{}
	if time.Since(c.entered) > r.opts.PollEvery {
		c.entered = time.Now()
		r.watch.relax(1)
	}
	if err := c.look(ctx); err != nil {
		return "", err
	}
	return c.await(ctx, progress.TriggerStepDone)
}
