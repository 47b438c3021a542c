package simulator_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/aws/aws-sdk-go-v2/service/elasticache/types"
	"github.com/redis/go-redis/v9"

	"github.com/cachelift/cachelift/simulator"
)

// A migration by the AWS SDK alone, from a plain server to a simulated group.
func Example() {
	ctx := context.Background()
	sim, err := simulator.New(simulator.Options{Timing: simulator.FastTiming()})
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = sim.Close() }()
	group, err := sim.CreateReplicationGroup(ctx, simulator.ReplicationGroup{ID: "test-cluster"})
	if err != nil {
		log.Fatal(err)
	}
	source, err := simulator.StartRedis(ctx, simulator.RedisOptions{Args: []string{"--repl-diskless-sync-delay", "0"}})
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = source.Close() }()

	client := elasticache.NewFromConfig(sim.Config())
	out, err := client.StartMigration(ctx, &elasticache.StartMigrationInput{
		ReplicationGroupId: aws.String("test-cluster"),
		CustomerNodeEndpointList: []types.CustomerNodeEndpoint{{
			Address: aws.String(source.Endpoint().Address),
			Port:    aws.Int32(int32(source.Endpoint().Port)),
		}},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("started:", aws.ToString(out.ReplicationGroup.Status))
	wait(group, "migrating")
	if _, err := client.CompleteMigration(ctx, &elasticache.CompleteMigrationInput{ReplicationGroupId: aws.String("test-cluster")}); err != nil {
		log.Fatal(err)
	}
	wait(group, "available")
	events, err := client.DescribeEvents(ctx, &elasticache.DescribeEventsInput{
		SourceType: types.SourceTypeReplicationGroup, SourceIdentifier: aws.String("test-cluster"),
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("event:", aws.ToString(events.Events[0].Message))
	// Output:
	// started: modifying
	// status: migrating
	// status: available
	// event: Complete Migration successful for test-cluster
}

func wait(g *simulator.Group, status string) {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for g.Status() != status {
		<-tick.C
	}
	fmt.Println("status:", g.Status())
}

// A migration in memory: nothing is installed, nothing listens. Inside a bubble of
// testing/synctest, hours of it take milliseconds.
func Example_inMemory() {
	ctx := context.Background()
	sim, err := simulator.New(simulator.Options{Nodes: simulator.InMemory, Timing: simulator.FastTiming()})
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = sim.Close() }()
	group, err := sim.CreateReplicationGroup(ctx, simulator.ReplicationGroup{ID: "test-cluster"})
	if err != nil {
		log.Fatal(err)
	}
	source, err := sim.StartMemory(simulator.MemoryOptions{
		Keys: 1_000_000, Dataset: 1_000_000, WriteRate: 50_000,
		Config: map[string]string{"repl-diskless-sync-delay": "0"},
	})
	if err != nil {
		log.Fatal(err)
	}
	client := redis.NewClient(&redis.Options{Addr: source.Addr(), Dialer: sim.DialContext})
	defer func() { _ = client.Close() }()
	fmt.Println("write:", client.Set(ctx, "greeting", "hello", 0).Val())

	api := elasticache.NewFromConfig(sim.Config())
	if _, err := api.StartMigration(ctx, &elasticache.StartMigrationInput{
		ReplicationGroupId: aws.String("test-cluster"),
		CustomerNodeEndpointList: []types.CustomerNodeEndpoint{{
			Address: aws.String(source.Endpoint().Address), Port: aws.Int32(int32(source.Endpoint().Port)),
		}},
	}); err != nil {
		log.Fatal(err)
	}
	wait(group, "migrating")
	client.Do(ctx, "CLIENT", "PAUSE", 60_000, "WRITE")
	acknowledged := source.AcknowledgedOffset()
	if _, err := api.CompleteMigration(ctx, &elasticache.CompleteMigrationInput{ReplicationGroupId: aws.String("test-cluster")}); err != nil {
		log.Fatal(err)
	}
	wait(group, "available")
	fmt.Println("nothing lost:", group.AppliedOffset() >= acknowledged)
	// Output:
	// write: OK
	// status: migrating
	// status: available
	// nothing lost: true
}
