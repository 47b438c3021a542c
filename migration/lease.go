package migration

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cachelift/cachelift/progress"
)

// Errors of a [Lease]; test for them with [errors.Is].
var (
	// ErrLeaseHeld: somebody else drives the plan. Nothing has been changed.
	ErrLeaseHeld = errors.New("the lease is held by somebody else")
	// ErrLeaseLost: the lease was lost while driving. The run stopped before its
	// next side effect, and takes nothing back: what it left, paused writes
	// included, is the business of whoever holds the lease now.
	ErrLeaseLost = errors.New("the lease was lost")
)

// Lease keeps two processes from driving one plan, see Options.Lease. [FileLease]
// is one for processes on one machine; a row in a database or a lock of the
// orchestrator does it for several. Run, RunUntil and Abort take it; Status and
// Preflight, which change nothing, do not.
//
// An implementation is given to one [Migrator]; its methods are called one at a
// time. A panic is an error.
type Lease interface {
	// Acquire takes the lease for the plan, or returns an error that wraps
	// [ErrLeaseHeld] and says who has it. It does not wait for the holder. A lease
	// that its holder lost by dying must be had again in time.
	Acquire(ctx context.Context, p Plan) error
	// Check returns nil as long as the lease is certainly held, and else an
	// error: the run then ends with [ErrLeaseLost]. It is called before each side
	// effect, paused writes included, so it should answer within milliseconds. An
	// error of the store counts as a lost lease.
	Check(ctx context.Context) error
	// Release gives the lease up. It is called once for each Acquire that
	// succeeded, on a context that is alive.
	Release(ctx context.Context) error
}

// checkWithin bounds one Check: writes may be paused. One that does not answer in
// time counts as a lost lease.
const checkWithin = 5 * time.Second

// withLease calls do while the lease is held.
func (m *Migrator) withLease(ctx context.Context, do func() (Result, error)) (Result, error) {
	lease := m.opts.Lease
	if lease == nil {
		return do()
	}
	take := safely(func(ctx context.Context) error { return lease.Acquire(ctx, m.plan) })
	if err := take(ctx); err != nil {
		return Result{}, newError(progress.StateNew, "Lease.Acquire", err)
	}
	result, err := do()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), resumeWithin)
	defer cancel()
	if e := safely(lease.Release)(ctx); e != nil && !errors.Is(err, ErrLeaseLost) {
		err = errors.Join(err, newError(result.State, "Lease.Release", e))
	}
	return result, err
}

// leased returns nil if this process may change something.
func (m *Migrator) leased(ctx context.Context) error {
	if m.opts.Lease == nil {
		return nil
	}
	// A run that was cancelled may have to resume writes, and may do that only
	// while the lease is held.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), checkWithin)
	defer cancel()
	if err := await(ctx, apart(ctx, m.opts.Lease.Check)); err != nil {
		return &leaseError{err}
	}
	return nil
}

// leaseError marks the error of a lease that was lost.
type leaseError struct{ err error }

func (e *leaseError) Error() string   { return fmt.Sprintf("%v: %v", ErrLeaseLost, e.err) }
func (e *leaseError) Unwrap() []error { return []error{ErrLeaseLost, e.err} }

// lost is the error of a run whose lease is gone. Nothing is taken back and the
// machine stays where it is: somebody else drives.
func (r *run) lost(s progress.State, err error) error {
	if r.flow.pastNoReturn(s) {
		err = r.pastNoReturn(s, err)
	}
	op, cause := split(err, string(s))
	failed := newError(s, op, r.saysPaused(cause))
	failed.stopped = true
	return failed
}
