package preflight

import (
	"strings"
	"testing"
)

// balanced puts a network load balancer where the source was.
func balanced(f *Facts) {
	i := &f.Network.SourceInterfaces[0]
	i.Type, i.RequesterManaged, i.Instance = "network_load_balancer", true, ""
}

// managedRows are about addresses that are those of something else than a server.
func managedRows() []networkRow {
	behind := nonet("address", "route", "security-group", "acl")
	but := func(id string) []string { return without(behind, id) }
	becomes := func(change func(*Interface)) func(*Facts) {
		return func(f *Facts) { change(&f.Network.SourceInterfaces[0]) }
	}
	typed := func(kind string) func(*Facts) { return becomes(func(i *Interface) { i.Type = kind }) }
	const address, route, group, acl = "network.address", "network.route", "network.security-group", "network.acl"
	return []networkRow{
		{builtinRow{"a load balancer", balanced, address, Unknown, "10.0.0.241 is on eni-source (network_load_balancer) of no instance in subnet-s of vpc-1; what is behind it is not seen", "aws elbv2 describe-target-health"}, nil, behind},
		{builtinRow{"the address of the server is wanted", balanced, address, Unknown, "", "give the address of the server itself, or check by hand what is behind eni-source"}, nil, behind},
		{builtinRow{"a load balancer, its VPC", balanced, "network.vpc", Pass, "both ends are in vpc-1; what is behind eni-source (network_load_balancer) is not seen", ""}, nil, behind},
		{builtinRow{"a load balancer, peered", balanced, "network.vpc", Pass, "pcx-1; what is behind", ""}, peeredFacts, behind},
		{builtinRow{"a load balancer, at a gateway", balanced, "network.vpc", Pass, "tgw-1; what is behind", ""}, transitFacts, behind},
		{builtinRow{"an endpoint", typed("vpc_endpoint"), address, Unknown, "(vpc_endpoint)", "describe-network-interfaces --network-interface-ids eni-source"}, nil, behind},
		{builtinRow{"a type that is not known yet", typed("novel"), address, Unknown, "(novel)", ""}, nil, behind},
		{builtinRow{"one that waits for its server", becomes(func(i *Interface) { i.Type, i.Status = "vpc_endpoint", "available" }), address, Unknown, "(vpc_endpoint)", ""}, nil, behind},
		{builtinRow{"an endpoint of old, with the type of a server's", becomes(func(i *Interface) { i.Type, i.RequesterManaged, i.Instance = "interface", true, "" }), address, Unknown, "managed by a service of AWS", "what it belongs to"}, nil, behind},
		{builtinRow{"a managed instance", becomes(func(i *Interface) { i.RequesterManaged = true }), address, Pass, "i-source", ""}, nil, nil},
		{builtinRow{"an interface", typed("interface"), address, Pass, "10.0.0.241 is on eni-source of i-source", ""}, nil, nil},
		{builtinRow{"a fast interface", typed("efa"), address, Pass, "", ""}, nil, nil},
		{builtinRow{"a fast interface for no IP", typed("efa-only"), address, Pass, "", ""}, nil, nil},
		{builtinRow{"a container's", becomes(func(i *Interface) { i.Type, i.Instance = "branch", "" }), address, Pass, "", ""}, nil, nil},
		{builtinRow{"a trunk", typed("trunk"), address, Pass, "", ""}, nil, nil},
		{builtinRow{"two interfaces of one", func(f *Facts) {
			balanced(f)
			i := f.Network.SourceInterfaces[0]
			i.ID, i.IPs = "eni-2", []string{"10.0.2.9"}
			f.Network.SourceInterfaces = append(f.Network.SourceInterfaces, i)
			f.SourceAddress.IPs = append(f.SourceAddress.IPs, "10.0.2.9")
		}, address, Unknown, "eni-2 (network_load_balancer)", "give the address of the server itself"}, nil, append(nonet("vpc"), behind...)},

		{builtinRow{"the source's rules are those of others", func(f *Facts) { balanced(f); f.Network.SecurityGroups[0].Ingress = nil }, group, Unknown, "what is behind eni-source", "see network.address"}, nil, behind},
		{builtinRow{"no egress", func(f *Facts) { balanced(f); f.Network.SecurityGroups[1].Egress = nil }, group, Fail, "no egress rule of sg-target", "--group-id sg-target"}, nil, but(group)},
		{builtinRow{"egress to the balancer's group alone", func(f *Facts) {
			balanced(f)
			f.Network.SecurityGroups[1].Egress = []Rule{{Protocol: "-1", Groups: []GroupReference{{ID: "sg-source"}}}}
		}, group, Unknown, "what is behind eni-source", ""}, nil, behind},
		{builtinRow{"a balancer's ACL", func(f *Facts) { balanced(f); f.Network.ACLs[0].Entries = nil }, acl, Unknown, "what is behind eni-source", ""}, nil, behind},
		{builtinRow{"the target's ACL", func(f *Facts) { balanced(f); f.Network.ACLs[1].Entries = nil }, acl, Fail, "acl-t of subnet-a denies egress", "--network-acl-id acl-t"}, nil, but(acl)},
		{builtinRow{"a balancer in the target's subnet", func(f *Facts) {
			balanced(f)
			f.Network.SourceInterfaces[0].Subnet = "subnet-a"
			f.Target.Subnets, f.Network.ACLs = f.Target.Subnets[:1], []NetworkACL{}
		}, acl, Unknown, "what is behind eni-source", ""}, nil, behind},
		{builtinRow{"no route to a balancer", func(f *Facts) { balanced(f); cutRoutes(f, 0) }, route, Fail, "has no route to 10.9.0.0/24", "create-route"}, peeredFacts, but(route)},
		{builtinRow{"no route from a balancer", func(f *Facts) { balanced(f); cutRoutes(f, 1) }, route, Unknown, "what is behind eni-source", ""}, peeredFacts, behind},
		{builtinRow{"a path to a balancer", func(f *Facts) {
			balanced(f)
			f.Network.Analyses = []Analysis{{From: "eni-t", To: "eni-source", ID: "nia-1", Status: "succeeded", PathFound: true}}
		}, "network.analyzer", Unknown, "path found (nia-1), what is behind eni-source (network_load_balancer) is not seen", "see network.address"}, nil, behind},
		{builtinRow{"no path to a balancer", func(f *Facts) {
			balanced(f)
			f.Network.Analyses = []Analysis{{From: "eni-t", To: "eni-source", ID: "nia-1", Status: "succeeded"}}
		}, "network.analyzer", Fail, "no path (nia-1)", ""}, nil, behind},
	}
}

// cutRoutes leaves a route table the local route.
func cutRoutes(f *Facts, table int) {
	t := &f.Network.RouteTables[table]
	t.Routes = t.Routes[:1]
}

func without(list []string, id string) []string {
	var out []string
	for _, s := range list {
		if s != id {
			out = append(out, s)
		}
	}
	return out
}

// TestOldFactsHaveNoType: what was written before types were read is judged as
// it was.
func TestOldFactsHaveNoType(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	if err := WriteFacts(&b, goodFacts()); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), "requester_managed") || strings.Contains(b.String(), `"group_references"`) {
		t.Fatal("the facts have what old ones have not")
	}
	facts, err := ReadFacts(strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	if f := judgeSourceInterface(facts); f.Outcome != Pass {
		t.Errorf("%+v", f)
	}
}
