package vpc_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/cachelift/cachelift/preflight"
	"github.com/cachelift/cachelift/preflight/vpc"
	"github.com/cachelift/cachelift/simulator"
)

// The default network of the simulator.
const (
	defaultVPC   = "vpc-0c0ffee0000000001"
	defaultGroup = "sg-0c0ffee0000000001"
	subnetPrefix = "subnet-0c0ffee000000000"
)

// newSim has the target's nodes in subnet a and b of the default VPC.
func newSim(t *testing.T) (*simulator.Sim, *simulator.EC2) {
	t.Helper()
	sim, err := simulator.New(simulator.Options{Nodes: simulator.InMemory})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sim.Close() })
	net := sim.EC2()
	net.Interface("eni-primary", net.DefaultSubnet("a"), "10.0.0.7", defaultGroup)
	return sim, net
}

func simFacts(source string) preflight.Facts {
	f := known()
	f.Target.VPC, f.Target.SecurityGroups = defaultVPC, []string{defaultGroup}
	f.Target.Subnets = []preflight.TargetSubnet{{ID: subnetPrefix + "a"}, {ID: subnetPrefix + "b"}}
	f.SourceAddress = &preflight.Address{Host: source, Port: 6379, IPs: []string{source}}
	f.Source = &preflight.Node{Address: source + ":6379"}
	return f
}

// inSim gathers with the real client, asserts that no other than the documented
// actions were used, and lets the network checks judge.
func inSim(t *testing.T, sim *simulator.Sim, opts *vpc.Options, facts preflight.Facts, calls int) preflight.Network {
	t.Helper()
	if err := sim.EC2().Err(); err != nil {
		t.Fatal(err)
	}
	got, err := vpc.New(ec2.NewFromConfig(sim.Config()), opts).Gather(context.WithoutCancel(t.Context()), facts)
	if err != nil || len(got.Gaps) != 0 {
		t.Fatalf("gaps %v, error %v", got.Gaps, err)
	}
	allowed := vpc.Actions()
	if opts != nil && opts.Analyzer != nil {
		allowed = append(allowed, vpc.AnalyzerActions()...)
	}
	for _, c := range sim.Calls() {
		if !slices.Contains(allowed, c.Service+":"+c.Operation) || c.Code != "" {
			t.Errorf("call %s:%s %s, want one of %q", c.Service, c.Operation, c.Code, allowed)
		}
	}
	if n := len(sim.Calls()); n != calls {
		t.Errorf("%d calls, want %d", n, calls)
	}
	facts.Network = got.Network
	for _, f := range preflight.Judge(facts, preflight.Builtin(), nil).Findings {
		switch f.CheckID {
		case "network.address", "network.vpc", "network.route", "network.security-group", "network.acl":
			if f.Outcome != preflight.Pass {
				t.Errorf("%s is %s: %s; %s", f.CheckID, f.Outcome, f.Observed, f.Remedy)
			}
		}
	}
	return *got.Network
}

func simSubnet(id, vpc, zone, cidr string) preflight.Subnet {
	return preflight.Subnet{ID: id, VPC: vpc, CIDRs: []string{cidr}, AvailabilityZone: "us-east-1" + zone}
}

// simACL lets everything pass, as the default ACL of a VPC does.
func simACL(id, vpc string, subnets ...string) preflight.NetworkACL {
	a := preflight.NetworkACL{ID: id, VPC: vpc, Subnets: subnets}
	for _, egress := range []bool{false, true} {
		a.Entries = append(
			a.Entries,
			preflight.ACLEntry{Number: 100, Egress: egress, Allow: true, Protocol: "-1", CIDR: "0.0.0.0/0"},
			preflight.ACLEntry{Number: 32767, Egress: egress, Protocol: "-1", CIDR: "0.0.0.0/0"},
		)
	}
	return a
}

func simTable(id, vpc string, routes ...preflight.Route) preflight.RouteTable {
	for i := range routes {
		routes[i].State = "active"
	}
	return preflight.RouteTable{ID: id, VPC: vpc, Main: true, Routes: routes}
}

func simGroup(id, vpc string, ingress preflight.Rule) preflight.SecurityGroup {
	return preflight.SecurityGroup{
		ID: id, VPC: vpc, Ingress: []preflight.Rule{ingress},
		Egress: []preflight.Rule{{Protocol: "-1", CIDRs: []string{"0.0.0.0/0"}}},
	}
}

// sorted puts the lists into one order: the API promises none.
func sorted(n preflight.Network) preflight.Network {
	by(n.Subnets, func(s preflight.Subnet) string { return s.ID })
	by(n.RouteTables, func(t preflight.RouteTable) string { return t.ID })
	by(n.SecurityGroups, func(g preflight.SecurityGroup) string { return g.ID })
	by(n.ACLs, func(a preflight.NetworkACL) string { return a.ID })
	by(n.Attachments, func(a preflight.Attachment) string { return a.ID })
	for _, a := range n.ACLs {
		slices.Sort(a.Subnets)
		slices.SortFunc(a.Entries, func(x, y preflight.ACLEntry) int {
			order := func(e preflight.ACLEntry) int {
				if e.Egress {
					return e.Number + 1<<20
				}
				return e.Number
			}
			return order(x) - order(y)
		})
	}
	return n
}

func by[T any](list []T, id func(T) string) {
	slices.SortFunc(list, func(a, b T) int {
		if id(a) < id(b) {
			return -1
		}
		return 1
	})
}

func simInterface(vpc, subnet, ip, group string) []preflight.Interface {
	return []preflight.Interface{{
		ID: "eni-source", VPC: vpc, Subnet: subnet, IPs: []string{ip},
		SecurityGroups: []string{group}, Instance: "i-source", Status: "in-use", Type: "interface",
	}}
}

func TestSimulatorSameVPC(t *testing.T) {
	t.Parallel()
	sim, net := newSim(t)
	net.Place("10.0.64.9")
	net.PageSize(1)
	got := inSim(t, sim, nil, simFacts("10.0.64.9"), 7) // three subnets, one a page
	equal(t, sorted(got), preflight.Network{
		SourceInterfaces: simInterface(defaultVPC, subnetPrefix+"b", "10.0.64.9", defaultGroup),
		Subnets:          []preflight.Subnet{simSubnet(subnetPrefix+"a", defaultVPC, "a", "10.0.0.0/18"), simSubnet(subnetPrefix+"b", defaultVPC, "b", "10.0.64.0/18")},
		RouteTables:      []preflight.RouteTable{simTable("rtb-0c0ffee0000000001", defaultVPC, preflight.Route{CIDR: "10.0.0.0/16", Via: "local"})},
		SecurityGroups: []preflight.SecurityGroup{simGroup(defaultGroup, defaultVPC, preflight.Rule{
			Protocol: "-1", Groups: []preflight.GroupReference{{ID: defaultGroup}},
		})},
		ACLs:     []preflight.NetworkACL{simACL("acl-0c0ffee0000000001", defaultVPC, subnetPrefix+"a", subnetPrefix+"b", subnetPrefix+"c")},
		Peerings: []preflight.Peering{}, PrefixLists: []preflight.PrefixList{},
		Attachments: []preflight.Attachment{}, TransitRoutes: []preflight.TransitRoute{},
	})
}

// twoNetworks has the source in vpc-app, which is reached over via, and which
// admits what is in a prefix list.
func twoNetworks(net *simulator.EC2, via string) *simulator.VPC {
	app := net.VPC("vpc-app", "10.1.0.0/16")
	private := app.Subnet("subnet-private", "us-east-1a", "10.1.1.0/24")
	net.PrefixList("pl-cache", "10.0.0.0/17")
	app.SecurityGroup("sg-source").Ingress(simulator.TCP(6379), "pl-cache")
	net.Interface("eni-source", private, "10.1.1.9", "sg-source")
	app.MainRouteTable().Route("10.0.0.0/16", via)
	net.DefaultVPC().MainRouteTable().Route("10.1.0.0/16", via)
	return app
}

// betweenTwo is what is to be seen of twoNetworks, whatever connects them.
func betweenTwo(via string) preflight.Network {
	return preflight.Network{
		SourceInterfaces: simInterface("vpc-app", "subnet-private", "10.1.1.9", "sg-source"),
		Subnets: []preflight.Subnet{
			simSubnet(subnetPrefix+"a", defaultVPC, "a", "10.0.0.0/18"), simSubnet(subnetPrefix+"b", defaultVPC, "b", "10.0.64.0/18"),
			simSubnet("subnet-private", "vpc-app", "a", "10.1.1.0/24"),
		},
		RouteTables: []preflight.RouteTable{
			simTable("rtb-0c0ffee0000000001", defaultVPC, preflight.Route{CIDR: "10.0.0.0/16", Via: "local"}, preflight.Route{CIDR: "10.1.0.0/16", Via: via}),
			simTable("rtb-app", "vpc-app", preflight.Route{CIDR: "10.1.0.0/16", Via: "local"}, preflight.Route{CIDR: "10.0.0.0/16", Via: via}),
		},
		SecurityGroups: []preflight.SecurityGroup{
			simGroup(defaultGroup, defaultVPC, preflight.Rule{Protocol: "-1", Groups: []preflight.GroupReference{{ID: defaultGroup}}}),
			simGroup("sg-source", "vpc-app", preflight.Rule{Protocol: "tcp", FromPort: 6379, ToPort: 6379, PrefixLists: []string{"pl-cache"}}),
		},
		ACLs: []preflight.NetworkACL{
			simACL("acl-0c0ffee0000000001", defaultVPC, subnetPrefix+"a", subnetPrefix+"b", subnetPrefix+"c"),
			simACL("acl-app", "vpc-app", "subnet-private"),
		},
		Peerings: []preflight.Peering{}, PrefixLists: []preflight.PrefixList{{ID: "pl-cache", CIDRs: []string{"10.0.0.0/17"}}},
		Attachments: []preflight.Attachment{}, TransitRoutes: []preflight.TransitRoute{},
	}
}

func TestSimulatorPeered(t *testing.T) {
	t.Parallel()
	sim, net := newSim(t)
	net.Peering("pcx-1", twoNetworks(net, "pcx-1"), net.DefaultVPC())
	got := inSim(t, sim, nil, simFacts("10.1.1.9"), 7)
	want := betweenTwo("pcx-1")
	want.Peerings = []preflight.Peering{{
		ID: "pcx-1", Status: "active",
		Requester: preflight.PeeringSide{VPC: "vpc-app", Region: "us-east-1", CIDRs: []string{"10.1.0.0/16"}},
		Accepter:  preflight.PeeringSide{VPC: defaultVPC, Region: "us-east-1", CIDRs: []string{"10.0.0.0/16"}},
	}}
	equal(t, sorted(got), want)
}

func TestSimulatorTransitGateway(t *testing.T) {
	t.Parallel()
	sim, net := newSim(t)
	app := twoNetworks(net, "tgw-1")
	edge := app.Subnet("subnet-edge", "us-east-1a", "10.1.9.0/28")
	app.NetworkACL("acl-edge", edge).AllowIngress(1, simulator.AllTraffic(), "0.0.0.0/0").AllowEgress(1, simulator.AllTraffic(), "0.0.0.0/0")
	gateway := net.TransitGateway("tgw-1")
	gateway.Attach("tgw-attach-app", app, edge)
	gateway.Attach("tgw-attach-cache", net.DefaultVPC(), net.DefaultSubnet("a"), net.DefaultSubnet("b")).Associate(gateway.RouteTable("tgw-rtb-2").Route("10.1.1.0/24", "tgw-attach-app"))
	got := sorted(inSim(t, sim, nil, simFacts("10.1.1.9"), 11))
	want := betweenTwo("tgw-1")
	want.ACLs = append(want.ACLs, simACL("acl-edge", "vpc-app", "subnet-edge"))
	want.ACLs[2].Entries[0].Number, want.ACLs[2].Entries[2].Number = 1, 1
	want.Attachments = []preflight.Attachment{
		{
			ID: "tgw-attach-app", Gateway: "tgw-1", VPC: "vpc-app", State: "available", RouteTable: "tgw-rtb-1", GroupReferences: "enable",
			Subnets: []preflight.Subnet{simSubnet("subnet-edge", "vpc-app", "a", "10.1.9.0/28")},
		},
		{
			ID: "tgw-attach-cache", Gateway: "tgw-1", VPC: defaultVPC, State: "available", RouteTable: "tgw-rtb-2", GroupReferences: "enable",
			Subnets: []preflight.Subnet{simSubnet(subnetPrefix+"a", defaultVPC, "a", "10.0.0.0/18"), simSubnet(subnetPrefix+"b", defaultVPC, "b", "10.0.64.0/18")},
		},
	}
	back := preflight.TransitRoute{RouteTable: "tgw-rtb-1", Address: "10.0.0.0/18", CIDR: "10.0.0.0/16", State: "active", Attachments: []string{"tgw-attach-cache"}}
	want.TransitRoutes = []preflight.TransitRoute{
		back, back,
		{RouteTable: "tgw-rtb-2", Address: "10.1.1.9", CIDR: "10.1.1.0/24", State: "active", Attachments: []string{"tgw-attach-app"}},
	}
	want.TransitRoutes[1].Address = "10.0.64.0/18"
	equal(t, got, sorted(want))
}

func TestSimulatorAnalyzer(t *testing.T) {
	t.Parallel()
	sim, net := newSim(t)
	net.Place("10.0.64.9")
	net.Analyze(simulator.Analysis{
		Source: "eni-primary", Destination: "eni-source", Polls: 1,
		Explanations: []simulator.Explanation{{Code: "ENI_SG_RULES_MISMATCH", Component: "sg-1"}},
	})
	opts := &vpc.Options{
		Analyzer: ec2.NewFromConfig(sim.Config()), AnalyzerEvery: time.Millisecond,
		LookupHost: func(context.Context, string) ([]string, error) { return []string{"10.0.0.7"}, nil },
	}
	got := inSim(t, sim, opts, simFacts("10.0.64.9"), 5+1+6)
	if len(got.Analyses) != 1 || got.Analyses[0].ID == "" {
		t.Fatalf("analyses are %+v", got.Analyses)
	}
	equal(t, got.Analyses[0], preflight.Analysis{
		From: "eni-primary", To: "eni-source", ID: got.Analyses[0].ID, Status: "succeeded", Explanations: []string{"ENI_SG_RULES_MISMATCH sg-1"},
	})
	if len(net.InsightsPaths()) != 0 || len(net.InsightsAnalyses()) != 0 {
		t.Errorf("left are %v and %v", net.InsightsPaths(), net.InsightsAnalyses())
	}
}
