package migration

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/cachelift/cachelift/internal/target"
	"github.com/cachelift/cachelift/preflight"
	"github.com/cachelift/cachelift/progress"
)

// Migrator drives one migration: the plan's. Make one with [New]. Its methods
// may be called from any goroutine; one at a time drives, see [ErrRunning].
type Migrator struct {
	plan  Plan
	opts  Options
	flow  flow
	group *target.Group

	mu        sync.Mutex
	snapshot  progress.Snapshot
	postponed postponed
	busy      bool
	active    *run
	begun     chan struct{} // closed when the run knows where the migration stands
	idle      chan struct{} // closed when nothing drives
}

// New returns a Migrator for the plan. It does no I/O, copies opts, which may
// be nil, and reports every problem of plan and options at once.
func New(plan Plan, api ElastiCacheAPI, opts *Options) (*Migrator, error) {
	resolved, optErr := opts.resolved()
	err := errors.Join(plan.validate(), optErr)
	if api == nil {
		err = errors.Join(err, errors.New("migration: api is nil, want an ElastiCache client"))
	}
	if err != nil {
		return nil, err
	}
	m := &Migrator{plan: plan, opts: resolved, flow: newFlow(resolved.Workflow), group: target.New(api, plan.Target.replicationGroup).WithTexts(resolved.Assume.texts()).WithJitter(resolved.Retry.Jitter)}
	m.snapshot = progress.Snapshot{
		MigrationID: plan.ID, State: progress.StateNew, At: time.Now(), Since: time.Now(),
		Source: plan.Source.String(), Target: plan.Target.String(), Writes: progress.WritesUnknown,
	}
	if f, ok := resolved.Cutover.(sourceBinder); ok {
		if err := f.bindSource(sourceConfig(plan, resolved), resolved.MaxWritePause, resolved.Ledger); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// Plan returns the plan.
func (m *Migrator) Plan() Plan { return m.plan }

// Run drives the migration to its end: from wherever it stands to done. It is
// also the call that resumes: it begins by observing AWS and both servers and
// attaches to the plan's migration if that is under way.
//
// When ctx ends before the point of no return, Run stops driving and resumes
// paused writes; AWS goes on replicating, and a later Run carries on. After it
// writes stay paused, and the error is [ErrOutcomeUnknown], or [ErrPastNoReturn]
// when the target is promoted and the application not switched yet.
//
// A run that sees that the target does not hold what the source holds although the
// link is up ends before the cut-over, since nothing would show it later; the causes
// are those of [progress.Diagnosis] whose constants say so.
//
// One process at a time may drive a plan: give Options.Lease to make sure of it.
//
// The errors to test for are [*Error] for what went wrong, which wraps
// [*preflight.FailedError] when the checks block, and the sentinels of this
// package. The result is filled in as far as the run came, also with an error.
func (m *Migrator) Run(ctx context.Context) (Result, error) {
	return m.run(ctx, progress.StateDone)
}

// RunUntil is Run, but returns as soon as the state s has been entered or
// passed: one of syncing, in_sync and done, or a step of the host before the
// write pause, which is then not called. AWS goes on replicating after it
// returns; nothing is driven until the next call. Whether a state is entered is
// judged by the servers: the group's status may say modifying for a while after
// in_sync, and Run waits for it before it pauses writes. A cut-over that an earlier
// run left half done is finished first: it cannot be left with writes paused.
func (m *Migrator) RunUntil(ctx context.Context, s progress.State) (Result, error) {
	stops := []progress.State{progress.StateSyncing, progress.StateInSync, progress.StateDone}
	for _, step := range m.flow.hosts(progress.StateNew, progress.StatePausing) {
		stops = append(stops, progress.State(step.Name))
	}
	if !slices.Contains(stops, s) {
		return Result{}, fmt.Errorf("migration: RunUntil: state is %q, want one of %v", s, stops)
	}
	return m.run(ctx, s)
}

func (m *Migrator) run(ctx context.Context, until progress.State) (Result, error) {
	return m.drive(ctx, until, func(*run) {})
}

// drive makes a run, prepared by the caller, and drives it.
func (m *Migrator) drive(ctx context.Context, until progress.State, prepare func(*run)) (Result, error) {
	if until == progress.StateDone && m.opts.Cutover == nil {
		return Result{}, ErrNoCutover
	}
	release, err := m.acquire()
	if err != nil {
		return Result{}, err
	}
	defer release()
	return m.withLease(ctx, func() (Result, error) {
		r := m.newRun(ctx, until)
		prepare(r)
		r.settings = r.tellSettings()
		defer r.close()
		return r.drive(ctx)
	})
}

// acquire makes the caller the one that drives.
func (m *Migrator) acquire() (release func(), err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.busy {
		return nil, ErrRunning
	}
	m.busy, m.begun, m.idle = true, make(chan struct{}), make(chan struct{})
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.busy, m.active = false, nil
		close(m.idle)
	}, nil
}

// Snapshot returns what is known of the migration now, without I/O. It may be
// called from any goroutine at any time, an observer's included.
func (m *Migrator) Snapshot() progress.Snapshot {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.snapshot
	s.At = time.Now()
	s.Events, s.Gaps = slices.Clone(s.Events), slices.Clone(s.Gaps)
	return s
}

// update changes the snapshot.
func (m *Migrator) update(change func(*progress.Snapshot)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	change(&m.snapshot)
}

// Preflight gathers the facts of both ends, see [Migrator.Facts], and judges
// them. It changes nothing, and may be called at any time, also while a run is
// active. What could not be seen is unknown in the report, not an error; the error
// is that of ctx.
func (m *Migrator) Preflight(ctx context.Context) (preflight.Report, error) {
	facts := m.gather(ctx)
	if err := context.Cause(ctx); err != nil {
		return preflight.Report{}, fmt.Errorf("migration: preflight: %w", err)
	}
	return preflight.Judge(facts, m.opts.Checks, m.opts.Waive), nil
}
