package vpc_test

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/cachelift/cachelift/preflight"
	"github.com/cachelift/cachelift/preflight/vpc"
	"github.com/cachelift/cachelift/simulator"
)

// A host gives the source to the Facts of migration.Options; here it is asked
// directly, about a network that the simulator describes.
func ExampleNew() {
	sim, err := simulator.New(simulator.Options{Nodes: simulator.InMemory})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer sim.Close()
	sim.EC2().Place("10.0.64.9")

	source := vpc.New(ec2.NewFromConfig(sim.Config()), nil)
	found, err := source.Gather(context.Background(), preflight.Facts{
		Target: &preflight.Target{
			ID: "prod", Exists: true, VPC: "vpc-0c0ffee0000000001", SecurityGroups: []string{"sg-0c0ffee0000000001"},
			Subnets: []preflight.TargetSubnet{{ID: "subnet-0c0ffee000000000a"}},
		},
		SourceAddress: &preflight.Address{Host: "redis.internal", Port: 6379, IPs: []string{"10.0.64.9"}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, i := range found.Network.SourceInterfaces {
		fmt.Println(i.ID, i.Instance, i.Subnet)
	}
	fmt.Println(len(found.Network.RouteTables), "route table,", len(found.Gaps), "gaps")
	// Output:
	// eni-source i-source subnet-0c0ffee000000000b
	// 1 route table, 0 gaps
}
