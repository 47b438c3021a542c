package migration

import (
	"fmt"
	"slices"

	"github.com/cachelift/cachelift/progress"
	"github.com/cachelift/cachelift/verify"
)

// The names of the steps that [Options].Verify adds.
const (
	// StepVerifyInSync is the step of Verify.InSync, directly behind in_sync.
	StepVerifyInSync progress.State = "verify-in-sync"
	// StepVerifyInPause is the step of Verify.InPause, directly behind draining.
	StepVerifyInPause progress.State = "verify-in-pause"
	// StepVerifyPromoted is the step of Verify.Promoted, directly behind completing.
	StepVerifyPromoted progress.State = "verify-promoted"
)

// Verify says where on the way of a migration both ends are compared, and how.
// Each place that is not nil is a step of the workflow, see [VerifyStep], with its
// own state, events, and entry in [Result].Verify. The zero value compares
// nothing: any comparison reads the names of all keys of a source in production,
// and a full one all values.
//
// There is no place behind switching: the application writes to the target then,
// and the source, which is closed, has none of it. To compare elsewhere, put a
// VerifyStep into Options.Workflow.
type Verify struct {
	// InSync is compared while the target follows and writes go on: what differs is
	// looked at again until it is proven. The run fails before writes were paused, and
	// the target goes on following. The pause waits for it, however long it takes. An
	// empty Mode means [verify.ModeSample] here.
	InSync *verify.Options
	// InPause is compared between draining and completing: both ends stand still
	// there. It counts against Options.MaxWritePause, so that it is for data that can
	// be read in that time. A difference, or too little time, backs the cut-over out,
	// resumes writes and ends the run. Rehearse compares too, and so tells what it
	// would cost. An empty Mode means [verify.ModeFull].
	InPause *verify.Options
	// Promoted is compared between completing and switching, with writes still
	// paused and the application on neither end. It has MaxWritePause once more. The
	// point of no return is behind it: the run ends with [ErrPastNoReturn], writes
	// stay paused, and running again compares again. An empty Mode means
	// [verify.ModeFull].
	Promoted *verify.Options
	// Accept are the verdicts beside [verify.Equal] with which the migration goes
	// on, in all three places; see [VerifyStep].
	Accept []verify.Verdict
}

// addTo puts the steps into a workflow.
func (v Verify) addTo(w Workflow) Workflow {
	if v.InSync != nil {
		opts := *v.InSync
		orDefault(&opts.Mode, verify.ModeSample)
		w = w.After(progress.StateInSync, VerifyStep(string(StepVerifyInSync), &opts, v.Accept...))
	}
	if v.InPause != nil {
		w = w.After(progress.StateDraining, VerifyStep(string(StepVerifyInPause), v.InPause, v.Accept...))
	}
	if v.Promoted != nil {
		w = w.After(progress.StateCompleting, VerifyStep(string(StepVerifyPromoted), v.Promoted, v.Accept...))
	}
	return w
}

// comparison is what a step of [VerifyStep] does.
type comparison struct {
	opts   verify.Options
	accept []verify.Verdict
}

// VerifyStep is a step that compares the two ends of the migration by
// [verify.Compare]. It goes anywhere behind in_sync and before switching, once or
// several times; elsewhere the target is not a copy of the source, and [New]
// refuses it. Nil opts compare everything. Progress is told as [progress.Noted]
// every 10 seconds, without keys.
//
// With the verdict [verify.Equal] the migration goes on, and with those in accept,
// which may also be [verify.Different] for a comparison that only reports. While
// writes are open it also goes on when nothing but keys that are written all the
// time is left to prove. Otherwise the step fails for good with a
// [*VerifyError]; what that does is told at [Step].
//
// A Checkpoint is refused inside the write pause: it tells of what there was before
// writes were resumed. Names of keys that differ go to OnDifference alone.
func VerifyStep(name string, opts *verify.Options, accept ...verify.Verdict) Step {
	c := &comparison{accept: slices.Clone(accept)}
	if opts != nil {
		c.opts = *opts
	}
	return Step{Name: name, Run: c.runner(progress.State(name)), compares: c}
}

// validateCompares reports what is wrong with a step of [VerifyStep], where it
// stands.
func (s Step) validateCompares(f flow) []error {
	if s.compares == nil {
		return nil
	}
	var errs []error
	if err := s.compares.opts.Validate(); err != nil {
		errs = append(errs, s.bad("%w", err))
	}
	known := []verify.Verdict{verify.Equal, verify.EqualButExpiry, verify.Different, verify.NotProven}
	for _, v := range s.compares.accept {
		if !slices.Contains(known, v) {
			errs = append(errs, s.bad("accepts the verdict %q, want %s", v, fmt.Sprint(known)))
		}
	}
	state := progress.State(s.Name)
	switch {
	case !f.after(state, progress.StateInSync):
		errs = append(errs, s.bad("compares both ends and stands before the target is in sync, want it behind in_sync"))
	case f.after(state, progress.StateSwitching):
		errs = append(errs, s.bad("compares both ends and stands behind switching, where the application writes to the target alone; want it before switching"))
	case f.inPause(state) && s.compares.opts.Checkpoint != nil:
		errs = append(errs, s.bad("verify.Options.Checkpoint is set inside the write pause, want none: it would tell of what there was before"))
	}
	return errs
}
