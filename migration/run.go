package migration

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cachelift/cachelift/internal/dispatch"
	"github.com/cachelift/cachelift/internal/machine"
	"github.com/cachelift/cachelift/internal/node"
	"github.com/cachelift/cachelift/internal/retry"
	"github.com/cachelift/cachelift/internal/target"
	"github.com/cachelift/cachelift/preflight"
	"github.com/cachelift/cachelift/progress"
)

// run is one call of Run, RunUntil or Abort: the loop over the states and what
// the steps share. Only the loop's goroutine uses it, but for the fields under
// mu.
type run struct {
	*Migrator
	until   progress.State
	result  Result
	out     *dispatch.Dispatcher
	source  *node.Node
	dest    *node.Node // the target's primary; see primary
	destAt  string
	watch   *watch
	hosts   hosts
	peers   map[string]*hosts // of the group's members, by name
	members []target.Member   // as first observed
	meter   meter
	doctor  doctor

	begunSteps map[progress.State]bool // steps of the host that may have to be undone
	notUndone  error                   // what could not be undone
	stepsUntil time.Time               // bounds those behind the point of no return
	calm       *calm                   // from in_sync until writes are paused

	failure    error     // what the run ended with
	resumed    bool      // it goes on with what an earlier run began
	attached   bool      // the first state was found, not reached
	fullSyncs  int64     // of the source before StartMigration; negative: not known
	starts     int       // how often this run asked for a start that was accepted
	startAsked time.Time // when StartMigration was sent in this attempt
	eventsMark int       // events before it are older than this attempt
	cutover    cutoverTry
	rehearsing bool                  // it goes no further than the point of no return
	hold       *progress.CutoverHeld // what observers know of; nil: nothing holds the cut-over
	settings   func() []Setting      // ends the telling of them
	history    atomic.Bool           // a look at the primary is about its history alone

	sights      *lookout[sight] // of the target's primary, from pausing on; nil: none
	closeSights func()
	proofs      *lookout[bool] // that a SourceFence holds, while the promotion is awaited; nil: none
	sighted     time.Time      // when the newest that was used was asked for
	letGo       func()         // frees what the fence keeps for this run

	mu        sync.Mutex
	machine   *machine.Machine
	entered   time.Time
	interrupt context.CancelCauseFunc // ends the step's context for an abort
	aborted   string                  // the reason of a requested abort
}

func (m *Migrator) newRun(ctx context.Context, until progress.State) *run {
	r := &run{
		Migrator: m, until: until,
		out:    dispatch.New(ctx, m.plan.ID, m.opts.Observers),
		source: node.Open(sourceConfig(m.plan, m.opts)),
		hosts:  newHosts(m.opts.LookupHost), meter: meter{fullSyncs: -1}, fullSyncs: -1,
		peers: map[string]*hosts{}, letGo: func() {},
		entered: time.Now(), begunSteps: map[progress.State]bool{},
	}
	r.result = Result{Plan: m.plan, State: progress.StateNew, StartedAt: r.entered, TimeIn: map[progress.State]time.Duration{}}
	r.interrupt = func(error) {}
	r.settings = func() []Setting { return nil }
	r.machine, _ = machine.New(m.flow.table, progress.StateNew) // a known state
	m.mu.Lock()
	m.active = r
	m.snapshot.Diagnosis, m.snapshot.Trouble, m.snapshot.Gaps = nil, nil, nil
	m.mu.Unlock()
	return r
}

// close frees what the run holds. The observers have been told by then.
func (r *run) close() {
	if r.watch != nil {
		r.watch.stop()
	}
	r.source.Close()
	r.closePrimary()
	r.proofs.stop()
	if r.cutover.held != nil {
		_, _ = r.cutover.held() // it ends soon, and was begun by this run
	}
	r.letGo()
}

// drive observes, goes through the states and reports the end.
func (r *run) drive(ctx context.Context) (Result, error) {
	err := r.begin(ctx)
	close(r.begun)
	if err == nil {
		err = r.loop(ctx)
	}
	return r.end(err)
}

// begin finds out where the migration stands.
func (r *run) begin(ctx context.Context) error {
	o, d, err := r.settle(ctx)
	if err != nil {
		return r.stopped(ctx, progress.StateNew, "observe", r.unseen(ctx, o.pause, err))
	}
	if d.err != nil {
		return r.fail(ctx, progress.StateNew, "observe", r.withLeftovers(ctx, o, d.err))
	}
	if r.rehearsing && r.flow.pastNoReturn(d.state) {
		return newError(d.state, "Rehearse", fmt.Errorf("%w: %s", ErrPastNoReturn, d.reason))
	}
	fresh := d.state == progress.StatePreflight
	started := progress.RunStarted{Source: r.plan.Source.String(), Target: r.plan.Target.String(), Resumed: !fresh, Reason: d.reason}
	if fresh {
		r.emit(started)
		if err := r.undoLeftovers(ctx, o); err != nil {
			return r.stopped(ctx, progress.StateNew, "observe", err)
		}
		return r.fire(ctx, progress.TriggerBegin)
	}
	r.attached = true
	if err := r.attach(ctx, d.state, started); err != nil {
		return err
	}
	r.noteDivergence(o)
	if err := r.undoLeftovers(ctx, o); err != nil {
		return r.stopped(ctx, r.state(), "observe", err)
	}
	return nil
}

// attach goes on in a state that was found, or at the steps of the host that an
// earlier run may have left half done before it.
func (r *run) attach(ctx context.Context, s progress.State, started progress.RunStarted) error {
	for _, step := range r.flow.hosts(progress.StateNew, s) {
		r.begunSteps[progress.State(step.Name)] = true
	}
	r.resumed, r.result.Resumed = true, true
	s = r.flow.entry(s)
	m, err := machine.New(r.flow.table, s)
	if err != nil {
		return r.fail(ctx, progress.StateNew, "observe", err)
	}
	r.mu.Lock()
	r.machine = m
	r.mu.Unlock()
	r.enter(s)
	r.emit(started)
	return nil
}

func (r *run) loop(ctx context.Context) error {
	for {
		s := r.state()
		if s == progress.StateAborted {
			return newError(s, "Abort", fmt.Errorf("%w: %s", ErrAborted, r.abortReason()))
		}
		if s.Terminal() || r.reached(s) {
			return nil
		}
		trigger, err := r.step(ctx, s)
		if err == nil {
			err = r.fire(ctx, trigger)
		}
		if err != nil {
			if trigger, err = r.recover(ctx, s, err); err == nil {
				err = r.fire(ctx, trigger)
			}
		}
		if err != nil {
			return err
		}
		r.attached = false
	}
}

// reached reports whether the run goes no further than s. In a cut-over that
// was found half done there is no way to stop.
func (r *run) reached(s progress.State) bool {
	if r.result.Rehearsal != nil {
		return true
	}
	stops := r.until != progress.StateDone && r.until != progress.StateAborted
	return stops && !r.flow.after(r.until, s) && r.flow.after(progress.StatePausing, s)
}

// interruptible returns a context for the step of the state s that also ends
// when an abort is requested.
func (r *run) interruptible(ctx context.Context, s progress.State) (context.Context, context.CancelCauseFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	if s == progress.StateAborting {
		return ctx, cancel
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.interrupt = cancel
	switch {
	case r.aborted != "":
		cancel(ErrAborted)
	case r.flow.backsOut(s) && r.isPostponed():
		cancel(errPostponed)
	}
	return ctx, cancel
}

// step runs the step of the state s. An abort cuts it short; one past the point
// of no return is never requested, see requestAbort.
func (r *run) step(ctx context.Context, s progress.State) (progress.Trigger, error) {
	ctx, cancel := r.interruptible(ctx, s)
	defer cancel(nil)
	if r.watch == nil && (s == progress.StateAborting || r.flow.after(s, progress.StatePreflight)) {
		w, err := r.newWatch(ctx)
		if err != nil {
			return "", err
		}
		if r.watch = w; r.attached {
			r.eventsMark = w.atStart()
		}
	}
	if r.watch != nil && !r.flow.replicating(s) {
		r.watch.relax(1)
	}
	if s == progress.StateAborting {
		return r.stepAborting(ctx)
	}
	trigger, err := r.flow.stages[r.flow.at(s)].drive(r, ctx)
	if err != nil && context.Cause(ctx) == errPostponed && !errors.Is(err, errPostponed) {
		err = fmt.Errorf("%w: %w", errPostponed, err) // it may be released again by now
	}
	return trigger, err
}

func (r *run) state() progress.State {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.machine.Current()
}

// fire makes a transition and tells of it. A requested abort takes the place
// of whatever was to happen, as long as the table has it.
func (r *run) fire(ctx context.Context, t progress.Trigger) error {
	r.mu.Lock()
	if r.aborted != "" && t != progress.TriggerFail && r.machine.Can(progress.TriggerAbort) {
		t = progress.TriggerAbort
	}
	from := r.machine.Current()
	if err := r.barred(from, t); err != nil {
		r.mu.Unlock()
		return err
	}
	to, err := r.machine.Fire(ctx, t)
	r.mu.Unlock()
	if err != nil {
		return fmt.Errorf("migration: %w", err)
	}
	spent := r.enter(to)
	r.emit(progress.StateChanged{From: from, To: to, Trigger: t, Spent: spent})
	return nil
}

// enter notes the time of a change of state and returns what the last one
// took.
func (r *run) enter(s progress.State) time.Duration {
	now := time.Now()
	r.mu.Lock()
	spent := now.Sub(r.entered)
	r.entered = now
	r.mu.Unlock()
	r.result.TimeIn[r.result.State] += spent
	r.result.State = s
	if s == progress.StateInSync && r.result.Sync.InSyncAt.IsZero() {
		r.result.Sync.InSyncAt = now
	}
	r.Migrator.update(func(p *progress.Snapshot) {
		p.State, p.Since = s, now
		if s != progress.StateFailed { // that happens on either side
			p.PastNoReturn = r.flow.pastNoReturn(s)
		}
	})
	return spent
}

// emit tells the observers and keeps the snapshot in step.
func (r *run) emit(e progress.Event) {
	r.Migrator.update(func(s *progress.Snapshot) { apply(s, e) })
	r.out.Emit(r.state(), e)
}

// apply notes in the snapshot what an event says.
func apply(s *progress.Snapshot, e progress.Event) {
	switch e := e.(type) {
	case progress.Sampled:
		s.Sample = e.Sample
	case progress.Diagnosed:
		s.Trouble = nil
		if !e.Over {
			s.Trouble = &e.Diagnosis
		}
	case progress.StatusSeen:
		s.TargetStatus = e.Status
	case progress.ServicePublished:
		if !slices.Contains(s.Events, e.Event) { // seen by observe
			s.Events = newest(append(slices.Clone(s.Events), e.Event))
		}
	case progress.ActionDone:
		switch {
		case e.Err != "":
		case e.Action == progress.ActionPauseWrites:
			s.Writes = progress.WritesPaused
		case e.Action == progress.ActionResumeWrites:
			s.Writes = progress.WritesOpen
		}
	case progress.RunEnded:
		if s.Diagnosis = e.Diagnosis; e.Err == "" {
			s.Trouble = nil
		}
	}
}

// newest keeps the end of the events, as many as a snapshot holds.
func newest(events []progress.ServiceEvent) []progress.ServiceEvent {
	const most = 20
	return events[max(0, len(events)-most):]
}

// act does something that changes the world, and tells of it; nothing is done
// without the lease.
func (r *run) act(ctx context.Context, a progress.Action, do func(context.Context) error) error {
	if err := r.leased(ctx); err != nil {
		return err
	}
	begun := time.Now()
	err := do(ctx)
	e := progress.ActionDone{Action: a, Took: time.Since(begun)}
	if err != nil {
		e.Err = err.Error()
	}
	r.emit(e)
	return err
}

// retry calls op until it succeeds or its error is not a passing one.
func (r *run) retry(ctx context.Context, name string, op func(context.Context) error) error {
	op = safely(op) // the host's client may be its own
	err := retry.Do(ctx, r.opts.policies(), classify, func(a retry.Attempt) {
		r.emit(progress.Retrying{Op: name, Class: string(a.Class), Attempt: a.Number, Delay: a.Delay, Err: a.Err.Error()})
	}, op)
	if err != nil {
		return opError(name, err)
	}
	return nil
}

// end reports the end of the run and waits for the observers, but not for
// ever.
func (r *run) end(err error) (Result, error) {
	r.failure = err
	now := time.Now()
	r.result.TimeIn[r.result.State] += now.Sub(r.entered)
	r.result.EndedAt = now
	if r.result.Rehearsal == nil {
		r.result.Cutover.Attempts = r.cutover.attempt
	}
	r.result.Settings = r.settings()
	r.evidence()
	if r.watch != nil {
		r.watch.stop()
		r.watch = nil
	}
	ended := progress.RunEnded{Took: now.Sub(r.result.StartedAt)}
	if err != nil {
		ended.Err = err.Error()
		var blocked *preflight.FailedError
		if errors.As(err, &blocked) { // the report itself was told before
			ended.Err = blocked.Report.Summary()
		}
		var e *Error
		if errors.As(err, &e) {
			ended.Diagnosis = e.Diagnosis
		}
	}
	r.result.Error = ended.Err
	r.emit(ended)
	r.out.Close(r.opts.ObserverWait)
	return r.result, err
}
