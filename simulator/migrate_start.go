package simulator

import (
	"context"
	"time"

	"github.com/cachelift/cachelift/simulator/internal/wire"
)

// migrationTarget checks what TestMigration and StartMigration have in common.
// Group, status, a migration under way and the number of endpoints are
// documented; that in-transit encryption is refused at once, also in the mode
// "preferred", is reported; that a member which is not available is refused,
// codes of the latter three and the order are assumed.
func (s *Sim) migrationTarget(q wire.Request) (*Group, Endpoint, error) {
	if !q.Has("ReplicationGroupId") && q.Has("ServerlessCacheName") {
		return nil, Endpoint{}, wire.InvalidCombination("Serverless caches are not simulated, specify ReplicationGroupId")
	}
	id, err := q.RequiredID("ReplicationGroupId")
	if err != nil {
		return nil, Endpoint{}, err
	}
	source, err := q.CustomerEndpoint()
	if err != nil {
		return nil, Endpoint{}, err
	}
	g, err := s.group(id)
	if err != nil {
		return nil, Endpoint{}, err
	}
	member, memberStatus := g.unavailable()
	switch {
	case g.source != nil:
		err = wire.NewError("ReplicationGroupAlreadyUnderMigrationFault", "Replication group %s is already under migration.", id)
	case g.shown().status != statusAvailable:
		err = wire.NewError("InvalidReplicationGroupState", "Replication group must be in available state, %s is %s.", id, g.shown().status)
	case member != "":
		err = wire.NewError("InvalidCacheClusterState", "Cache cluster must be in available state, %s is %s.", member, memberStatus)
	case g.spec.TransitEncryption != TransitEncryptionOff:
		err = wire.InvalidValue("Migration is not supported with in-transit encryption enabled, replication group %s has mode %s", id, g.spec.TransitEncryption)
	case g.spec.ClusterMode == Enabled:
		err = wire.InvalidCombination("Migration to a replication group with cluster mode enabled is not simulated")
	}
	return g, Endpoint{Address: source.Address, Port: source.Port}, err
}

func (s *Sim) startMigration(q wire.Request) (any, error) {
	g, source, err := s.migrationTarget(q)
	if err != nil {
		return nil, err
	}
	g.source = &source
	g.setStatus(statusModifying)
	s.emit(g, opStart, startedText(g.spec.ID, source))
	s.begin(g, opStart, func(ctx context.Context, j *job) { s.runStart(ctx, g, j, source) })
	return wire.MigrationResult{ReplicationGroup: g.shape(g.shown())}, nil
}

// runStart makes the primary a replica of the source, or gives up and says so.
func (s *Sim) runStart(ctx context.Context, g *Group, j *job, source Endpoint) {
	if sleep(ctx, s.timing.StartDelay) != nil {
		return
	}
	s.mu.Lock()
	stuck := s.takeFault(FaultStuckModifying, Occasion{Operation: opStart, GroupID: g.spec.ID})
	forged := s.takeFault(FaultRejectedRDB, Occasion{Operation: opStart, GroupID: g.spec.ID}) != nil
	s.mu.Unlock()
	if stuck != nil && stuck.hold(ctx) != nil {
		return
	}
	rejected := false
	for try := range s.timing.Attempts {
		if try > 0 && sleep(ctx, s.timing.RetryDelay) != nil || s.awaitPrimary(ctx, g) != nil {
			return
		}
		s.update(g, j, func() { s.enterPhase(g, PhaseStarting) })
		v, err := s.tryStart(ctx, g, j, source, forged)
		if ctx.Err() != nil {
			return // closed, or stopped by force: whoever did it puts the node right
		}
		s.log.Info("attempt to replicate", "group", g.spec.ID, "try", try+1, "verdict", v, "error", err)
		if v == verdictLinked {
			if sleep(ctx, s.timing.Linked) == nil {
				s.finish(g, j, statusMigrating, func() {})
			}
			return
		}
		rejected = v == verdictRejected
	}
	s.giveUp(ctx, g, j, rejected)
}

// giveUp makes the primary a primary again and reports the failure (documented).
func (s *Sim) giveUp(ctx context.Context, g *Group, j *job, rejected bool) {
	if s.awaitPrimary(ctx, g) != nil {
		return
	}
	if err := s.restore(ctx, g.primary()); err != nil {
		s.log.Error("promoting after a failed start", "group", g.spec.ID, "error", err)
	}
	if ctx.Err() != nil {
		return
	}
	s.finish(g, j, statusAvailable, func() {
		g.source = nil
		if rejected {
			s.emit(g, opStart, rejectedRDBText(g.spec.ID))
		} else {
			s.emit(g, opStart, startFailedText(g.spec.ID))
		}
	})
}

// restore makes a node a primary whatever has become of it: started again if
// it ended, asked again if it did not answer.
func (s *Sim) restore(ctx context.Context, n *node) error {
	var err error
	for range 3 {
		if err = n.revive(ctx); err == nil {
			err = n.promote(ctx)
		}
		if err == nil || sleep(ctx, s.timing.Poll) != nil {
			break
		}
	}
	return err
}

// tryStart turns the primary to the source once and watches what comes of it.
// With forged, the attempt fails like one whose snapshot was rejected, as soon
// as the source has begun to serve it.
func (s *Sim) tryStart(ctx context.Context, g *Group, j *job, source Endpoint, forged bool) (verdict, error) {
	n := g.primary()
	if err := n.revive(ctx); err != nil {
		return verdictStalled, err
	}
	if err := n.markLog(); err != nil {
		return verdictStalled, err
	}
	if err := n.follow(ctx, source); err != nil {
		return verdictStalled, err
	}
	s.update(g, j, func() { s.enterPhase(g, PhaseSyncing) })
	a := newAttempt(time.Now(), s.timing.AttemptTimeout)
	for {
		st, err := n.state(ctx)
		switch {
		case err == nil:
			if forged && (st.syncing || st.loading || st.linkUp) {
				return verdictRejected, n.promote(ctx)
			}
			if v := a.observe(time.Now(), st); v != verdictPending {
				return v, nil
			}
		case !n.alive():
			return verdictStalled, err
		}
		if err := sleep(ctx, s.timing.Poll); err != nil {
			return verdictPending, err
		}
	}
}
