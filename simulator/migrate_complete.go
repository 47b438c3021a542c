package simulator

import (
	"context"
	"fmt"

	"github.com/cachelift/cachelift/simulator/internal/wire"
)

// replacedReason is why a completion is refused while a node is being replaced
// (the refusal is documented, its words are not).
const replacedReason = "a node is being replaced"

func (s *Sim) completeMigration(q wire.Request) (any, error) {
	if !q.Has("ReplicationGroupId") && q.Has("ServerlessCacheName") {
		return nil, wire.InvalidCombination("Serverless caches are not simulated, specify ReplicationGroupId")
	}
	id, err := q.RequiredID("ReplicationGroupId")
	if err != nil {
		return nil, err
	}
	force, err := q.Bool("Force")
	if err != nil {
		return nil, err
	}
	g, err := s.group(id)
	if err != nil {
		return nil, err
	}
	switch starting := g.job != nil && g.job.operation == opStart; {
	case g.source == nil:
		return nil, wire.NewError("ReplicationGroupNotUnderMigrationFault", "Replication group %s is not under migration.", id)
	case g.job != nil && g.job.operation != opResume && !(force && starting):
		return nil, wire.NewError("InvalidReplicationGroupState", "Replication group %s is %s.", id, g.shown().status)
	}
	source := *g.source
	if force {
		g.setStatus(statusModifying)
	}
	s.begin(g, opComplete, func(ctx context.Context, j *job) { s.runComplete(ctx, g, j, source, force) })
	return wire.MigrationResult{ReplicationGroup: g.shape(g.shown())}, nil
}

// runComplete promotes the primary, if it is in sync or sync does not matter.
// A group that is refused for not being in sync has been "migrating" all the
// time (documented); the status while the promotion runs is assumed.
func (s *Sim) runComplete(ctx context.Context, g *Group, j *job, source Endpoint, force bool) {
	outages, out := s.outagesOf(g)
	if !force {
		if out {
			s.backToMigrating(ctx, g, j, s.messages.PromotionFailed, replacedReason)
			return
		}
		if reason := s.notInSync(ctx, g.primary(), source); reason != "" {
			s.backToMigrating(ctx, g, j, s.messages.NotInSync, reason)
			return
		}
		s.update(g, j, func() { g.setStatus(statusModifying) })
	}
	s.mu.Lock()
	o := Occasion{Operation: opComplete, GroupID: g.spec.ID}
	fails := s.takeFault(FaultPromotionFails, o) != nil
	delay := s.timing.Promotion
	if slow := s.takeFault(FaultPromotionSlow, o); slow != nil {
		delay += slow.fault.Delay
	}
	s.mu.Unlock()
	if sleep(ctx, delay) != nil {
		return
	}
	reason := replacedReason
	if !fails {
		reason = s.promote(ctx, g, force, outages)
	}
	if reason != "" {
		s.backToMigrating(ctx, g, j, s.messages.PromotionFailed, reason)
		return
	}
	s.update(g, j, func() {
		s.emit(g, opComplete, completedText(g.spec.ID))
		s.enterPhase(g, PhasePromoted)
	})
	if sleep(ctx, s.timing.Settle) != nil {
		return
	}
	s.finish(g, j, statusAvailable, func() { g.source = nil })
}

// promote makes the primary a primary, and returns why not, empty if it is one.
// By force that is done with whatever there is; else not with a primary that
// has been lost since the completion was accepted: started again it is empty.
func (s *Sim) promote(ctx context.Context, g *Group, force bool, outages int) string {
	if force {
		if s.awaitPrimary(ctx, g) != nil || s.restore(ctx, g.primary()) != nil {
			return "the primary could not be promoted"
		}
		return ""
	}
	n := g.primary()
	err := n.promote(ctx)
	for range 2 {
		if err == nil || !n.alive() || sleep(ctx, s.timing.Poll) != nil {
			break
		}
		err = n.promote(ctx)
	}
	switch now, _ := s.outagesOf(g); {
	case now != outages:
		return replacedReason
	case !n.alive():
		return "the primary is gone"
	case err != nil:
		return "the primary could not be promoted"
	}
	return ""
}

// backToMigrating ends a completion without promotion. A start that was
// stopped by force and then not promoted goes on as a migration as well.
func (s *Sim) backToMigrating(ctx context.Context, g *Group, j *job, text, reason string) {
	if ctx.Err() != nil {
		return
	}
	s.finish(g, j, statusMigrating, func() {
		s.emit(g, opComplete, fill(text, "{id}", g.spec.ID, "{reason}", reason))
	})
}

// notInSync returns why the primary does not count as in sync, empty if it
// does. The service's own criterion is not documented; assumed is: the link is
// up, and within the time allowed the primary reaches the offset that the
// source had when it was asked. A source that does not answer that question in
// time, because it is paused for example, is judged by the link alone.
func (s *Sim) notInSync(ctx context.Context, n *node, source Endpoint) string {
	ctx, cancel := context.WithTimeout(ctx, max(s.timing.SyncCheck, s.timing.Poll))
	defer cancel()
	st, err := n.state(ctx)
	if err != nil {
		return "the primary does not answer"
	}
	if !st.linkUp {
		return "the link to it is down"
	}
	want, err := s.sourceOffset(ctx, source)
	if err != nil {
		return ""
	}
	for st.offset < want {
		if sleep(ctx, s.timing.Poll) != nil {
			return fmt.Sprintf("it is %d bytes ahead", want-st.offset)
		}
		fresh, err := n.state(ctx)
		if err != nil {
			continue // the next wait ends the loop
		}
		if st = fresh; !st.linkUp {
			return "the link to it is down"
		}
	}
	return ""
}
