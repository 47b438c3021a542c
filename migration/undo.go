package migration

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cachelift/cachelift/internal/retry"
	"github.com/cachelift/cachelift/progress"
)

// How long undoing may take. Inside the write pause all steps together have
// little, because the application is waiting.
const (
	undoInPause = 10 * time.Second
	undoWithin  = 30 * time.Second
)

// undoTries is how often an Undo is called.
const undoTries = 3

// reopen undoes the steps inside the write pause, resumes writes and undoes
// what came between in_sync and the pause.
func (r *run) reopen(ctx context.Context) error {
	inPause, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoInPause)
	defer cancel()
	r.undo(inPause, r.flow.inPause)
	if err := r.resumeWrites(ctx); err != nil {
		return err
	}
	r.undoSince(ctx, progress.StateInSync)
	return nil
}

// undoSince undoes the steps behind a state.
func (r *run) undoSince(ctx context.Context, s progress.State) {
	r.undo(context.WithoutCancel(ctx), func(step progress.State) bool { return r.flow.after(step, s) })
}

// undo calls Undo of the steps that were begun and that which takes, the last
// one first. What fails holds up nothing; the run ends with it.
func (r *run) undo(ctx context.Context, which func(progress.State) bool) {
	for _, g := range slices.Backward(r.flow.stages) {
		if !r.begunSteps[g.state] || !which(g.state) {
			continue
		}
		if ctx.Err() != nil {
			return // those that are left have their turn when writes have been resumed
		}
		delete(r.begunSteps, g.state)
		if g.step.Undo != nil {
			r.notUndone = errors.Join(r.notUndone, r.undoStep(ctx, *g.step))
		}
	}
}

func (r *run) undoStep(ctx context.Context, s Step) error {
	ctx, cancel := context.WithTimeout(ctx, undoWithin)
	defer cancel()
	attempt := 0
	policy := retry.Policy{Initial: 50 * time.Millisecond, Max: 2 * time.Second, Tries: undoTries, MaxElapsed: undoWithin, Jitter: r.opts.Retry.Jitter}
	err := retry.Do(ctx, policy, classifyStep, nil, func(ctx context.Context) error {
		attempt++
		return r.callOnce(ctx, s, progress.StepUndo, attempt)
	})
	if err == nil {
		return nil
	}
	return &stepError{s.Name, progress.StepUndo, err}
}

// withUndone adds what could not be undone to why it had to be.
func (r *run) withUndone(err error) error {
	if r.notUndone == nil || errors.Is(err, r.notUndone) {
		return err
	}
	op, cause := split(err, "undo")
	return opError(op, fmt.Errorf("%w; and %w", cause, r.notUndone))
}
