package preflight

import (
	"fmt"
	"math/rand/v2"
)

// topology makes random networks: few and small parts, so that each of them
// matters often.
type topology struct {
	*rand.Rand
	apart bool // the source is in a VPC of its own
}

func oneOf[T any](t topology, list ...T) T { return list[t.IntN(len(list))] }

func (t topology) chance(percent int) bool { return t.IntN(100) < percent }

func randomNetwork(r *rand.Rand) Facts {
	t := topology{r, r.IntN(2) == 0}
	n := &Network{
		Subnets: []Subnet{
			{"subnet-a", "vpc-1", []string{"10.0.0.0/28"}, "a"},
			{"subnet-b", "vpc-1", []string{"10.0.0.16/28"}, "b"},
			{"subnet-s", "vpc-1", []string{"10.0.0.32/28"}, "a"},
		},
		Peerings: []Peering{}, Attachments: []Attachment{}, TransitRoutes: []TransitRoute{},
		PrefixLists: []PrefixList{{"pl-1", t.cidrs()}, {"pl-2", t.cidrs()}},
	}
	f := goodFacts()
	f.Network = n
	f.SourceAddress = &Address{IPs: []string{"10.0.0.40"}}
	eni := Interface{ID: "eni-1", VPC: "vpc-1", Subnet: "subnet-s", SecurityGroups: oneOf(t, []string{"sg-source"}, []string{"sg-source", "sg-2"})}
	f.Target.SecurityGroups = oneOf(t, []string{"sg-target"}, []string{"sg-target", "sg-2"})
	f.Target.Subnets = []TargetSubnet{{ID: "subnet-a"}, {ID: "subnet-b"}}
	switch {
	case t.apart:
		eni.VPC, n.Subnets[2].VPC, n.Subnets[2].CIDRs = "vpc-2", "vpc-2", []string{"10.1.0.32/28"}
		f.SourceAddress.IPs = []string{"10.1.0.40"}
	case t.chance(20):
		eni.Subnet, f.SourceAddress.IPs = "subnet-a", []string{"10.0.0.9"}
		if t.chance(50) {
			f.Target.Subnets = f.Target.Subnets[:1]
		}
	}
	eni.IPs = f.SourceAddress.IPs
	if t.chance(7) {
		eni.Type = "network_load_balancer"
	}
	n.SourceInterfaces = []Interface{eni}
	if t.chance(5) {
		n.SourceInterfaces = []Interface{}
	}
	t.connect(n)
	t.routes(n)
	t.groups(n)
	t.acls(n)
	return f
}

// cidrs are about the addresses of both ends.
func (t topology) cidrs() []string {
	out := make([]string, 1+t.IntN(3))
	for i := range out {
		out[i] = t.cidr()
	}
	return out
}

func (t topology) cidr() string {
	if t.chance(40) {
		return oneOf(t, "0.0.0.0/0", "10.0.0.0/24", "10.1.0.0/24", "10.0.0.0/27", "10.0.0.0/28", "10.0.0.16/28", "10.1.0.32/28", "10.0.0.32/28")
	}
	base := oneOf(t, "10.0.0.", "10.0.0.", "10.1.0.")
	bits := oneOf(t, 27, 28, 29, 30, 32)
	at := oneOf(t, 0, 8, 16, 24, 40) / (1 << (32 - bits)) << (32 - bits)
	return fmt.Sprintf("%s%d/%d", base, at, bits)
}

func (t topology) connect(n *Network) {
	if !t.apart {
		return
	}
	gateway := t.chance(40)
	if !gateway && t.chance(90) || t.chance(10) {
		n.Peerings = append(n.Peerings, Peering{
			ID: "pcx-1", Status: oneOf(t, "active", "active", "active", "active", "pending-acceptance"),
			Requester: PeeringSide{VPC: "vpc-1", Region: "r-1"}, Accepter: PeeringSide{VPC: "vpc-2", Region: oneOf(t, "r-1", "r-1", "r-1", "r-2", "")},
		})
	}
	n.Peerings = append(n.Peerings, Peering{ID: "pcx-3", Status: "active", Requester: PeeringSide{VPC: "vpc-1"}, Accepter: PeeringSide{VPC: "vpc-3"}})
	if !gateway {
		return
	}
	doors := []Subnet{{"subnet-ga", "vpc-1", []string{"10.0.0.64/28"}, "a"}, {"subnet-gb", "vpc-1", []string{"10.0.0.80/28"}, "b"}, {"subnet-a", "vpc-1", []string{"10.0.0.0/28"}, "a"}}
	n.Attachments = []Attachment{
		{"att-t", "tgw-1", "vpc-1", oneOf(t, "available", "available", "available", "failed"), oneOf(t, doors[:2], doors[:2], doors[:2], doors[1:], doors[:1], nil), "rt-t", oneOf(t, "enable", "disable", "")},
		{"att-s", "tgw-1", "vpc-2", "available", []Subnet{{"subnet-gs", "vpc-2", []string{"10.1.0.64/28"}, "a"}}, "rt-s", oneOf(t, "enable", "enable", "disable")},
	}
	if t.chance(5) {
		n.Attachments = n.Attachments[:1]
	}
	add := func(table, address, to string, holes int) {
		r := TransitRoute{RouteTable: table, Address: address}
		if t.chance(90) {
			r.CIDR, r.State, r.Attachments = address, "active", []string{to}
		}
		if t.chance(holes) {
			r.State = "blackhole"
		}
		if t.chance(8) {
			r.Attachments = []string{oneOf(t, "att-t", "att-s", "att-vpn")}
		}
		if t.chance(95) {
			n.TransitRoutes = append(n.TransitRoutes, r)
		}
	}
	add("rt-t", "10.1.0.40/32", "att-s", 15)
	add("rt-s", "10.0.0.0/28", "att-t", 15)
	add("rt-s", "10.0.0.16/28", "att-t", 15)
	if t.chance(25) {
		add("rt-s", "10.0.0.8/29", "att-t", 60)
	}
}

func (t topology) routes(n *Network) {
	way := oneOf(t, "pcx-1", "pcx-1", "igw-1")
	if len(n.Attachments) > 0 {
		way = "tgw-1"
	}
	table := func(id, vpc, local, other string, subnets ...string) {
		rt := RouteTable{ID: id, VPC: vpc, Main: len(subnets) == 0, Subnets: subnets, Routes: []Route{{CIDR: local, Via: "local", State: "active"}}}
		if t.apart && t.chance(90) {
			rt.Routes = append(rt.Routes, Route{CIDR: other, Via: way, State: "active"})
		}
		for range oneOf(t, 0, 0, 0, 1, 1, 2) {
			r := Route{CIDR: t.cidr(), Via: oneOf(t, way, way, "eni-1", "pcx-3", "igw-1"), State: oneOf(t, "active", "active", "active", "blackhole", "filtered")}
			if t.chance(25) {
				r.CIDR, r.PrefixList = "", oneOf(t, "pl-1", "pl-2", "pl-unread")
			}
			if !t.apart && t.chance(60) {
				r.Via = "eni-1"
			}
			rt.Routes = append(rt.Routes, r)
		}
		t.Shuffle(len(rt.Routes), func(i, j int) { rt.Routes[i], rt.Routes[j] = rt.Routes[j], rt.Routes[i] })
		n.RouteTables = append(n.RouteTables, rt)
	}
	table("rtb-1", "vpc-1", "10.0.0.0/24", "10.1.0.0/24")
	if t.chance(40) {
		table("rtb-b", "vpc-1", "10.0.0.0/24", "10.1.0.0/24", "subnet-b")
	}
	table("rtb-2", "vpc-2", "10.1.0.0/24", "10.0.0.0/24")
	if t.apart && t.chance(30) {
		table("rtb-s", "vpc-2", "10.1.0.0/24", "10.0.0.0/24", "subnet-s")
	}
}

func (t topology) groups(n *Network) {
	rule := func() Rule {
		r := Rule{Protocol: oneOf(t, "tcp", "tcp", "6", "-1", "udp"), FromPort: oneOf(t, 0, 6379, 6379, 6380), ToPort: oneOf(t, 6379, 6379, 65535, 6378)}
		switch t.IntN(5) {
		case 0, 1, 2:
			r.CIDRs = t.cidrs()
			if t.chance(3) {
				r.CIDRs = append(r.CIDRs, "bad")
			}
		case 3:
			r.PrefixLists = []string{oneOf(t, "pl-1", "pl-2", "pl-1", "pl-2", "pl-unread")}
		case 4:
			r.Groups = []GroupReference{{ID: oneOf(t, "sg-source", "sg-target", "sg-2"), PeeringStatus: oneOf(t, "", "active", "deleted")}}
		}
		return r
	}
	for _, id := range []string{"sg-source", "sg-target", "sg-2"} {
		g := SecurityGroup{ID: id, Ingress: []Rule{}, Egress: []Rule{}}
		if id == "sg-target" && t.chance(60) {
			g.Egress = append(g.Egress, Rule{Protocol: "-1", CIDRs: []string{"0.0.0.0/0"}})
		}
		for range t.IntN(4) {
			g.Ingress, g.Egress = append(g.Ingress, rule()), append(g.Egress, rule())
		}
		if t.chance(97) {
			n.SecurityGroups = append(n.SecurityGroups, g)
		}
	}
}

func (t topology) acls(n *Network) {
	for i, subnets := range [][]string{{"subnet-s", "subnet-gs"}, {"subnet-a", "subnet-b"}, {"subnet-ga", "subnet-gb"}} {
		a := NetworkACL{ID: fmt.Sprintf("acl-%d", i), Subnets: subnets}
		numbers := t.Perm(40)
		for _, egress := range []bool{false, true} {
			for range t.IntN(4) {
				a.Entries = append(a.Entries, t.entry(1+numbers[0], egress))
				numbers = numbers[1:]
			}
			if t.chance(90) {
				rest := ACLEntry{Number: 41 + t.IntN(5), Egress: egress, Allow: true, Protocol: "-1", CIDR: "0.0.0.0/0"}
				if t.chance(15) {
					rest.Protocol, rest.FromPort, rest.ToPort = "6", oneOf(t, 0, 1024, 1025), oneOf(t, 65534, 65535)
				}
				a.Entries = append(a.Entries, rest)
			}
			a.Entries = append(a.Entries, ACLEntry{Number: 32767, Egress: egress, Protocol: "-1", CIDR: "0.0.0.0/0"})
		}
		if t.chance(5) {
			a.Entries[0].CIDR = "bad"
		}
		t.Shuffle(len(a.Entries), func(i, j int) { a.Entries[i], a.Entries[j] = a.Entries[j], a.Entries[i] })
		if t.chance(97) {
			n.ACLs = append(n.ACLs, a)
		}
	}
	if n.ACLs == nil {
		n.ACLs = []NetworkACL{}
	}
}

func (t topology) entry(number int, egress bool) ACLEntry {
	e := ACLEntry{Number: number, Egress: egress, Allow: t.chance(65), Protocol: oneOf(t, "6", "6", "6", "-1", "17"), CIDR: t.cidr()}
	e.FromPort = oneOf(t, 0, 1023, 1024, 1025, 6379, 32768)
	e.ToPort = oneOf(t, 1024, 6379, 32767, 60999, 65534, 65535)
	return e
}
