package simulator_test

import (
	"context"
	"fmt"
	"log"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/cachelift/cachelift/simulator"
)

// Nodes in memory need no redis-server. They are reached through DialContext,
// and inside testing/synctest hours pass in milliseconds.
func ExampleSim_StartMemory() {
	ctx := context.Background()
	sim, err := simulator.New(simulator.Options{Nodes: simulator.InMemory, Timing: simulator.FastTiming()})
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = sim.Close() }()
	source, err := sim.StartMemory(simulator.MemoryOptions{Address: "redis.example.com", Version: "7.2.4", Keys: 1_000_000, Dataset: 2 << 30})
	if err != nil {
		log.Fatal(err)
	}
	client := redis.NewClient(&redis.Options{
		Addr: source.Addr(), Dialer: sim.DialContext, Protocol: 2, DisableIdentity: true,
		MaintNotificationsConfig: &maintnotifications.Config{
			Mode: maintnotifications.ModeDisabled,
			// Else go-redis resolves the name, which nobody but DialContext knows.
			EndpointType: maintnotifications.EndpointTypeNone,
		},
	})
	defer client.Close()
	if err := client.Set(ctx, "order:1", "paid", 0).Err(); err != nil {
		log.Fatal(err)
	}
	keys, err := client.DBSize(ctx).Result()
	fmt.Println(source.Addr(), keys, err)
	// Output: redis.example.com:6379 1000001 <nil>
}

// DialContext fits as the dialer of go-redis, and as Options.DialContext of a
// migration.
func ExampleSim_DialContext() {
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
	conn, err := sim.DialContext(ctx, "tcp", group.PrimaryEndpoint().String())
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "PING\r\n")
	answer := make([]byte, 7)
	_, err = conn.Read(answer)
	fmt.Printf("%q %v\n", answer, err)

	_, err = sim.DialContext(ctx, "tcp", "nobody.example.com:6379")
	fmt.Println(err != nil)
	// Output:
	// "+PONG\r\n" <nil>
	// true
}
