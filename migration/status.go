package migration

import (
	"context"
	"errors"
	"fmt"

	"github.com/cachelift/cachelift/internal/diagnose"
	"github.com/cachelift/cachelift/progress"
)

// statusTries is how often a look is tried: who looks can look again.
const statusTries = 3

// Status looks at AWS, both servers and the host's pause once and returns what
// it saw. It has no side effect and may be called at any time, also by another
// process than the one that drives. Its State is that of the active run of
// this Migrator, if there is one, else the state in which a run would go on;
// [progress.StateNew] if nothing is under way. After a migration that is done,
// another process sees [progress.StateSwitching]: whether the application was
// switched cannot be seen, and switching is idempotent. What could not be seen is in
// Gaps; the error is for a look that failed altogether.
func (m *Migrator) Status(ctx context.Context) (progress.Snapshot, error) {
	s := m.Snapshot()
	// A Migrator of its own: a look must not disturb an active run.
	probe := &Migrator{plan: m.plan, opts: m.opts, flow: m.flow, group: m.group, snapshot: s}
	probe.opts.Observers = nil
	probe.opts.Retry.Tries = statusTries
	probe.snapshot.Gaps, probe.snapshot.Events = nil, nil
	r := probe.newRun(ctx, progress.StateDone)
	defer r.out.Close(0)
	defer r.close()
	o, err := r.observe(ctx)
	if err != nil {
		return s, fmt.Errorf("migration: status: %w", err)
	}
	r.lookOnce(ctx)
	r.lookForLeftovers(ctx, o)
	found := probe.Snapshot()
	d := decide(o)
	switch m.mu.Lock(); {
	case m.busy:
		found.State, found.Since, found.PastNoReturn = m.snapshot.State, m.snapshot.Since, m.snapshot.PastNoReturn
	case d.err != nil:
		found.Gaps = append(found.Gaps, "state: "+d.err.Error())
	case d.state == progress.StatePreflight:
		found.State = progress.StateNew
	default:
		found.State = m.flow.entry(d.state)
	}
	if !m.busy {
		found.PastNoReturn = m.flow.pastNoReturn(found.State)
	}
	m.mu.Unlock()
	return found, nil
}

// lookForLeftovers tells of a fence that is no pause of a cut-over and keeps writes out all
// the same: of a rehearsal, which may be going on, or half of one.
func (r *run) lookForLeftovers(ctx context.Context, o observed) {
	c, ok := r.opts.Cutover.(sourceBinder)
	if !ok || o.pause != pauseNo {
		return
	}
	if what, err := c.leftover(ctx); err == nil && what != "" {
		r.Migrator.update(func(s *progress.Snapshot) { s.Writes = progress.WritesUnknown })
		r.gap("writes", errors.New(what+": Run, Rehearse or Abort resumes writes, unless another process is rehearsing just now"))
	}
}

// lookOnce takes one sample of both ends, as far as they answer, and says what shows in
// it of trouble.
func (r *run) lookOnce(ctx context.Context) {
	r.resumed = true // nobody saw the counters before
	l, now := r.lookAtEnds(ctx)
	if l.SourceErr != nil {
		r.gap("source", l.SourceErr)
	}
	if l.TargetErr != nil {
		r.gap("target_node", l.TargetErr)
	}
	if l.SourceErr == nil && l.TargetErr == nil {
		l.Sample = r.meter.add(now)
	}
	r.doctor.history.Add(l)
	trouble, found := diagnose.Watch(diagnose.Input{History: &r.doctor.history})
	r.Migrator.update(func(p *progress.Snapshot) {
		if !l.Sample.At.IsZero() {
			p.Sample = l.Sample
		}
		if found {
			p.Trouble = &trouble.Diagnosis
		}
	})
}
