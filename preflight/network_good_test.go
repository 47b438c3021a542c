package preflight

import (
	"slices"
	"strings"
	"testing"
)

// networkRow is a way that is broken in one place.
type networkRow struct {
	builtinRow
	// from makes facts that pass; nil for goodFacts.
	from func() Facts
	// also are the other checks that cannot tell then; all others pass.
	also []string
}

// peeredFacts have the source in a VPC of its own, peered with the target's.
func peeredFacts() Facts {
	f := goodFacts()
	n := f.Network
	moveSource(&f)
	n.Peerings = []Peering{{
		ID: "pcx-1", Status: "active",
		Requester: PeeringSide{"vpc-1", "us-east-1", []string{"10.0.0.0/16"}},
		Accepter:  PeeringSide{"vpc-2", "us-east-1", []string{"10.9.0.0/16"}},
	}}
	addRoutes(n, "pcx-1")
	for i := range n.SecurityGroups[0].Ingress[0].Groups {
		n.SecurityGroups[0].Ingress[0].Groups[i] = GroupReference{"sg-target", "vpc-1", "pcx-1", "active"}
	}
	return f
}

// transitFacts have the two VPCs at a transit gateway, each by subnets of their
// own for that.
func transitFacts() Facts {
	f := goodFacts()
	n := f.Network
	moveSource(&f)
	addRoutes(n, "tgw-1")
	n.SecurityGroups[0].Ingress = []Rule{{Protocol: "tcp", FromPort: 6379, ToPort: 6379, CIDRs: []string{"10.0.0.0/16"}}}
	n.ACLs[0].Subnets = append(n.ACLs[0].Subnets, "subnet-gs")
	n.ACLs[1].Subnets = append(n.ACLs[1].Subnets, "subnet-ga", "subnet-gb")
	n.Attachments = []Attachment{
		{"tgw-attach-t", "tgw-1", "vpc-1", "available", []Subnet{
			{"subnet-ga", "vpc-1", []string{"10.0.8.0/28"}, "us-east-1a"},
			{"subnet-gb", "vpc-1", []string{"10.0.8.16/28"}, "us-east-1b"},
		}, "tgw-rtb-t", "enable"},
		{"tgw-attach-s", "tgw-1", "vpc-2", "available", []Subnet{{"subnet-gs", "vpc-2", []string{"10.9.8.0/28"}, "us-east-1a"}}, "tgw-rtb-s", "enable"},
	}
	n.TransitRoutes = []TransitRoute{
		{"tgw-rtb-t", "10.9.0.241", "10.9.0.0/16", "active", []string{"tgw-attach-s"}},
		{"tgw-rtb-s", "10.0.1.0/24", "10.0.0.0/16", "active", []string{"tgw-attach-t"}},
		{"tgw-rtb-s", "10.0.2.0/24", "10.0.0.0/16", "active", []string{"tgw-attach-t"}},
	}
	return f
}

func moveSource(f *Facts) {
	n := f.Network
	f.SourceAddress = &Address{Host: "cache.example", IPs: []string{"10.9.0.241"}}
	n.SourceInterfaces[0].VPC, n.SourceInterfaces[0].IPs = "vpc-2", []string{"10.9.0.241"}
	n.Subnets[0] = Subnet{"subnet-s", "vpc-2", []string{"10.9.0.0/24"}, "us-east-1a"}
	n.SecurityGroups[0].VPC, n.ACLs[0].VPC = "vpc-2", "vpc-2"
	n.RouteTables = append(n.RouteTables, RouteTable{
		ID: "rtb-s", VPC: "vpc-2", Main: true, Routes: []Route{{CIDR: "10.9.0.0/16", Via: "local", State: "active"}},
	})
}

func addRoutes(n *Network, via string) {
	n.RouteTables[0].Routes = append(n.RouteTables[0].Routes, Route{CIDR: "10.9.0.0/16", Via: via, State: "active"})
	n.RouteTables[1].Routes = append(n.RouteTables[1].Routes, Route{CIDR: "10.0.0.0/16", Via: via, State: "active"})
}

// networkRows are the rows of all network checks.
func networkRows() []builtinRow {
	var out []builtinRow
	for _, r := range allNetworkRows() {
		from, change := r.from, r.change
		if from != nil {
			r.change = func(f *Facts) { *f = from(); change(f) }
		}
		out = append(out, r.builtinRow)
	}
	return out
}

func allNetworkRows() []networkRow {
	return slices.Concat(vpcRows(), managedRows(), routeRows(), peeringRows(), transitRows(), groupRows(), crossGroupRows(), aclRows(), analyzerRows())
}

func TestNetworkGoodFacts(t *testing.T) {
	t.Parallel()
	for name, from := range map[string]func() Facts{"one VPC": goodFacts, "peered": peeredFacts, "transit gateway": transitFacts} {
		report := Judge(from(), networkChecks(), nil)
		if len(report.Findings) != 5 {
			t.Errorf("%s: %d findings, want 5: nobody asked for the analyzer", name, len(report.Findings))
		}
		for _, f := range report.Findings {
			if f.Outcome != Pass || f.Remedy != "" || f.Severity != Blocking {
				t.Errorf("%s: %+v", name, f)
			}
		}
	}
}

// TestNetworkAlone: what is broken is found by the check that it belongs to,
// and no other check fails.
func TestNetworkAlone(t *testing.T) {
	t.Parallel()
	for _, r := range allNetworkRows() {
		facts := goodFacts()
		if r.from != nil {
			facts = r.from()
		}
		r.change(&facts)
		before := mustJSON(t, facts)
		for _, f := range Judge(facts, networkChecks(), nil).Findings {
			want := Pass
			switch {
			case f.CheckID == r.check:
				want = r.want
				if !strings.Contains(f.Observed, r.observed) || !strings.Contains(f.Remedy, r.remedy) {
					t.Errorf("%s (%s): want observed ...%s..., remedy ...%s...\ngot  %s\n     %s", r.check, r.why, r.observed, r.remedy, f.Observed, f.Remedy)
				}
			case slices.Contains(r.also, f.CheckID):
				want = Unknown
			}
			if f.Outcome != want {
				t.Errorf("%s (%s): %s is %s, want %s: %s", r.check, r.why, f.CheckID, f.Outcome, want, f.Observed)
			}
			if (f.Remedy == "") != (f.Outcome == Pass) || f.Subject == "" || f.Observed == "" || f.Required == "" || f.DocURL == "" {
				t.Errorf("%s (%s): incomplete: %+v", r.check, r.why, f)
			}
			if f.Outcome == Unknown && f.Severity != Warning {
				t.Errorf("%s (%s): unknown is %s", r.check, r.why, f.Severity)
			}
		}
		if mustJSON(t, facts) != before {
			t.Errorf("%s (%s): judging changed the facts", r.check, r.why)
		}
	}
}
