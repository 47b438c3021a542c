package simulator_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/aws/smithy-go"

	"github.com/cachelift/cachelift/simulator"
)

// A group that a preflight must refuse: one of its members is being modified.
func ExampleMember() {
	ctx := context.Background()
	sim := newFast()
	defer func() { _ = sim.Close() }()
	_, err := sim.CreateReplicationGroup(ctx, simulator.ReplicationGroup{
		ID:      "prod-cache",
		Members: map[string]simulator.Member{"prod-cache-002": {Status: "modifying", Pending: simulator.MemberChanges{EngineVersion: "7.1"}}},
	})
	if err != nil {
		log.Fatal(err)
	}
	err = start(ctx, elasticache.NewFromConfig(sim.Config()), "prod-cache", simulator.Endpoint{Address: "10.0.0.5", Port: 6379})
	var refused smithy.APIError
	fmt.Println(errors.As(err, &refused) && refused.ErrorCode() == "InvalidCacheClusterState")
	// Output: true
}
