package migration

import (
	"errors"
	"fmt"

	"github.com/cachelift/cachelift/internal/retry"
	"github.com/cachelift/cachelift/progress"
)

// Errors that a host branches on; test for them with [errors.Is].
var (
	// ErrNoCutover: the run goes past in_sync and Options.Cutover is nil.
	// Nothing has been changed.
	ErrNoCutover = errors.New("migration: Options.Cutover is required to go past in_sync")
	// ErrRunning: another call of this Migrator is driving the migration.
	ErrRunning = errors.New("migration: already running")
	// ErrTargetBusy: the group replicates from another source than the plan's
	// or is under a migration that is not ours.
	ErrTargetBusy = errors.New("the target is under another migration")
	// ErrPausedTooLong: MaxWritePause was used up in every attempt; writes
	// have been resumed on the source, and the target goes on replicating.
	ErrPausedTooLong = errors.New("the write pause took too long")
	// ErrPastNoReturn: completion has been requested, so that the migration
	// can only go forward. Writes to the source stay paused; Run again.
	ErrPastNoReturn = errors.New("migration: past the point of no return")
	// ErrOutcomeUnknown: completion was requested, by this run or perhaps by one
	// before, and it could not be told whether the target was promoted. Writes to
	// the source stay paused, because a write that it acknowledged now could be
	// lost.
	ErrOutcomeUnknown = errors.New("outcome of the completion is unknown, writes stay paused")
	// ErrSourceOpen: the target is promoted, and the source took writes after that: one
	// that was tried there was not refused. What it has acknowledged since its fence was
	// opened, by whoever did it, is nowhere else. The application is on the target, unless
	// the error has one of Switch in it; it also says whether writes to the source
	// could be paused again. Stop what writes to it, and compare both ends.
	ErrSourceOpen = errors.New("the target is promoted, and THE SOURCE TOOK WRITES after that, which are not on the target: stop whoever writes there, and compare both ends")
	// ErrEnded: a migration to the target has ended since the plan was made,
	// and writes to the source are open: it was aborted, or it finished and the
	// source was opened again. To migrate once more, make a new plan.
	ErrEnded = errors.New("a migration to the target has ended since the plan was made")
	// ErrAborted: Abort ended the run.
	ErrAborted = errors.New("aborted")
)

// Error is the error of a run: where it happened, what was being done, why it
// failed and what to do. Test for it with [errors.As]; Unwrap gives the cause.
// What follows from it for a host is in [Error.Retryable], [Error.NeedsOperator]
// and [Error.PastNoReturn].
type Error struct {
	// State is the state in which it happened.
	State progress.State
	// Op is what was being done, e.g. "StartMigration".
	Op string
	// Class is what kind of failure Err is; ErrorUnknown if nobody can tell.
	Class ErrorClass
	// Diagnosis is why, and what to do; nil when the run was stopped by its
	// context, by Abort or by the loss of its lease.
	Diagnosis *progress.Diagnosis
	// Err is the cause.
	Err error

	stopped bool // by its context or the loss of its lease; it did not fail
}

// newError returns an error without a diagnosis.
func newError(s progress.State, op string, err error) *Error {
	return &Error{State: s, Op: op, Class: ErrorClass(classify(err)), Err: err}
}

// Error gives state, operation, cause and remedy, on one line unless the cause
// has several.
func (e *Error) Error() string {
	s := fmt.Sprintf("migration: %s: %s: %v", e.State, e.Op, e.Err)
	if e.Diagnosis != nil && e.Diagnosis.Cause != progress.CausePreflight {
		s += " [" + e.Diagnosis.String() + "]"
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Retryable reports whether another Run with the same plan may come further
// although nobody changes anything: the diagnosis says so, or, without one, the
// class of the error; or the run was only stopped, by its context, by the loss of
// its lease, or because another process holds that.
func (e *Error) Retryable() bool {
	switch {
	case errors.Is(e.Err, ErrSourceOpen):
		return false
	case e.Diagnosis != nil:
		return e.Diagnosis.Retryable
	}
	return e.stopped || errors.Is(e.Err, ErrLeaseHeld) || retry.Class(e.Class).Retryable()
}

// NeedsOperator reports whether a person has to look before another Run: to put
// right what the diagnosis names, because it cannot be told whether the target was
// promoted while writes to the source stay paused, or because of [ErrSourceOpen].
func (e *Error) NeedsOperator() bool {
	if e.Diagnosis != nil && e.Diagnosis.NeedsOperator {
		return true
	}
	return !e.Retryable() && !errors.Is(e.Err, ErrAborted) || errors.Is(e.Err, ErrOutcomeUnknown)
}

// PastNoReturn reports whether completion has been requested, so that the
// migration can only go forward: writes to the source stay paused unless the
// application is on the target already. Run again, and do not open the source.
func (e *Error) PastNoReturn() bool {
	return errors.Is(e.Err, ErrPastNoReturn) || errors.Is(e.Err, ErrOutcomeUnknown)
}
