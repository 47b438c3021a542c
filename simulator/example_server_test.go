package simulator_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/aws/aws-sdk-go-v2/service/elasticache/types"
	"github.com/redis/go-redis/v9"

	"github.com/cachelift/cachelift/simulator"
)

// startMemory starts a server in memory, and returns a client of it.
func startMemory(o simulator.MemoryOptions) (*simulator.Memory, *redis.Client, func()) {
	sim, err := simulator.New(simulator.Options{Nodes: simulator.InMemory, Timing: simulator.FastTiming()})
	if err != nil {
		log.Fatal(err)
	}
	server, err := sim.StartMemory(o)
	if err != nil {
		log.Fatal(err)
	}
	client := redis.NewClient(&redis.Options{Addr: server.Addr(), Dialer: sim.DialContext, Protocol: 2, DisableIdentity: true})
	return server, client, func() {
		_ = client.Close()
		_ = sim.Close()
	}
}

// The clients of a server in memory stop to write, and begin again.
func ExampleMemory_SetWriteRate() {
	server, _, end := startMemory(simulator.MemoryOptions{WriteRate: 1_000_000})
	defer end()
	server.SetWriteRate(0)
	stopped := server.AcknowledgedOffset()
	<-time.After(5 * time.Millisecond)
	fmt.Println(server.AcknowledgedOffset() == stopped)
	// Output: true
}

// A server that is stopped refuses connections.
func ExampleMemory_Stop() {
	sim, err := simulator.New(simulator.Options{Nodes: simulator.InMemory, Timing: simulator.FastTiming()})
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = sim.Close() }()
	server, err := sim.StartMemory(simulator.MemoryOptions{})
	if err != nil {
		log.Fatal(err)
	}
	server.Stop()
	_, err = sim.DialContext(context.Background(), "tcp", server.Addr())
	fmt.Println(errors.Is(err, syscall.ECONNREFUSED))
	// Output: true
}

// A restart keeps the data, and makes a new run id.
func ExampleMemory_Restart() {
	ctx := context.Background()
	server, client, end := startMemory(simulator.MemoryOptions{})
	defer end()
	if err := client.Set(ctx, "order:1", "paid", 0).Err(); err != nil {
		log.Fatal(err)
	}
	before := client.InfoMap(ctx, "server").Item("Server", "run_id")
	server.Restart() // go-redis connects again
	fmt.Println(client.Get(ctx, "order:1").Result())
	fmt.Println(before != "" && client.InfoMap(ctx, "server").Item("Server", "run_id") != before)
	// Output:
	// paid <nil>
	// true
}

// The links to the replicas break for a while: the target of a migration sees its
// link go down and come back.
func ExampleMemory_CutLinks() {
	ctx := context.Background()
	sim, err := simulator.New(simulator.Options{Nodes: simulator.InMemory, Timing: simulator.FastTiming()})
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = sim.Close() }()
	group, err := sim.CreateReplicationGroup(ctx, simulator.ReplicationGroup{ID: "prod-cache"})
	if err != nil {
		log.Fatal(err)
	}
	server, err := sim.StartMemory(simulator.MemoryOptions{Config: map[string]string{"repl-diskless-sync-delay": "0"}})
	if err != nil {
		log.Fatal(err)
	}
	_, err = elasticache.NewFromConfig(sim.Config()).StartMigration(ctx, &elasticache.StartMigrationInput{
		ReplicationGroupId: aws.String(group.ID()),
		CustomerNodeEndpointList: []types.CustomerNodeEndpoint{{
			Address: aws.String(server.Endpoint().Address), Port: aws.Int32(int32(server.Endpoint().Port)),
		}},
	})
	if err != nil {
		log.Fatal(err)
	}
	client := redis.NewClient(&redis.Options{Addr: server.Addr(), Dialer: sim.DialContext, Protocol: 2, DisableIdentity: true})
	defer client.Close()
	replicas := func(n string) {
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for client.InfoMap(ctx, "replication").Item("Replication", "connected_slaves") != n {
			<-tick.C
		}
		fmt.Println("replicas:", n)
	}
	replicas("1")
	server.CutLinks(100 * time.Millisecond)
	replicas("0")
	replicas("1")
	// Output:
	// replicas: 1
	// replicas: 0
	// replicas: 1
}

// A fault without a Count strikes until it is removed.
func ExampleInjection_Remove() {
	sim := newFast()
	defer func() { _ = sim.Close() }()
	down, err := sim.Inject(simulator.Fault{Kind: simulator.FaultServerError, Operation: "DescribeEvents"})
	if err != nil {
		log.Fatal(err)
	}
	client := elasticache.NewFromConfig(sim.Config())
	events := func() bool {
		_, err := client.DescribeEvents(context.Background(), &elasticache.DescribeEventsInput{},
			func(o *elasticache.Options) { o.RetryMaxAttempts = 1 })
		return err == nil
	}
	fmt.Println(events(), events(), down.Hits())
	down.Remove()
	fmt.Println(events(), down.Hits())
	// Output:
	// false false 2
	// true 2
}
