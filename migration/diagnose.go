package migration

import (
	"context"
	"errors"

	"github.com/cachelift/cachelift/internal/diagnose"
	"github.com/cachelift/cachelift/internal/target"
	"github.com/cachelift/cachelift/preflight"
	"github.com/cachelift/cachelift/progress"
)

// diagnose looks at the evidence once more and names the cause.
func (r *run) diagnose(ctx context.Context, s progress.State, err error) progress.Diagnosis {
	in := diagnose.Input{
		Err: err, Class: classify(err), Code: target.Code(err),
		Sample: r.Snapshot().Sample, Events: r.Snapshot().Events,
		LinkNeverUp: !r.result.Sync.RequestedAt.IsZero() && r.result.Sync.InSyncAt.IsZero(),
		TimedOut:    errors.Is(err, errTimeout) || errors.Is(err, ErrPausedTooLong),
		Busy:        errors.Is(err, ErrTargetBusy),
		Paused:      (errors.Is(err, ErrOutcomeUnknown) || errors.Is(err, ErrPastNoReturn)) && !r.flow.after(s, progress.StateSwitching),
	}
	var failed *serviceFailure
	if errors.As(err, &failed) {
		in.Failure = failed.event
	}
	if failed != nil || in.TimedOut {
		p := r.probeSource(ctx)
		in.Probe = &p
	}
	var host *cutoverError
	in.Cutover = errors.As(err, &host)
	var step *stepError
	if errors.As(err, &step) {
		in.Step = step.step
	}
	in.Stack = stackOf(err)
	var blocked *preflight.FailedError
	if errors.As(err, &blocked) {
		in.Blocked = &blocked.Report
	}
	return diagnose.Diagnose(in)
}
