package migration

import (
	"context"
	"errors"
	"time"
)

// Step is a step of the host's own in a [Workflow], e.g. an approval, a DNS
// change, a smoke test. It is a state like the built-in ones: it shows in
// events, snapshots, JSON and the diagram by its name.
//
// # Called again
//
// Run must be idempotent, and so must Undo, because they are called again:
//
//   - Run, when it returned an error and Retry allows another try;
//   - Run of steps between in_sync and completing, in each new attempt at the
//     cut-over after one that backed out; of those between syncing and pausing
//     also when the target fell behind before writes were paused;
//   - Run, when a run was interrupted and a later one, perhaps in another
//     process, goes on: from the first step behind the last built-in state that
//     is known to be over. So a step that was cut short is called again, and a
//     step that had returned may be. Steps between pausing and completing are
//     then called in the state completing. If one of those fails there, writes
//     stay paused and the error is [ErrOutcomeUnknown], because the run before
//     may have requested the completion: run again, or Abort.
//
// # Undo
//
// Undo takes back what Run did, all of it or half, or nothing if Run was never
// called. It is called in the reverse order of the workflow, also for the step
// that failed:
//
//   - when the cut-over backs out, or the run fails before the point of no
//     return: of the steps begun since in_sync. Those inside the pause come
//     first and have 10 seconds together, then writes are resumed, then come the
//     others;
//   - when [Migrator.Abort] ends the migration: of all steps before completing,
//     since those of an earlier process are not known.
//
// An error of Undo is told and holds up nothing: writes are resumed, and the
// run then ends with it. Past the point of no return nothing is undone. A
// context that ends before writes are paused undoes nothing either, since a
// later run goes on there.
//
// # Time
//
// A step before the pause may take days. Once the target replicates, both ends
// are looked at meanwhile, at least every 45 seconds, or every Options.PollEvery if
// that is longer; the step's context ends, with the reason as its cause, when
// the migration does. Before writes are paused the target has to be in sync for
// Options.InSyncFor again if a step took longer than a few seconds.
//
// Steps between pausing and completing share Options.MaxWritePause with pause
// and drain; those between completing and switching have MaxWritePause once
// more, and their failure ends the run with [ErrPastNoReturn] and writes paused,
// since it can only go forward: Run again.
//
// A step that does not return within 5 seconds after its context ended is
// abandoned with an error, and not tried again; it may still be going when Undo
// is called. A panic is an error, see [PanicError].
type Step struct {
	// Name is the name of the state: 1 to 40 lower-case letters, digits, - and
	// _, a letter first. Required, and one of its own.
	Name string
	// Run does the work. Required. When it returns nil the next state is
	// entered; when it returns an error that is final, the run ends or the
	// cut-over backs out.
	Run func(ctx context.Context, s *Session) error
	// Undo takes back what Run did. Nil means that there is nothing to take
	// back; it must be nil behind completing. Its context is alive although the
	// run's may not be, for at most 30 seconds.
	Undo func(ctx context.Context, s *Session) error
	// Timeout bounds each call of Run. Zero means no bound but that of the write
	// pause, if it stands inside.
	Timeout time.Duration
	// Retry is how Run is tried again after an error, unless the error is
	// marked with [Permanent]. Zero delays are those of Options.Retry, and if
	// there are none, 500 milliseconds doubling to 20 seconds; zero Tries are 3,
	// and without MaxElapsed there is no other bound.
	Retry Retry
	// NeedsPause says that the step is right only while writes to the source
	// are paused; a workflow in which it stands elsewhere is refused.
	NeedsPause bool

	compares *comparison // of VerifyStep
}

// stepTries is how often a step is called if it does not say.
const stepTries = 3

// Permanent marks an error of a [Step] as final, so that it is not tried again,
// e.g. an approval that was denied. [errors.Is] and [errors.As] see err through
// it. Permanent(nil) is nil.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return &permanent{err}
}

type permanent struct{ err error }

func (e *permanent) Error() string { return e.err.Error() }
func (e *permanent) Unwrap() error { return e.err }

// isFinal reports whether a step's error is not to be tried again.
func isFinal(err error) bool {
	var final *permanent
	var panicked *PanicError
	return errors.As(err, &final) || errors.As(err, &panicked) || errors.Is(err, errAbandoned) || errors.Is(err, errExited) || errors.Is(err, ErrLeaseLost)
}
