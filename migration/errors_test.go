package migration

import (
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/cachelift/cachelift/internal/retry"
	"github.com/cachelift/cachelift/progress"
)

func TestWhatFollowsFromAnError(t *testing.T) {
	t.Parallel()
	down := errors.New("down")
	diagnosed := func(cause progress.Cause, retryable bool, err error) *Error {
		e := newError(progress.StateSyncing, "sync", err)
		e.Diagnosis = &progress.Diagnosis{Cause: cause, Retryable: retryable}
		return e
	}
	plain := func(err error) *Error { return newError(progress.StateSyncing, "stopped", err) }
	stopped := func(err error) *Error { e := plain(err); e.stopped = true; return e }
	for _, row := range []struct {
		why                           string
		err                           *Error
		retryable, operator, noReturn bool
	}{
		{"throttled to the end", diagnosed(progress.CauseThrottled, true, down), true, false, false},
		{"a password at the source", diagnosed(progress.CauseSourceAuth, false, down), false, true, false},
		{"the process was stopped", stopped(fmt.Errorf("%w: %w", errors.New("SIGTERM"), down)), true, false, false},
		{"another process drives", plain(ErrLeaseHeld), true, false, false},
		{"the lease was lost", stopped(&leaseError{down}), true, false, false},
		{"the file of the lease cannot be opened", plain(fmt.Errorf("migration: FileLease: %w", os.ErrPermission)), false, true, false},
		{"another plan of the same id", plain(fmt.Errorf("%w: differs", ErrTargetBusy)), false, true, false},
		{"aborted on request", plain(fmt.Errorf("%w: because", ErrAborted)), false, false, false},
		{"promoted, and Switch fails", diagnosed(progress.CauseOutcomeUnknown, true, fmt.Errorf("%w: %w", ErrPastNoReturn, down)), true, false, true},
		{"switched, and the source is open", diagnosed(progress.CauseOutcomeUnknown, true, fmt.Errorf("%w: %w", ErrPastNoReturn, ErrSourceOpen)), false, true, true},
		{"nobody knows", diagnosed(progress.CauseOutcomeUnknown, false, fmt.Errorf("%w: %w", ErrOutcomeUnknown, down)), false, true, true},
		{"nobody knows, stopped", stopped(fmt.Errorf("%w: %w", ErrOutcomeUnknown, down)), true, true, true},
	} {
		got := [3]bool{row.err.Retryable(), row.err.NeedsOperator(), row.err.PastNoReturn()}
		if want := [3]bool{row.retryable, row.operator, row.noReturn}; got != want {
			t.Errorf("%s: retryable, needs an operator, past the point of no return: %v, want %v", row.why, got, want)
		}
	}
}

func TestErrorClasses(t *testing.T) {
	t.Parallel()
	opts := Options{}
	for _, c := range ErrorClasses() {
		p := opts.policies().For(retry.Class(c))
		again := c == ErrorThrottled || c == ErrorTransport || c == ErrorServer || c == ErrorBusy || c == ErrorUnknown
		if (p.Tries != 1) != again {
			t.Errorf("%s: %d tries, tried again: want %t", c, p.Tries, again)
		}
	}
	opts.Retry = Retry{Tries: 7}
	opts.RetryClass = map[ErrorClass]Retry{ErrorPermission: {Tries: 2}, ErrorBusy: {Tries: 9}}
	for c, want := range map[ErrorClass]int{ErrorThrottled: 7, ErrorUnknown: 7, ErrorPermission: 2, ErrorBusy: 9, ErrorPermanent: 1} {
		if got := opts.policies().For(retry.Class(c)).Tries; got != want {
			t.Errorf("%s: %d tries, want %d", c, got, want)
		}
	}
}
