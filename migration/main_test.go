package migration_test

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/elasticache"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/simulator"
)

// world is a source, a simulated ElastiCache with one group, and a client.
type world struct {
	source *simulator.Redis
	sim    *simulator.Sim
	group  *simulator.Group
	api    *elasticache.Client
}

// newWorld starts real servers and ends them with the test.
func newWorld(t testing.TB, sourceArgs ...string) *world {
	t.Helper()
	w := &world{source: startSource(t, sourceArgs...)}
	w.sim = newSim(t)
	var err error
	w.group, err = w.sim.CreateReplicationGroup(t.Context(), simulator.ReplicationGroup{ID: "test-cluster", Replicas: 1})
	if err != nil {
		t.Fatal(err)
	}
	w.api = elasticache.NewFromConfig(w.sim.Config())
	return w
}

func newSim(t testing.TB) *simulator.Sim {
	t.Helper()
	sim, err := simulator.New(simulator.Options{Timing: simulator.FastTiming()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := sim.Close(); err != nil {
			t.Error(err)
		}
	})
	return sim
}

func startSource(t testing.TB, args ...string) *simulator.Redis {
	t.Helper()
	args = append([]string{"--repl-diskless-sync-delay", "0"}, args...)
	s, err := simulator.StartRedis(context.Background(), simulator.RedisOptions{Args: args})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func (w *world) plan() migration.Plan {
	e := w.source.Endpoint()
	return migration.NewPlan("test", migration.Source{Address: e.Address, Port: e.Port}, migration.ReplicationGroup("test-cluster"))
}

// options are fast enough for tests.
func (w *world) options() *migration.Options {
	return &migration.Options{
		PollEvery:         20 * time.Millisecond,
		InSyncFor:         100 * time.Millisecond,
		CutoverRetryAfter: 50 * time.Millisecond,
		Retry:             migration.Retry{Initial: 5 * time.Millisecond, Max: 50 * time.Millisecond, MaxElapsed: 10 * time.Second},
		Assume:            migration.Assumptions{EventGrace: time.Second, PromotionWithin: 30 * time.Second},
	}
}

func (w *world) migrator(t testing.TB, plan migration.Plan, opts *migration.Options) *migration.Migrator {
	t.Helper()
	m, err := migration.New(plan, w.api, opts)
	if err != nil {
		t.Fatal(err)
	}
	return m
}
