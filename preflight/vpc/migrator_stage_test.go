package vpc_test

import (
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/preflight"
	"github.com/cachelift/cachelift/preflight/vpc"
	"github.com/cachelift/cachelift/simulator"
)

// More of the default network of the simulator, and of the networks that the
// topologies make.
const (
	defaultTable = "rtb-0c0ffee0000000001"
	sourceGroup  = "sg-source"
	alone        = "10.0.64.241" // of the source in the target's VPC
	apart        = "10.1.1.241"  // of the source in a VPC of its own
)

// stage is a network with the servers of both ends. The target may be in three
// subnets; with one replica, its nodes are in a and b, and none is in c.
type stage struct {
	sim     *simulator.Sim
	net     *simulator.EC2
	cache   *simulator.VPC           // the target's
	app     *simulator.VPC           // the source's
	private *simulator.VPCSubnet     // the source's
	rules   *simulator.SecurityGroup // of the source
	eni     *simulator.Interface     // of the source

	peering  *simulator.Peering           // between the two, or nil
	gateway  *simulator.TransitGateway    // between the two, or nil
	attached *simulator.TransitAttachment // the source's
	edge     *simulator.VPCSubnet         // by which it is attached

	address  string // of the source
	replicas int
	options  vpc.Options
}

// topology builds a network in which nothing is wrong.
type topology func(*stage)

// oneVPC has both ends in one VPC; the security group of the source admits that
// of the target.
func oneVPC(s *stage) {
	s.app, s.private, s.address = s.cache, s.net.DefaultSubnet("b"), alone
	s.rules = s.app.SecurityGroup(sourceGroup).Ingress(simulator.TCP(6379), defaultGroup)
	s.eni = s.net.Interface("eni-source", s.private, alone, sourceGroup)
}

// peered has the source in a VPC of its own; its group admits that of the target
// over the peering connection.
func peered(s *stage) {
	twoOnStage(s)
	s.peering = s.net.Peering("pcx-1", s.app, s.cache)
	s.connect("pcx-1")
	s.rules.Ingress(simulator.TCP(6379), defaultGroup)
}

// peeredByLists is peered, with prefix lists in all routes and rules.
func peeredByLists(s *stage) {
	twoOnStage(s)
	s.peering = s.net.Peering("pcx-1", s.cache, s.app)
	s.net.PrefixList("pl-cache", "10.0.0.0/16")
	s.net.PrefixList("pl-app", "10.8.0.0/16", "10.1.1.0/24")
	s.cache.MainRouteTable().Route("pl-app", "pcx-1")
	s.app.MainRouteTable().Route("pl-cache", "pcx-1")
	s.rules.Ingress(simulator.TCP(6379), "pl-cache")
	s.cache.SecurityGroup(defaultGroup).RevokeEgress().Egress(simulator.TCP(6379), "pl-app")
}

// behindGateway has two VPCs at a transit gateway, each attached by subnets of
// which one is in each zone; the target's are its own.
func behindGateway(s *stage) {
	twoOnStage(s)
	s.gateway = s.net.TransitGateway("tgw-1")
	s.gateway.Attach("tgw-attach-cache", s.cache, s.net.DefaultSubnet("a"), s.net.DefaultSubnet("b"), s.net.DefaultSubnet("c"))
	s.edge = s.app.Subnet("subnet-edge", "us-east-1a", "10.1.9.0/28")
	s.attached = s.gateway.Attach("tgw-attach-app", s.app, s.edge)
	s.connect("tgw-1")
	s.rules.Ingress(simulator.TCP(6379), "10.0.0.0/16")
}

// behindGatewayApart is behindGateway with a route table of the gateway for each
// VPC.
func behindGatewayApart(s *stage) {
	behindGateway(s)
	s.attached.Associate(s.gateway.RouteTable("tgw-rtb-2").Route("10.0.0.0/16", "tgw-attach-cache"))
}

// twoOnStage has the source in vpc-app, from which nothing leads to the target.
func twoOnStage(s *stage) {
	s.address = apart
	s.app = s.net.VPC("vpc-app", "10.1.0.0/16")
	s.private = s.app.Subnet("subnet-private", "us-east-1a", "10.1.1.0/24")
	s.rules = s.app.SecurityGroup(sourceGroup)
	s.eni = s.net.Interface("eni-source", s.private, apart, sourceGroup)
}

// connect adds the routes.
func (s *stage) connect(via string) {
	s.cache.MainRouteTable().Route("10.1.0.0/16", via)
	s.app.MainRouteTable().Route("10.0.0.0/16", via)
}

// newStage builds the network. The servers start with migrator.
func newStage(t testing.TB, build topology, call time.Duration) *stage {
	t.Helper()
	timing := simulator.FastTiming()
	timing.Call = call
	sim, err := simulator.New(simulator.Options{Nodes: simulator.InMemory, Timing: timing})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sim.Close() })
	s := &stage{sim: sim, net: sim.EC2(), cache: sim.EC2().DefaultVPC(), replicas: 1}
	build(s)
	return s
}

// migrator starts the servers. Whatever it calls afterwards is recorded, and has
// to be among the documented actions, which only read.
func (s *stage) migrator(t testing.TB) *migration.Migrator {
	t.Helper()
	source, err := s.sim.StartMemory(simulator.MemoryOptions{
		Address: s.address, Config: map[string]string{"maxmemory-policy": "volatile-lru"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.sim.CreateReplicationGroup(t.Context(), simulator.ReplicationGroup{ID: "orders", Replicas: s.replicas}); err != nil {
		t.Fatal(err)
	}
	plan := migration.NewPlan("test", migration.Source(source.Endpoint()), migration.ReplicationGroup("orders"))
	m, err := migration.New(plan, elasticache.NewFromConfig(s.sim.Config()), &migration.Options{
		DialContext: s.sim.DialContext, LookupHost: s.sim.LookupHost,
		Facts: []preflight.FactSource{vpc.New(ec2.NewFromConfig(s.sim.Config()), &s.options)},
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// report makes the whole report, and sees that nothing was changed or left.
func (s *stage) report(t *testing.T) preflight.Report {
	t.Helper()
	m := s.migrator(t)
	if err := s.net.Err(); err != nil {
		t.Fatal(err)
	}
	report, err := m.Preflight(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s.onlyRead(t)
	return report
}

// onlyRead fails the test if an action was used that the guide does not list, or
// if something was left behind.
func (s *stage) onlyRead(t testing.TB) {
	t.Helper()
	guide := permissions(t)
	allowed := slices.Concat(guide.group, guide.network)
	if s.options.Analyzer != nil {
		allowed = append(allowed, guide.analyzer...)
	}
	calls := s.sim.Calls()
	if len(calls) == 0 {
		t.Error("nothing was asked")
	}
	for _, c := range calls {
		if !slices.Contains(allowed, c.Service+":"+c.Operation) {
			t.Errorf("%s:%s was called, which the guide does not list", c.Service, c.Operation)
		}
	}
	if paths, analyses := s.net.InsightsPaths(), s.net.InsightsAnalyses(); len(paths)+len(analyses) > 0 {
		t.Errorf("left are %v and %v", paths, analyses)
	}
}
