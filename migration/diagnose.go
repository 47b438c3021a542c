package migration

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/cachelift/cachelift/internal/diagnose"
	"github.com/cachelift/cachelift/internal/node"
	"github.com/cachelift/cachelift/internal/redisinfo"
	"github.com/cachelift/cachelift/internal/target"
	"github.com/cachelift/cachelift/preflight"
	"github.com/cachelift/cachelift/progress"
)

// doctor keeps the evidence of a run, and what was told of it. Only the loop's
// goroutine uses it.
type doctor struct {
	history diagnose.History
	monitor *node.Monitor
	facts   *preflight.Facts
	glanced bool // at the facts of both servers, by a run that found the migration under way
	asked   bool // for all facts, by such a run
	probe   *preflight.Probe
	probed  time.Time
	told    *progress.Diagnosis // the trouble that observers know of
	seen    time.Time           // when it was last matched
	sampled time.Time           // while the target is about to follow
}

const (
	// troubleFor is how long a trouble has to be away until it counts as over: what
	// comes and goes is one.
	troubleFor = 10 * time.Second
	// probeEvery is how often the source is connected to as the target would, while
	// the target has no connection.
	probeEvery = 10 * time.Second
	// factsWithin bounds the look for facts in the middle of a run.
	factsWithin = 10 * time.Second
)

// dangerError ends a run whose target would not hold what the source holds.
type dangerError struct{ diagnosis progress.Diagnosis }

func (e *dangerError) Error() string { return e.diagnosis.Summary }

// examine takes a look into the evidence and tells observers when what stands
// against the migration has changed. It returns an error if the run must not go on.
func (r *run) examine(ctx context.Context, l diagnose.Look) error {
	d := &r.doctor
	d.history.Add(l)
	if r.resumed && d.facts == nil && !d.glanced && l.TargetErr == nil && l.SourceErr == nil {
		r.glanceAtFacts(ctx)
	}
	in := diagnose.Input{History: &d.history, Facts: d.facts}
	if d.history.Unlinked() {
		if d.probe == nil || time.Since(d.probed) > probeEvery {
			p := r.probeSource(ctx)
			d.probe, d.probed = &p, time.Now()
		}
		in.Probe = d.probe
	}
	trouble, found := diagnose.Watch(in)
	gone := l.TargetErr != nil && !node.IsTimeout(l.TargetErr)
	if (found || gone || d.history.Unlinked()) && r.resumed && !d.asked {
		r.lookForFacts(ctx)
		in.Facts = d.facts
		trouble, found = diagnose.Watch(in)
	}
	if context.Cause(ctx) != nil {
		return nil // whoever asked sees it
	}
	r.tell(trouble.Diagnosis, found)
	if found && trouble.Ends {
		return opError("replication", &dangerError{trouble.Diagnosis})
	}
	return nil
}

// whole returns an error if the target is known not to hold what it was sent.
func (r *run) whole(target redisinfo.Info) error {
	in := diagnose.Input{History: &r.doctor.history, Facts: r.doctor.facts}
	t, lost := diagnose.Loss(in, time.Now(), target)
	if !lost {
		return nil
	}
	r.tell(t.Diagnosis, true)
	return &dangerError{t.Diagnosis}
}

// tell emits a trouble once, and once that it is over.
func (r *run) tell(t progress.Diagnosis, found bool) {
	d := &r.doctor
	now := time.Now()
	switch {
	case found:
		if d.seen = now; d.told == nil || d.told.Cause != t.Cause {
			d.told = &t
			r.emit(progress.Diagnosed{Diagnosis: t})
		}
	case d.told != nil && now.Sub(d.seen) >= troubleFor:
		r.emit(progress.Diagnosed{Diagnosis: *d.told, Over: true})
		d.told = nil
	}
}

// A run that found the migration under way had no preflight. It glances at both
// servers, since some of what loses data in silence shows in no counter, and gathers all
// facts when something is wrong.

// glanceAtFacts asks both servers for their facts, once, and nobody else.
func (r *run) glanceAtFacts(ctx context.Context) {
	r.doctor.glanced = true
	ctx, cancel := context.WithTimeout(ctx, min(factsWithin, r.opts.FactsWithin))
	defer cancel()
	g := &gathering{Migrator: r.withoutHost(), networks: map[string]supplied{}}
	var both sync.WaitGroup
	both.Go(func() { g.source(ctx) })
	at := r.destAt
	both.Go(func() {
		g.ask(ctx, "target_node", func(ctx context.Context) (found, error) {
			config := nodeConfig(at, g.opts.TargetRedis, g.opts)
			return g.node(ctx, config, (*node.Node).TargetFacts, "target_node", func(f *preflight.Facts, n *preflight.Node) { f.TargetNode = n })
		})
	})
	both.Wait()
	g.facts.GatheredAt = time.Now()
	r.doctor.facts = &g.facts
}

// lookForFacts gathers all facts but those of the host's own sources, once: these may
// take long, or cost money.
func (r *run) lookForFacts(ctx context.Context) {
	r.doctor.asked = true
	ctx, cancel := context.WithTimeout(ctx, min(factsWithin, r.opts.FactsWithin))
	defer cancel()
	facts := r.withoutHost().gather(ctx)
	r.doctor.facts = &facts
}

// withoutHost is a Migrator for looks, without the host's sources of facts.
func (r *run) withoutHost() *Migrator {
	m := &Migrator{plan: r.plan, opts: r.opts, flow: r.flow, group: r.group}
	m.opts.Facts = nil
	return m
}

// diagnose looks at the evidence once more and names the cause.
func (r *run) diagnose(ctx context.Context, s progress.State, err error) progress.Diagnosis {
	var danger *dangerError
	if errors.As(err, &danger) {
		return danger.diagnosis
	}
	in := diagnose.Input{
		Err: err, Class: classify(err), Code: target.Code(err),
		Sample: r.Snapshot().Sample, Events: r.Snapshot().Events, History: &r.doctor.history,
		LinkNeverUp: !r.result.Sync.RequestedAt.IsZero() && r.result.Sync.InSyncAt.IsZero(),
		TimedOut:    errors.Is(err, errTimeout) || errors.Is(err, ErrPausedTooLong),
		Busy:        errors.Is(err, ErrTargetBusy),
		Ended:       errors.Is(err, ErrEnded),
		Missed:      errors.Is(err, ErrScheduleMissed),
		SourceOpen:  errors.Is(err, ErrSourceOpen),
		Paused: (errors.Is(err, ErrOutcomeUnknown) || errors.Is(err, ErrPastNoReturn)) && !r.flow.after(s, progress.StateSwitching) &&
			r.result.Cutover.SwitchedAt.IsZero(),
	}
	var failed *serviceFailure
	if errors.As(err, &failed) {
		in.Failure = failed.event
	}
	if failed != nil || in.TimedOut {
		p := r.probeSource(ctx)
		in.Probe = &p
		if r.resumed && !r.doctor.asked {
			r.lookForFacts(ctx)
		}
	}
	in.Facts = r.doctor.facts
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
