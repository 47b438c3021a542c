package simulator

import "context"

// Statuses of a replication group. "migrating" is on record in the guide and
// in reports, though the service model does not list it.
const (
	statusAvailable = "available"
	statusModifying = "modifying"
	statusMigrating = "migrating"
)

// job is what changes a group in the background: a test, the start of a
// migration or its completion. A group has at most one.
type job struct {
	operation string
	cancel    context.CancelFunc
	done      chan struct{}
}

// begin runs work as the group's job. A job under way is cancelled, and work
// begins when it has ended. The caller holds s.mu.
func (s *Sim) begin(g *Group, operation string, work func(ctx context.Context, j *job)) {
	ctx, cancel := s.newContext(context.Background())
	j, before := &job{operation: operation, cancel: cancel, done: make(chan struct{})}, g.job
	g.job = j
	s.running.Add(1) // not closed: the caller has checked under this lock
	s.log.Info("job begins", "operation", operation, "group", g.spec.ID)
	s.enterPhase(g, firstPhase(operation))
	go func() {
		defer s.running.Done()
		defer close(j.done)
		defer cancel()
		if before != nil {
			before.cancel()
			<-before.done
		}
		work(ctx, j)
	}()
}

// update changes the group on behalf of a job, unless another has taken its place.
func (s *Sim) update(g *Group, j *job, change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if g.job == j {
		change()
	}
}

// finish is update for a job's last change: what follows finds the group idle.
func (s *Sim) finish(g *Group, j *job, status string, change func()) {
	s.update(g, j, func() {
		change()
		g.setStatus(status)
		g.job = nil
		s.enterPhase(g, phaseOf(status))
		s.log.Info("job ends", "operation", j.operation, "group", g.spec.ID, "status", status)
	})
}

// enterPhase notes how far the migration has come, which is an occasion for
// faults. The caller holds s.mu.
func (s *Sim) enterPhase(g *Group, p Phase) {
	if g.phase == p {
		return
	}
	g.phase = p
	s.disrupt(Occasion{GroupID: g.spec.ID})
}

// firstPhase is the phase in which an operation begins.
func firstPhase(operation string) Phase {
	switch operation {
	case opTest:
		return PhaseTesting
	case opStart:
		return PhaseStarting
	case opResume:
		return PhaseMigrating
	}
	return PhaseCompleting
}

// phaseOf is the phase of a group that no job changes.
func phaseOf(status string) Phase {
	if status == statusMigrating {
		return PhaseMigrating
	}
	return PhaseIdle
}
