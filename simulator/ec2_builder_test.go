package simulator_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/cachelift/cachelift/simulator"
)

// builderProblem is a mistake in building, and what Err says about it.
type builderProblem struct {
	want  string
	build func(net *simulator.EC2, vpc *simulator.VPC, a *simulator.VPCSubnet)
}

func checkProblems(t *testing.T, tests []builderProblem) {
	t.Helper()
	for _, test := range tests {
		sim := newSim(t, inMemory())
		net := sim.EC2()
		vpc := net.VPC("vpc-a", "10.1.0.0/16")
		subnet := vpc.Subnet("subnet-a", "us-east-1a", "10.1.1.0/24")
		vpc.SecurityGroup("sg-a")
		if err := net.Err(); err != nil {
			t.Fatalf("before: %v", err)
		}
		test.build(net, vpc, subnet)
		if err := net.Err(); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("Err is %v, want it to contain %q", err, test.want)
		}
		// Nobody can go on by mistake: the API says it too.
		if message := refused(t, sim, 500, "InternalError", "DescribeVpcs"); !strings.Contains(message, test.want) {
			t.Errorf("the API says %q, want it to contain %q", message, test.want)
		}
	}
}

func TestEC2ProblemsOfVPCs(t *testing.T) {
	t.Parallel()
	checkProblems(t, []builderProblem{
		{`id "app", want one that begins with "vpc-"`, func(n *simulator.EC2, _ *simulator.VPC, _ *simulator.VPCSubnet) { n.VPC("app", "10.1.0.0/16") }},
		{`id "vpc-a" exists`, func(n *simulator.EC2, _ *simulator.VPC, _ *simulator.VPCSubnet) { n.VPC("vpc-a", "10.3.0.0/16") }},
		{`VPC "vpc-b" has no CIDR block`, func(n *simulator.EC2, _ *simulator.VPC, _ *simulator.VPCSubnet) { n.VPC("vpc-b") }},
		{`"x" is not a CIDR block`, func(n *simulator.EC2, _ *simulator.VPC, _ *simulator.VPCSubnet) { n.VPC("vpc-b", "x") }},
		{`"10.1.0.1/16" has host bits, want "10.1.0.0/16"`, func(n *simulator.EC2, _ *simulator.VPC, _ *simulator.VPCSubnet) { n.VPC("vpc-b", "10.1.0.1/16") }},
		{`want an IPv4 one`, func(n *simulator.EC2, _ *simulator.VPC, _ *simulator.VPCSubnet) { n.VPC("vpc-b", "fd00::/56") }},
		{`"10.3.1.0/24" overlaps "10.3.0.0/16"`, func(n *simulator.EC2, _ *simulator.VPC, _ *simulator.VPCSubnet) {
			n.VPC("vpc-b", "10.3.0.0/16", "10.3.1.0/24")
		}},
		{`is not in "vpc-a"`, func(_ *simulator.EC2, v *simulator.VPC, _ *simulator.VPCSubnet) {
			v.Subnet("subnet-b", "z", "10.9.0.0/24")
		}},
		{`overlaps that of "subnet-a"`, func(_ *simulator.EC2, v *simulator.VPC, _ *simulator.VPCSubnet) {
			v.Subnet("subnet-b", "z", "10.1.1.128/25")
		}},
		{`has no availability zone`, func(_ *simulator.EC2, v *simulator.VPC, _ *simulator.VPCSubnet) {
			v.Subnet("subnet-b", "", "10.1.2.0/24")
		}},
		{`target "somewhere", want an id`, func(_ *simulator.EC2, v *simulator.VPC, _ *simulator.VPCSubnet) {
			v.MainRouteTable().Route("10.0.0.0/8", "somewhere")
		}},
		{`target "pcx-x" does not exist; Blackhole`, func(_ *simulator.EC2, v *simulator.VPC, _ *simulator.VPCSubnet) {
			v.MainRouteTable().Route("10.0.0.0/8", "pcx-x")
		}},
		{`destination "pl-x" does not exist`, func(_ *simulator.EC2, v *simulator.VPC, _ *simulator.VPCSubnet) {
			v.MainRouteTable().Route("pl-x", "igw-1")
		}},
		{`is the destination of the local route`, func(_ *simulator.EC2, v *simulator.VPC, _ *simulator.VPCSubnet) {
			v.MainRouteTable().Route("10.1.0.0/16", "igw-1")
		}},
		{`no route to "10.0.0.0/8" to remove`, func(_ *simulator.EC2, v *simulator.VPC, _ *simulator.VPCSubnet) {
			v.MainRouteTable().Remove("10.0.0.0/8")
		}},
		{`"pcx-1" does not connect "vpc-a"`, func(n *simulator.EC2, v *simulator.VPC, _ *simulator.VPCSubnet) {
			n.Peering("pcx-1", n.DefaultVPC(), n.VPC("vpc-b", "10.2.0.0/16"))
			v.MainRouteTable().Route("10.2.0.0/16", "pcx-1")
		}},
		{`subnet is nil`, func(n *simulator.EC2, v *simulator.VPC, _ *simulator.VPCSubnet) {
			v.RouteTable("rtb-1", n.DefaultSubnet("z"))
		}},
		{`is in "vpc-0c0ffee0000000001", want one in "vpc-a"`, func(n *simulator.EC2, v *simulator.VPC, _ *simulator.VPCSubnet) {
			v.NetworkACL("acl-1", n.DefaultSubnet("a"))
		}},
		{`id "rtb-0c0ffee0000000001" exists`, func(_ *simulator.EC2, v *simulator.VPC, _ *simulator.VPCSubnet) {
			v.RouteTable("rtb-0c0ffee0000000001")
		}},
		{`peer "sg-x" of a rule does not exist`, func(_ *simulator.EC2, v *simulator.VPC, _ *simulator.VPCSubnet) {
			v.SecurityGroup("sg-a").Ingress(simulator.TCP(6379), "sg-x")
		}},
		{`a rule has no peers`, func(_ *simulator.EC2, v *simulator.VPC, _ *simulator.VPCSubnet) {
			v.SecurityGroup("sg-a").Egress(simulator.TCP(6379))
		}},
		{`ports 70000 to 70000`, func(_ *simulator.EC2, v *simulator.VPC, _ *simulator.VPCSubnet) {
			v.SecurityGroup("sg-a").Ingress(simulator.TCP(70000), "10.0.0.0/8")
		}},
		{`Traffic.Protocol is empty`, func(_ *simulator.EC2, v *simulator.VPC, _ *simulator.VPCSubnet) {
			v.SecurityGroup("sg-a").Ingress(simulator.Traffic{}, "10.0.0.0/8")
		}},
		{`rule number 32767, want 1 to 32766`, func(_ *simulator.EC2, v *simulator.VPC, _ *simulator.VPCSubnet) {
			v.DefaultACL().DenyIngress(32767, simulator.AllTraffic(), "0.0.0.0/0")
		}},
	})
}

func TestEC2ProblemsOfWhatIsInThem(t *testing.T) {
	t.Parallel()
	checkProblems(t, []builderProblem{
		{`subnet is nil`, func(n *simulator.EC2, _ *simulator.VPC, _ *simulator.VPCSubnet) {
			n.Interface("eni-1", nil, "10.1.1.7", "sg-a").Address("10.1.1.8").SecurityGroups("sg-a")
		}},
		{`"10.1.2.7" is not in subnet "subnet-a"`, func(n *simulator.EC2, _ *simulator.VPC, a *simulator.VPCSubnet) {
			n.Interface("eni-1", a, "10.1.2.7", "sg-a")
		}},
		{`"here" is not an IP address`, func(n *simulator.EC2, _ *simulator.VPC, a *simulator.VPCSubnet) {
			n.Interface("eni-1", a, "here", "sg-a")
		}},
		{`address "10.1.1.7" is taken by "eni-1"`, func(n *simulator.EC2, _ *simulator.VPC, a *simulator.VPCSubnet) {
			n.Interface("eni-1", a, "10.1.1.7", "sg-a")
			n.Interface("eni-2", a, "10.1.1.7", "sg-a")
		}},
		{`security group "sg-x" does not exist`, func(n *simulator.EC2, _ *simulator.VPC, a *simulator.VPCSubnet) {
			n.Interface("eni-1", a, "10.1.1.7", "sg-x")
		}},
		{`"sg-0c0ffee0000000001" is in "vpc-0c0ffee0000000001"`, func(n *simulator.EC2, _ *simulator.VPC, a *simulator.VPCSubnet) {
			n.Interface("eni-1", a, "10.1.1.7", "sg-0c0ffee0000000001")
		}},
		{`has no security group`, func(n *simulator.EC2, _ *simulator.VPC, a *simulator.VPCSubnet) { n.Interface("eni-1", a, "10.1.1.7") }},
		{`a VPC is nil`, func(n *simulator.EC2, v *simulator.VPC, _ *simulator.VPCSubnet) {
			n.Peering("pcx-1", v, nil).Status("active")
		}},
		{`overlap, which AWS does not connect`, func(n *simulator.EC2, v *simulator.VPC, _ *simulator.VPCSubnet) {
			n.Peering("pcx-1", v, n.VPC("vpc-b", "10.1.0.0/20"))
		}},
		{`status "open", want one of`, func(n *simulator.EC2, v *simulator.VPC, _ *simulator.VPCSubnet) {
			n.Peering("pcx-1", v, n.DefaultVPC()).Status("open")
		}},
		{`want one address family`, func(n *simulator.EC2, _ *simulator.VPC, _ *simulator.VPCSubnet) {
			n.PrefixList("pl-1", "10.0.0.0/8", "fd00::/8")
		}},
		{`is not one of a transit gateway`, func(n *simulator.EC2, _ *simulator.VPC, _ *simulator.VPCSubnet) { n.TransitGateway("tgw-rtb-1") }},
		{`attachment "tgw-attach-1" has no subnet`, func(n *simulator.EC2, v *simulator.VPC, _ *simulator.VPCSubnet) {
			n.TransitGateway("tgw-1").Attach("tgw-attach-1", v)
		}},
		{`VPC is nil`, func(n *simulator.EC2, _ *simulator.VPC, a *simulator.VPCSubnet) {
			n.TransitGateway("tgw-1").Attach("tgw-attach-1", nil, a).State("available")
		}},
		{`"tgw-attach-x" is not an attachment of "tgw-1"`, func(n *simulator.EC2, _ *simulator.VPC, _ *simulator.VPCSubnet) {
			n.TransitGateway("tgw-1").DefaultRouteTable().Route("10.0.0.0/8", "tgw-attach-x")
		}},
		{`kind "lan", want one of`, func(n *simulator.EC2, _ *simulator.VPC, _ *simulator.VPCSubnet) {
			n.TransitGateway("tgw-1").AttachOther("tgw-attach-1", "lan", "x")
		}},
		{`route table "tgw-rtb-2" is of "tgw-2"`, func(n *simulator.EC2, v *simulator.VPC, a *simulator.VPCSubnet) {
			n.TransitGateway("tgw-1").Attach("tgw-attach-1", v, a).Associate(n.TransitGateway("tgw-2").DefaultRouteTable())
		}},
		{`"192.0.2.1" is not an address of a subnet`, func(n *simulator.EC2, _ *simulator.VPC, _ *simulator.VPCSubnet) { n.Place("192.0.2.1").Instance("") }},
		{`PageSize is -1`, func(n *simulator.EC2, _ *simulator.VPC, _ *simulator.VPCSubnet) { n.PageSize(-1) }},
		{`Explanations[0].Code is empty`, func(n *simulator.EC2, _ *simulator.VPC, _ *simulator.VPCSubnet) {
			n.Analyze(simulator.Analysis{Explanations: []simulator.Explanation{{}}})
		}},
	})
}

func TestEC2BuilderReportsAllProblems(t *testing.T) {
	t.Parallel()
	net := newSim(t, inMemory()).EC2()
	net.VPC("one")
	net.PrefixList("two")
	net.DefaultVPC().MainRouteTable().Route("10.5.0.0/16", "pcx-three")
	err := net.Err()
	for _, want := range []string{`"one"`, `"two"`, `"pcx-three"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Err is %v, want it to name %s", err, want)
		}
	}
}

// Building and asking go on at the same time.
func TestEC2Concurrent(t *testing.T) {
	t.Parallel()
	sim := ec2Network(t)
	vpc := sim.EC2().DefaultVPC()
	var all sync.WaitGroup
	for _, letter := range "abcdefgh" {
		all.Go(func() {
			id := string(letter)
			vpc.SecurityGroup("sg-"+id).Ingress(simulator.TCP(6379), "sg-0c0ffee0000000001").RevokeEgress()
			vpc.RouteTable("rtb-"+id).Route("10.9.0.0/16", "igw-1")
			ask(t, sim, "DescribeSecurityGroups", "GroupId.1=sg-"+id)
			ask(t, sim, "DescribeRouteTables")
		})
	}
	all.Wait()
	if err := sim.EC2().Err(); err != nil {
		t.Error(err)
	}
}
