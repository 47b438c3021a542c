package cachelift_test

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/elasticache"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/progress"
	"github.com/cachelift/cachelift/simulator"
)

// README begin

func moveToElastiCache(ctx context.Context, client *elasticache.Client, source migration.Source,
	repoint func(context.Context, migration.Endpoint) error) (migration.Result, error) {

	plan := migration.NewPlan("orders-cache", source, migration.ReplicationGroup("prod-cache"))

	m, err := migration.New(plan, client, &migration.Options{
		// Pauses writes on the source, and calls repoint when the target takes them.
		Cutover:   migration.NewSourceFence(repoint),
		Observers: []progress.Observer{progress.NewText(os.Stderr)},
		PollEvery: time.Second,
	})
	if err != nil {
		return migration.Result{}, err // every mistake in plan and options at once
	}
	// Checks, starts, follows, cuts over. After a crash, New with the stored
	// plan and Run again: it goes on from where AWS stands.
	return m.Run(ctx)
}

// README end

// The whole way, against a local ElastiCache and a real redis-server.
func Example() {
	ctx := context.Background()
	source, err := simulator.StartRedis(ctx, simulator.RedisOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer source.Close()
	sim, err := simulator.New(simulator.Options{Timing: simulator.FastTiming()})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer sim.Close()
	group, err := sim.CreateReplicationGroup(ctx, simulator.ReplicationGroup{ID: "prod-cache"})
	if err != nil {
		fmt.Println(err)
		return
	}

	repoint := func(_ context.Context, to migration.Endpoint) error {
		fmt.Println("application goes to the new primary:", to.String() == group.PrimaryEndpoint().String())
		return nil
	}
	from := migration.Source{Address: source.Endpoint().Address, Port: source.Endpoint().Port}
	result, err := moveToElastiCache(ctx, elasticache.NewFromConfig(sim.Config()), from, repoint)
	fmt.Println(result.State, err)
	// Output:
	// application goes to the new primary: true
	// done <nil>
}
