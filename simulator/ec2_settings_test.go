package simulator_test

import (
	"testing"

	"github.com/cachelift/cachelift/simulator"
)

func TestEC2InterfaceTypes(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		why      string
		change   func(*simulator.Interface)
		kind     string
		managed  string
		instance []string
		status   string
	}{
		{"as it is made", func(*simulator.Interface) {}, "interface", "false", []string{"i-typed"}, "in-use"},
		{"one of an instance still", func(i *simulator.Interface) { i.Type("efa") }, "efa", "false", []string{"i-typed"}, "in-use"},
		{"made by a service", func(i *simulator.Interface) { i.Type("network_load_balancer") }, "network_load_balancer", "true", nil, "in-use"},
		{"made by a service, without a type of its own", func(i *simulator.Interface) { i.Managed("amazon-elb") }, "interface", "true", nil, "in-use"},
		{"both", func(i *simulator.Interface) { i.Managed("amazon-elb").Type("vpc_endpoint") }, "vpc_endpoint", "true", nil, "in-use"},
		{"attached to nothing", func(i *simulator.Interface) { i.Type("trunk").Instance("") }, "trunk", "false", nil, "available"},
	} {
		sim := ec2Network(t)
		vpc := sim.EC2().VPC("vpc-typed", "10.5.0.0/16")
		vpc.SecurityGroup("sg-typed")
		test.change(sim.EC2().Interface("eni-typed", vpc.Subnet("subnet-typed", "us-east-1a", "10.5.0.0/24"), "10.5.0.7", "sg-typed"))
		if err := sim.EC2().Err(); err != nil {
			t.Fatal(err)
		}
		found := ask(t, sim, "DescribeNetworkInterfaces", "Filter.1.Name=vpc-id", "Filter.1.Value.1=vpc-typed",
			"Filter.2.Name=interface-type", "Filter.2.Value.1="+test.kind, "Filter.3.Name=requester-managed", "Filter.3.Value.1="+test.managed)
		item := "networkInterfaceSet/item/"
		sameSet(t, test.why+": type", found.texts(item+"interfaceType"), test.kind)
		sameSet(t, test.why+": managed", found.texts(item+"requesterManaged"), test.managed)
		sameSet(t, test.why+": instance", found.texts(item+"attachment/instanceId"), test.instance...)
		sameSet(t, test.why+": status", found.texts(item+"status"), test.status)
	}
}

func TestEC2GroupReferences(t *testing.T) {
	t.Parallel()
	sim := newSim(t, inMemory())
	net := sim.EC2()
	a := net.TransitGateway("tgw-1").Attach("tgw-attach-1", net.DefaultVPC(), net.DefaultSubnet("a"))
	for i, want := range []string{"enable", "disable", "enable"} {
		if i > 0 {
			a.GroupReferences(want)
		}
		found := ask(t, sim, "DescribeTransitGatewayVpcAttachments", "TransitGatewayAttachmentIds.1=tgw-attach-1")
		sameSet(t, "setting", found.texts("transitGatewayVpcAttachments/item/options/securityGroupReferencingSupport"), want)
	}
}

func TestEC2ProblemsOfSettings(t *testing.T) {
	t.Parallel()
	checkProblems(t, []builderProblem{
		{`type "nlb", want one of ["interface"`, func(n *simulator.EC2, _ *simulator.VPC, a *simulator.VPCSubnet) {
			n.Interface("eni-1", a, "10.1.1.7", "sg-a").Type("nlb")
		}},
		{`interface "eni-1" is managed by no service`, func(n *simulator.EC2, _ *simulator.VPC, a *simulator.VPCSubnet) {
			n.Interface("eni-1", a, "10.1.1.7", "sg-a").Managed("")
		}},
		{`group references "on", want "enable" or "disable"`, func(n *simulator.EC2, v *simulator.VPC, a *simulator.VPCSubnet) {
			n.TransitGateway("tgw-1").Attach("tgw-attach-1", v, a).GroupReferences("on")
		}},
		{`and it is one of kind "vpn"`, func(n *simulator.EC2, _ *simulator.VPC, _ *simulator.VPCSubnet) {
			n.TransitGateway("tgw-1").AttachOther("tgw-attach-1", "vpn", "vpn-1").GroupReferences("disable")
		}},
	})
}
