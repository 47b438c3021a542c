package migration_test

import (
	"context"
	"log"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/redis/go-redis/v9"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/simulator"
)

// exampleLab is what the examples migrate: a redis-server with one key, and a
// local ElastiCache with a group that is named prod-cache.
type exampleLab struct {
	client *elasticache.Client
	source migration.Source
	group  *simulator.Group
	close  func()
}

func startLab(ctx context.Context) exampleLab {
	sim, err := simulator.New(simulator.Options{Timing: simulator.FastTiming()})
	if err != nil {
		log.Fatal(err)
	}
	group, err := sim.CreateReplicationGroup(ctx, simulator.ReplicationGroup{ID: "prod-cache"})
	if err != nil {
		log.Fatal(err)
	}
	source, err := simulator.StartRedis(ctx, simulator.RedisOptions{Args: []string{"--repl-diskless-sync-delay", "0"}})
	if err != nil {
		log.Fatal(err)
	}
	app := redis.NewClient(&redis.Options{Addr: source.Addr()})
	if err := app.Set(ctx, "order:1", "paid", 0).Err(); err != nil {
		log.Fatal(err)
	}
	return exampleLab{
		client: elasticache.NewFromConfig(sim.Config()),
		source: migration.Source(source.Endpoint()),
		group:  group,
		close: func() {
			_ = app.Close()
			_ = source.Close()
			_ = sim.Close()
		},
	}
}

// plan returns a plan for what the lab has.
func (l exampleLab) plan() migration.Plan {
	return migration.NewPlan("orders-cache", l.source, migration.ReplicationGroup("prod-cache"))
}

// quick returns options that fit a service that is in this process. At AWS the
// defaults do.
func quick() *migration.Options {
	return &migration.Options{
		Cutover:   migration.NewSourceFence(nil),
		PollEvery: 20 * time.Millisecond,
		InSyncFor: -1,
	}
}
