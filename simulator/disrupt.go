package simulator

import (
	"context"
	"time"
)

// hold keeps a start from going on. It returns the context's error if that ends.
func (in *Injection) hold(ctx context.Context) error {
	var over <-chan time.Time // never
	if in.fault.Lasts > 0 {
		timer := time.NewTimer(in.fault.Lasts)
		defer timer.Stop()
		over = timer.C
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-in.removed:
	case <-over:
	}
	return ctx.Err()
}

// disrupt takes the faults that a group's primary falls to on this occasion. The
// caller holds s.mu.
func (s *Sim) disrupt(o Occasion) {
	g := s.groups[o.GroupID]
	if g == nil || s.closed {
		return
	}
	for _, kind := range []FaultKind{FaultFailover, FaultReplacement} {
		if in := s.takeFault(kind, o); in != nil {
			fault := in.fault
			ctx, cancel := s.newContext(context.Background())
			s.running.Add(1) // not closed
			go func() {
				defer s.running.Done()
				defer cancel()
				s.runDisruption(ctx, g, fault)
			}()
		}
	}
}

// runDisruption takes the primary's server away and gives the group another
// primary. Of two at a time the second does nothing.
func (s *Sim) runDisruption(ctx context.Context, g *Group, f Fault) {
	if sleep(ctx, f.Delay) != nil {
		return
	}
	s.mu.Lock()
	if g.outage != nil {
		s.mu.Unlock()
		return
	}
	over := make(chan struct{})
	g.outage = over
	g.outages++
	old := g.nodes[g.shown().primary]
	s.mu.Unlock()

	old.crash()
	s.log.Info("the primary is gone", "group", g.spec.ID, "node", old.id, "fault", f.Kind)
	err := sleep(ctx, f.Lasts)
	if err == nil {
		heir := g.heir(old)
		if f.Kind == FaultFailover && heir >= 0 {
			err = s.failOver(ctx, g, old, heir)
		} else {
			err = s.replace(ctx, g, old)
		}
	}
	s.mu.Lock()
	g.outage = nil
	close(over)
	s.mu.Unlock()
	if err != nil {
		s.log.Error("giving the group another primary", "group", g.spec.ID, "error", err)
		return
	}
	s.afterDisruption(ctx, g, f.Then)
}

// heir is the index of a replica that can take over, -1 if there is none.
func (g *Group) heir(old *node) int {
	for i, n := range g.nodes {
		if n != old && n.alive() {
			return i
		}
	}
	return -1
}

// failOver makes a replica the primary and the former one its replica. Texts and
// order of the events are documented, for a failover that was asked for.
func (s *Sim) failOver(ctx context.Context, g *Group, old *node, heir int) error {
	n := g.nodes[heir]
	if err := n.promote(ctx); err != nil {
		return err
	}
	s.mu.Lock()
	g.show(func(v *view) { v.primary = heir })
	if m, ok := n.nodeServer.(*memoryNode); ok {
		m.takeName(g.primaryName)
		reader := g.nodes[g.shown().reader(len(g.nodes))]
		reader.nodeServer.(*memoryNode).takeName(g.readerName)
	}
	text := fill("Failover from primary node {old} to replica node {new} completed", "{old}", old.id, "{new}", n.id)
	s.record(sourceCluster, n.id, text)
	s.record(sourceGroup, g.spec.ID, text)
	s.record(sourceCluster, old.id, recoveringText)
	s.mu.Unlock()

	err := old.revive(ctx)
	for _, other := range g.nodes {
		if other != n && err == nil {
			err = other.followMember(ctx, n)
		}
	}
	if err != nil {
		return err
	}
	s.recordRecovered(old)
	return nil
}

// replace starts another server in the place of the primary's.
func (s *Sim) replace(ctx context.Context, g *Group, old *node) error {
	s.mu.Lock()
	s.record(sourceCluster, old.id, recoveringText)
	s.mu.Unlock()
	if err := old.revive(ctx); err != nil {
		return err
	}
	s.recordRecovered(old)
	return nil
}

// The texts of a node's recovery (documented). Node ids are always the same.
const (
	recoveringText = "Recovering cache nodes " + nodeID
	recoveredText  = "Finished recovery for cache nodes " + nodeID
)

func (s *Sim) recordRecovered(n *node) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.record(sourceCluster, n.id, recoveredText)
}

// afterDisruption does with a migration what is to become of it. A start copes
// by itself if the migration is to go on: its attempt has failed, and the next
// one is made with the new primary.
func (s *Sim) afterDisruption(ctx context.Context, g *Group, then Aftermath) {
	for {
		s.mu.Lock()
		j := g.job
		starting := j != nil && j.operation == opStart
		if starting && then != AftermathEnds {
			s.mu.Unlock()
			return
		}
		if starting || j == nil {
			break // with the lock
		}
		s.mu.Unlock()
		select { // a completion or a test
		case <-j.done:
		case <-ctx.Done():
			return
		}
	}
	defer s.mu.Unlock()
	switch {
	case g.source == nil:
	case then == AftermathEnds:
		s.begin(g, opStart, func(ctx context.Context, j *job) { s.giveUp(ctx, g, j, false) })
	default:
		source := *g.source
		s.begin(g, opResume, func(ctx context.Context, j *job) { s.runResume(ctx, g, j, source) })
	}
}

// runResume turns a new primary to the source.
func (s *Sim) runResume(ctx context.Context, g *Group, j *job, source Endpoint) {
	if err := g.primary().follow(ctx, source); err != nil {
		s.log.Error("turning the new primary to the source", "group", g.spec.ID, "error", err)
	}
	s.finish(g, j, statusMigrating, func() {})
}

// awaitPrimary waits until the group has a primary.
func (s *Sim) awaitPrimary(ctx context.Context, g *Group) error {
	s.mu.Lock()
	over := g.outage
	s.mu.Unlock()
	if over == nil {
		return ctx.Err()
	}
	select {
	case <-over:
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// outagesOf is how often the group has lost its primary, and whether it is
// without one.
func (s *Sim) outagesOf(g *Group) (count int, out bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return g.outages, g.outage != nil
}
