package simulator_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"

	"github.com/cachelift/cachelift/simulator"
)

// What a fresh simulator's ElastiCache names, its EC2 has.
func TestEC2DefaultsFitElastiCache(t *testing.T) {
	t.Parallel()
	for _, region := range []string{"us-east-1", "eu-west-1"} {
		opts := inMemory()
		opts.Region = region
		sim := newSim(t, opts)
		if err := sim.EC2().Err(); err != nil {
			t.Fatal(err)
		}
		newGroup(t, sim, simulator.ReplicationGroup{ID: "rg"})
		api := newAPI(sim)
		clusters, err := api.DescribeCacheClusters(t.Context(), &elasticache.DescribeCacheClustersInput{CacheClusterId: aws.String("rg-001")})
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range clusters.CacheClusters[0].SecurityGroups {
			out := ask(t, sim, "DescribeSecurityGroups", "GroupId.1="+aws.ToString(g.SecurityGroupId))
			sameSet(t, "VPC of the group", out.texts("securityGroupInfo/item/vpcId"), "vpc-0c0ffee0000000001")
		}
		groups, err := api.DescribeCacheSubnetGroups(t.Context(), &elasticache.DescribeCacheSubnetGroupsInput{})
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range groups.CacheSubnetGroups[0].Subnets {
			out := ask(t, sim, "DescribeSubnets", "SubnetId.1="+aws.ToString(s.SubnetIdentifier))
			sameSet(t, "zone", out.texts("subnetSet/item/availabilityZone"), aws.ToString(s.SubnetAvailabilityZone.Name))
			sameSet(t, "VPC", out.texts("subnetSet/item/vpcId"), aws.ToString(groups.CacheSubnetGroups[0].VpcId))
		}
	}
}

func TestEC2Place(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ address, subnet string }{
		{"10.0.0.241", "subnet-0c0ffee000000000a"},
		{"10.0.100.2", "subnet-0c0ffee000000000b"},
		{"10.0.200.2", "subnet-0c0ffee000000000c"},
		{"127.0.0.1", "subnet-0c0ffee00loopback"},
	} {
		sim := newSim(t, inMemory())
		if id := sim.EC2().Place(test.address).ID(); id != "eni-source" {
			t.Errorf("id %q", id)
		}
		out := ask(t, sim, "DescribeNetworkInterfaces", "Filter.1.Name=addresses.private-ip-address", "Filter.1.Value.1="+test.address)
		sameSet(t, "subnet", out.texts("networkInterfaceSet/item/subnetId"), test.subnet)
		sameSet(t, "groups", out.texts("networkInterfaceSet/item/groupSet/item/groupId"), "sg-0c0ffee0000000001")
		routes := ask(t, sim, "DescribeRouteTables", "Filter.1.Name=vpc-id", "Filter.1.Value.1=vpc-0c0ffee0000000001")
		want := []string{"10.0.0.0/16"}
		if test.address == "127.0.0.1" {
			want = append(want, "127.0.0.0/24")
		}
		sameSet(t, "local routes", routes.texts("routeTableSet/item/routeSet/item/destinationCidrBlock"), want...)
		acl := ask(t, sim, "DescribeNetworkAcls", "Filter.1.Name=association.subnet-id", "Filter.1.Value.1="+test.subnet)
		sameSet(t, "ACL", acl.texts("networkAclSet/item/networkAclId"), "acl-0c0ffee0000000001")
	}
}

func TestEC2PlaceNodes(t *testing.T) {
	t.Parallel()
	sim := newSim(t, inMemory())
	group := newGroup(t, sim, simulator.ReplicationGroup{ID: "rg", Replicas: 2})
	placed := sim.EC2().PlaceNodes(group)
	if len(placed) != 3 || placed[1].ID() != "eni-rg-002" {
		t.Fatalf("placed %+v", placed)
	}
	out := ask(t, sim, "DescribeNetworkInterfaces", "Filter.1.Name=requester-managed", "Filter.1.Value.1=true", "Filter.2.Name=description", "Filter.2.Value.1=ElastiCache rg-002")
	for path, want := range map[string]string{
		"networkInterfaceId": "eni-rg-002", "subnetId": "subnet-0c0ffee000000000b", "privateIpAddress": "10.0.64.4", "status": "in-use",
		"groupSet/item/groupId": "sg-0c0ffee0000000001", "requesterId": "amazon-elasticache",
	} {
		sameSet(t, path, out.texts("networkInterfaceSet/item/"+path), want)
	}
	if err := sim.CreateSubnetGroup(simulator.SubnetGroup{Name: "other", VPCID: "vpc-x", Subnets: []simulator.Subnet{{ID: "subnet-x", AvailabilityZone: "us-east-1a"}}}); err != nil {
		t.Fatal(err)
	}
	sim.EC2().PlaceNodes(newGroup(t, sim, simulator.ReplicationGroup{ID: "lost", SubnetGroup: "other"}))
	if sim.EC2().Err() == nil {
		t.Error("nodes of a subnet that is not in the network were placed")
	}
}
