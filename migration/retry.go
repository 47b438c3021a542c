package migration

import (
	"errors"
	"fmt"
	"time"

	"github.com/cachelift/cachelift/internal/node"
	"github.com/cachelift/cachelift/internal/retry"
	"github.com/cachelift/cachelift/internal/target"
)

// ErrorClass is what kind of failure an error is. How often and how long a call
// is tried again depends on it, see [Options.RetryClass].
type ErrorClass string

const (
	// ErrorThrottled: the service asks to be called less often.
	ErrorThrottled = ErrorClass(retry.Throttled)
	// ErrorTransport: no connection, a broken one, or no answer in time.
	ErrorTransport = ErrorClass(retry.Transport)
	// ErrorServer: the service failed by its own account, HTTP status 5xx.
	ErrorServer = ErrorClass(retry.Server)
	// ErrorBusy: the other side is in a state that passes: a group that is being
	// modified, a node that is being replaced, a Redis that loads its data.
	ErrorBusy = ErrorClass(retry.Busy)
	// ErrorNotInSync: a completion was refused because the ends were not in sync.
	// The same call is not made again: the cut-over backs out and is tried again as
	// a whole, see Options.CutoverAttempts.
	ErrorNotInSync = ErrorClass(retry.NotInSync)
	// ErrorPermission: the caller is not allowed, or not known.
	ErrorPermission = ErrorClass(retry.Permission)
	// ErrorPermanent: the same call will fail again for the same reason.
	ErrorPermanent = ErrorClass(retry.Permanent)
	// ErrorCanceled: whoever called gave up.
	ErrorCanceled = ErrorClass(retry.Canceled)
	// ErrorUnknown: nobody can tell.
	ErrorUnknown = ErrorClass(retry.Unknown)
)

// ErrorClasses returns all classes. The slice is the caller's.
func ErrorClasses() []ErrorClass {
	return []ErrorClass{
		ErrorThrottled, ErrorTransport, ErrorServer, ErrorBusy, ErrorNotInSync,
		ErrorPermission, ErrorPermanent, ErrorCanceled, ErrorUnknown,
	}
}

// Retry bounds the retries of one call. Each delay is drawn at random between
// zero and a bound that doubles from Initial to Max (full jitter). In
// Options.Retry a field that is not zero holds for all classes of errors that
// are tried again; zero means what [Options.RetryClass] says of the class.
type Retry struct {
	// Initial is the first bound.
	Initial time.Duration
	// Max is the last bound.
	Max time.Duration
	// MaxElapsed is how long after the first failure no further try begins.
	MaxElapsed time.Duration
	// Jitter returns a number from 0 to below 1, the part of the bound that the
	// next delay takes. Nil means a random one; a test that wants the same
	// delays each time gives a constant. May be called from any goroutine.
	Jitter func() float64
	// Tries is how often to call at the most. -1 means no bound but MaxElapsed.
	Tries int
}

// classPolicies are the defaults. A class that is missing is not tried again.
//
// Throttling passes when fewer call, so it is waited out the longest and with
// the longest delays. A state that passes, such as a node that is being
// replaced, takes minutes (documented: "typically completes within minutes"; the
// bound is assumed). Errors that nobody knows have two more tries: looking again
// does no harm, since what a call may have done is looked for before it is
// made again.
func classPolicies() retry.ByClass {
	return retry.ByClass{
		retry.Throttled: {Initial: time.Second, Max: time.Minute, MaxElapsed: 30 * time.Minute, Tries: -1},
		retry.Transport: {Initial: 500 * time.Millisecond, Max: 20 * time.Second, MaxElapsed: 10 * time.Minute, Tries: -1},
		retry.Server:    {Initial: 500 * time.Millisecond, Max: 20 * time.Second, MaxElapsed: 10 * time.Minute, Tries: -1},
		retry.Busy:      {Initial: time.Second, Max: 30 * time.Second, MaxElapsed: 30 * time.Minute, Tries: -1},
		retry.Unknown:   {Initial: 500 * time.Millisecond, Max: 5 * time.Second, MaxElapsed: time.Minute, Tries: 3},
	}
}

// policies are those of the classes with what the host says of all, and then of
// each.
func (o Options) policies() retry.ByClass {
	all := classPolicies()
	for c, p := range all {
		all[c] = o.Retry.over(p)
	}
	for c, r := range o.RetryClass {
		all[retry.Class(c)] = r.over(all[retry.Class(c)])
	}
	for c, p := range all {
		p.Jitter = o.Retry.Jitter
		all[c] = p
	}
	return all
}

// over puts what is set in place of the fields of a policy.
func (r Retry) over(p retry.Policy) retry.Policy {
	override(&p.Initial, r.Initial)
	override(&p.Max, r.Max)
	override(&p.MaxElapsed, r.MaxElapsed)
	override(&p.Tries, r.Tries)
	return p
}

func override[T comparable](v *T, by T) {
	var zero T
	if by != zero {
		*v = by
	}
}

// patience is how long an end of the migration may be out of reach.
func (o Options) patience() time.Duration { return o.policies()[retry.Transport].MaxElapsed }

// validateRetry finds what is wrong with one set of retries.
func validateRetry(field string, r Retry) []error {
	var errs []error
	for name, d := range map[string]time.Duration{"Initial": r.Initial, "Max": r.Max, "MaxElapsed": r.MaxElapsed} {
		if d < 0 {
			errs = append(errs, fmt.Errorf("migration: %s.%s is %v, want at least 0s", field, name, d))
		}
	}
	if r.Tries < -1 {
		errs = append(errs, fmt.Errorf("migration: %s.Tries is %d, want -1 or more", field, r.Tries))
	}
	return errs
}

// validateRetryClass finds classes for which a host cannot choose.
func validateRetryClass(classes map[ErrorClass]Retry) []error {
	var errs []error
	for c, r := range classes {
		field := fmt.Sprintf("Options.RetryClass[%q]", c)
		switch c {
		case ErrorThrottled, ErrorTransport, ErrorServer, ErrorBusy, ErrorPermission, ErrorUnknown:
		default:
			errs = append(errs, fmt.Errorf("migration: %s: want one of throttled, transport, server, busy, permission and unknown: the others are never made again as they are", field))
		}
		if r.Jitter != nil {
			errs = append(errs, fmt.Errorf("migration: %s.Jitter is set, want it in Options.Retry", field))
		}
		errs = append(errs, validateRetry(field, r)...)
	}
	return errs
}

// ambiguous reports whether a call that failed may have been accepted all the
// same; one that was not made for want of the lease was not.
func ambiguous(err error) bool { return target.Ambiguous(err) && !errors.Is(err, ErrLeaseLost) }

// classify tells what kind of failure an error is, of whichever end.
func classify(err error) retry.Class {
	if stackOf(err) != "" || errors.Is(err, ErrLeaseLost) {
		return retry.Permanent // a panic of the host's client comes again
	}
	if c := node.Classify(err); c != retry.Unknown {
		return c
	}
	return target.Classify(err)
}
