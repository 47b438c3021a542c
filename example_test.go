package cachelift_test

import (
	"context"
	"fmt"
	"os"

	"github.com/aws/aws-sdk-go-v2/service/elasticache"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/progress"
	"github.com/cachelift/cachelift/simulator"
)

// moveToElastiCache may be called again with the same plan after a crash: it goes
// on from where AWS stands. Make the plan once and store it, it survives JSON:
//
//	plan := migration.NewPlan("orders-cache",
//		migration.Source{Address: "10.0.0.241", Port: 6379},
//		migration.ReplicationGroup("prod-cache"))
func moveToElastiCache(ctx context.Context, client *elasticache.Client, plan migration.Plan,
	repoint func(context.Context, migration.Endpoint) error) (migration.Result, error) {

	m, err := migration.New(plan, client, &migration.Options{
		// Pauses writes on the source, and calls repoint when the target takes them.
		Cutover:   migration.NewSourceFence(repoint),
		Observers: []progress.Observer{progress.NewText(os.Stderr)},
	})
	if err != nil {
		return migration.Result{}, err // every mistake in plan and options at once
	}
	return m.Run(ctx)
}

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
	plan := migration.NewPlan("orders-cache", from, migration.ReplicationGroup("prod-cache"))
	result, err := moveToElastiCache(ctx, elasticache.NewFromConfig(sim.Config()), plan, repoint)
	fmt.Println(result.State, err)
	// Output:
	// application goes to the new primary: true
	// done <nil>
}
