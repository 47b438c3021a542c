package migrationtest_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/redis/go-redis/v9"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/migrationtest"
	"github.com/cachelift/cachelift/simulator"
)

// The library's own Cutover holds to the contract, before a real server.
func TestCheckCutoverOfSourceFence(t *testing.T) {
	t.Parallel()
	server, err := simulator.StartRedis(t.Context(), simulator.RedisOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	sim, err := simulator.New(simulator.Options{Timing: simulator.FastTiming()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sim.Close() })
	from := server.Endpoint()
	plan := migration.NewPlan("fence", migration.Source{Address: from.Address, Port: from.Port}, migration.ReplicationGroup("none"))
	fence := migration.NewSourceFence(nil)
	if _, err := migration.New(plan, elasticache.NewFromConfig(sim.Config()), &migration.Options{Cutover: fence}); err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(&redis.Options{Addr: server.Addr(), MaxRetries: -1, ContextTimeoutEnabled: true})
	t.Cleanup(func() { _ = client.Close() })
	set := func(ctx context.Context) error { return client.Set(ctx, "key", "value", 0).Err() }
	inTransaction := func(ctx context.Context) error {
		_, err := client.TxPipelined(ctx, func(p redis.Pipeliner) error { return p.Incr(ctx, "counter").Err() })
		return err
	}
	script := func(ctx context.Context) error {
		return client.Eval(ctx, "return redis.call('INCR', KEYS[1])", []string{"counter"}).Err()
	}
	if err := migrationtest.CheckCutover(t.Context(), fence, set, inTransaction, script); err != nil {
		t.Error(err)
	}
	if err := set(t.Context()); err != nil {
		t.Errorf("after the check: %v", err)
	}
}

// So it does before a server in memory.
func TestCheckCutoverOfSourceFenceInMemory(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		s := migrationtest.NewScenario(t)
		fence := migration.NewSourceFence(nil)
		s.Migrator(&migration.Options{Cutover: fence})
		client := s.SourceClient()
		set := func(ctx context.Context) error { return client.Set(ctx, "key", "value", 0).Err() }
		if err := migrationtest.CheckCutover(t.Context(), fence, set); err != nil {
			t.Errorf("after %v: %v", time.Since(begun), err)
		}
		s.AssertWritesOpen()
	})
}
