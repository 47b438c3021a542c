package simulator_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/aws/smithy-go"

	"github.com/cachelift/cachelift/simulator"
)

// Things go wrong on purpose: here two calls are throttled, and the SDK's own
// retries get over it.
func ExampleSim_Inject() {
	sim := newFast()
	defer func() { _ = sim.Close() }()
	throttled, err := sim.Inject(simulator.Fault{
		Kind: simulator.FaultThrottle, Operation: "DescribeReplicationGroups", Count: 2,
	})
	if err != nil {
		log.Fatal(err)
	}
	client := elasticache.NewFromConfig(sim.Config())
	_, err = client.DescribeReplicationGroups(context.Background(), &elasticache.DescribeReplicationGroupsInput{})
	fmt.Println(err, throttled.Hits())
	// Output: <nil> 2
}

// Which moments a fault takes: here the second look at a group that is being
// modified, and only at that one group.
func ExampleWhen() {
	sim := newFast()
	defer func() { _ = sim.Close() }()
	ctx := context.Background()
	for _, id := range []string{"one", "other"} {
		_, err := sim.CreateReplicationGroup(ctx, simulator.ReplicationGroup{ID: id, MultiAZ: simulator.Disabled, Status: "modifying"})
		if err != nil {
			log.Fatal(err)
		}
	}
	_, err := sim.Inject(simulator.Fault{
		Kind: simulator.FaultThrottle, After: 1, Count: 1,
		When: simulator.When{
			Status: "modifying",
			Fits:   func(o simulator.Occasion) bool { return o.Parameters["ReplicationGroupId"] == "one" },
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	client := elasticache.NewFromConfig(sim.Config(), func(o *elasticache.Options) { o.Retryer = aws.NopRetryer{} })
	for _, id := range []string{"one", "other", "one", "one"} {
		_, err := client.DescribeReplicationGroups(ctx, &elasticache.DescribeReplicationGroupsInput{ReplicationGroupId: aws.String(id)})
		var refused smithy.APIError
		fmt.Println(id, errors.As(err, &refused))
	}
	// Output:
	// one false
	// other false
	// one true
	// one false
}

// Calls is what was asked, with how it was answered.
func ExampleSim_Calls() {
	sim := newFast()
	defer func() { _ = sim.Close() }()
	client := elasticache.NewFromConfig(sim.Config())
	_, err := client.CompleteMigration(context.Background(), &elasticache.CompleteMigrationInput{
		ReplicationGroupId: aws.String("no-such-cache"), Force: aws.Bool(true),
	})
	var refused smithy.APIError
	fmt.Println(errors.As(err, &refused))
	for _, c := range sim.Calls() {
		fmt.Println(c.Operation, c.Parameters["Force"], c.Status, c.Code, c.Accepted)
	}
	// Output:
	// true
	// CompleteMigration true 404 ReplicationGroupNotFoundFault false
}
