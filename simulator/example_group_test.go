package simulator_test

import (
	"context"
	"fmt"
	"log"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/redis/go-redis/v9"

	"github.com/cachelift/cachelift/simulator"
)

// newFast returns a simulator that is quick.
func newFast() *simulator.Sim {
	sim, err := simulator.New(simulator.Options{Timing: simulator.FastTiming()})
	if err != nil {
		log.Fatal(err)
	}
	return sim
}

// New starts nothing and reports every problem at once.
func ExampleNew() {
	_, err := simulator.New(simulator.Options{RedisServer: "no-such-server"})
	fmt.Println(err != nil)

	sim, err := simulator.New(simulator.Options{Timing: simulator.FastTiming(), Region: "eu-central-1"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(sim.Config().Region)
	fmt.Println(sim.Close())
	// Output:
	// true
	// eu-central-1
	// <nil>
}

// The zero value of each field but ID makes a group that is fit for a migration.
func ExampleSim_CreateReplicationGroup() {
	ctx := context.Background()
	sim := newFast()
	defer func() { _ = sim.Close() }()
	group, err := sim.CreateReplicationGroup(ctx, simulator.ReplicationGroup{ID: "prod-cache", Replicas: 2})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(group.ID(), group.Status())
	for _, n := range group.Nodes() {
		client := redis.NewClient(&redis.Options{Addr: n.Endpoint.String()})
		pong, err := client.Ping(ctx).Result()
		fmt.Println(n.ClusterID, n.Role, pong, err)
		_ = client.Close()
	}

	// One that a preflight must refuse.
	_, err = sim.CreateReplicationGroup(ctx, simulator.ReplicationGroup{
		ID: "old-cache", MultiAZ: simulator.Disabled, TransitEncryption: simulator.TransitEncryptionRequired,
	})
	fmt.Println(err)
	// Output:
	// prod-cache available
	// prod-cache-001 primary PONG <nil>
	// prod-cache-002 replica PONG <nil>
	// prod-cache-003 replica PONG <nil>
	// <nil>
}

// Config is for the real SDK client, whose calls stay in the process.
func ExampleSim_Config() {
	ctx := context.Background()
	sim := newFast()
	defer func() { _ = sim.Close() }()
	if _, err := sim.CreateReplicationGroup(ctx, simulator.ReplicationGroup{ID: "prod-cache"}); err != nil {
		log.Fatal(err)
	}
	client := elasticache.NewFromConfig(sim.Config())
	out, err := client.DescribeReplicationGroups(ctx, &elasticache.DescribeReplicationGroupsInput{ReplicationGroupId: aws.String("prod-cache")})
	if err != nil {
		log.Fatal(err)
	}
	g := out.ReplicationGroups[0]
	fmt.Println(aws.ToString(g.ReplicationGroupId), aws.ToString(g.Status), g.MultiAZ)
	// Output: prod-cache available enabled
}

// Parameter and subnet groups are made before the group that names them.
func ExampleSim_CreateParameterGroup() {
	sim := newFast()
	defer func() { _ = sim.Close() }()
	if err := sim.CreateParameterGroup(simulator.ParameterGroup{Name: "small", Values: map[string]string{"databases": "2"}}); err != nil {
		log.Fatal(err)
	}
	group, err := sim.CreateReplicationGroup(context.Background(), simulator.ReplicationGroup{ID: "prod-cache", ParameterGroup: "small"})
	if err != nil {
		log.Fatal(err)
	}
	third := redis.NewClient(&redis.Options{Addr: group.PrimaryEndpoint().String(), DB: 2})
	defer third.Close()
	fmt.Println(third.Ping(context.Background()).Err())
	// Output: ERR DB index is out of range
}

func ExampleSim_CreateSubnetGroup() {
	sim := newFast()
	defer func() { _ = sim.Close() }()
	err := sim.CreateSubnetGroup(simulator.SubnetGroup{
		Name: "caches", VPCID: "vpc-1a2b3c4d",
		Subnets: []simulator.Subnet{{ID: "subnet-1", AvailabilityZone: "us-east-1a"}, {ID: "subnet-2", AvailabilityZone: "us-east-1b"}},
	})
	if err != nil {
		log.Fatal(err)
	}
	_, err = sim.CreateReplicationGroup(context.Background(), simulator.ReplicationGroup{ID: "prod-cache", SubnetGroup: "caches"})
	fmt.Println(err)
	// Output: <nil>
}
