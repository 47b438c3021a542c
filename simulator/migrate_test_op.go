package simulator

import (
	"context"
	"time"

	"github.com/cachelift/cachelift/simulator/internal/wire"
)

// testMigration answers at once and reports by an event, as the answer has no
// place for a result (documented). All else is assumed: the status meanwhile,
// what is looked at, the event.
func (s *Sim) testMigration(q wire.Request) (any, error) {
	g, source, err := s.migrationTarget(q)
	if err != nil {
		return nil, err
	}
	g.setStatus(statusModifying)
	s.begin(g, opTest, func(ctx context.Context, j *job) { s.runTest(ctx, g, j, source) })
	return wire.MigrationResult{ReplicationGroup: g.shape(g.shown())}, nil
}

func (s *Sim) runTest(ctx context.Context, g *Group, j *job, source Endpoint) {
	begun := time.Now()
	reason := s.probe(ctx, source)
	if sleep(ctx, s.timing.Test-time.Since(begun)) != nil {
		return
	}
	text := s.messages.TestSucceeded
	if reason != "" {
		text = s.messages.TestFailed
	}
	s.finish(g, j, statusAvailable, func() {
		s.emit(g, opTest, fill(text, "{id}", g.spec.ID, "{reason}", reason))
	})
}
