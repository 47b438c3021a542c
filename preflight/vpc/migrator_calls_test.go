package vpc_test

import (
	"maps"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachelift/cachelift/simulator"
)

const (
	mostCalls = 20  // of a complete report
	mostTimes = 1.5 // as long as the calls that depend on each other
)

// layout is a topology with what a report of it costs.
type layout struct {
	name  string
	build topology
	calls int // with six members
	chain int // calls of which each needs the answer of the one before
}

func layouts() []layout {
	return []layout{
		{"one VPC", oneVPC, 14, 4},
		{"peered", peered, 15, 4},
		{"peered by prefix lists", peeredByLists, 17, 5},
		{"transit gateway", behindGateway, 18, 6},
		{"transit gateway with a table for each", behindGatewayApart, 19, 6},
	}
}

// TestCost: a report of a group with as many members as there can be takes few
// calls, and hardly longer than those of them that have to wait for each other.
func TestCost(t *testing.T) {
	t.Parallel()
	for _, l := range layouts() {
		t.Run(l.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, l.check)
		})
	}
}

func (l layout) check(t *testing.T) {
	s := newStage(t, l.build, perCall)
	s.replicas = 5
	m := s.migrator(t)
	before := len(s.sim.Calls())
	start := time.Now() // of virtual time
	report, err := m.Preflight(t.Context())
	took := time.Since(start)
	if err != nil {
		t.Fatal(err)
	}
	networkRow{}.judge(t, report)
	calls := s.sim.Calls()[before:]
	if len(calls) > mostCalls || len(calls) != l.calls {
		t.Errorf("%d calls, want %d and no more than %d", len(calls), l.calls, mostCalls)
	}
	chain := longestChain(t, calls)
	if chain != l.chain {
		t.Errorf("%d calls depend on each other, want %d", chain, l.chain)
	}
	least := time.Duration(chain) * perCall
	times := float64(took) / float64(least)
	if times > mostTimes || took < least {
		t.Errorf("it took %v, want %v to %.1f times that", took, least, mostTimes)
	}
	t.Logf("%d calls; %v, which is %.2f times %d calls in turn", len(calls), took, times, chain)
	s.onlyRead(t)
}

// needs tells which answers a call is made of: it cannot be made before.
// The address of the source is known from the start.
func needs() map[string][]string {
	const clusters, subnets, tables = "DescribeCacheClusters", "DescribeCacheSubnetGroups", "DescribeRouteTables"
	ends := []string{subnets, "DescribeNetworkInterfaces"} // the VPCs
	return map[string][]string{
		"DescribeReplicationGroups": nil,
		clusters:                    {"DescribeReplicationGroups"},
		subnets:                     {clusters},
		"DescribeCacheParameters":   {clusters},

		"DescribeNetworkInterfaces":            nil,
		"DescribeSubnets":                      ends,
		tables:                                 ends,
		"DescribeNetworkAcls":                  ends,
		"DescribeVpcPeeringConnections":        ends,
		"DescribeSecurityGroups":               {clusters, "DescribeNetworkInterfaces"},
		"GetManagedPrefixListEntries":          {tables, "DescribeSecurityGroups"},
		"DescribeTransitGatewayAttachments":    {tables},
		"DescribeTransitGatewayVpcAttachments": {tables},
		"SearchTransitGatewayRoutes":           {"DescribeTransitGatewayAttachments"},
	}
}

// longestChain counts the calls of which each had to wait for the one before,
// however they were made.
func longestChain(t testing.TB, calls []simulator.Call) int {
	t.Helper()
	needs, made := needs(), map[string]bool{}
	for _, c := range calls {
		if _, known := needs[c.Operation]; !known {
			t.Fatalf("what %s needs is not known", c.Operation)
		}
		if c.Parameters["NextToken"] != "" || c.Parameters["Marker"] != "" {
			t.Fatalf("%s has more than one page", c.Operation)
		}
		made[c.Operation] = true
	}
	var length func(string) int
	length = func(operation string) int {
		if !made[operation] {
			return 0
		}
		before := 0
		for _, n := range needs[operation] {
			before = max(before, length(n))
		}
		return before + 1
	}
	longest := 0
	for _, operation := range slices.Sorted(maps.Keys(made)) {
		longest = max(longest, length(operation))
	}
	return longest
}
