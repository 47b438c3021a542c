package simulator

import (
	"net/netip"
	"strings"
)

// anywhere is every IPv4 address.
const anywhere = "0.0.0.0/0"

// direction tells traffic in from traffic out.
type direction string

const (
	ingress direction = "ingress"
	egress  direction = "egress"
)

// Traffic is what a rule is about: a protocol, and the ports that packets are
// addressed to. See [TCP], [TCPPorts] and [AllTraffic].
type Traffic struct {
	// Protocol is "tcp", "udp", "icmp", a number, or "-1" for all of them.
	Protocol string
	// From is the first port, or the type of ICMP; of no meaning with "-1".
	From int
	// To is the last port, or the code of ICMP; of no meaning with "-1".
	To int
}

// TCP is TCP to one port.
func TCP(port int) Traffic { return TCPPorts(port, port) }

// TCPPorts is TCP to the ports from the first to the last.
func TCPPorts(from, to int) Traffic { return Traffic{Protocol: "tcp", From: from, To: to} }

// AllTraffic is all protocols and ports.
func AllTraffic() Traffic { return Traffic{Protocol: "-1"} }

// all tells that there are no ports to speak of.
func (t Traffic) all() bool { return t.Protocol == "-1" }

// named returns t with the name of a protocol that was given by number, as
// security groups show it; numbered does the reverse, as ACLs do.
func (t Traffic) named() Traffic {
	if name, ok := map[string]string{"1": "icmp", "6": "tcp", "17": "udp"}[t.Protocol]; ok {
		t.Protocol = name
	}
	return t
}

func (t Traffic) numbered() Traffic {
	if number, ok := map[string]string{"icmp": "1", "tcp": "6", "udp": "17"}[t.Protocol]; ok {
		t.Protocol = number
	}
	return t
}

// check records what is wrong with t. The caller holds e.mu.
func (t Traffic) check(e *EC2, owner string) {
	if t.Protocol == "" {
		e.problem("%s: Traffic.Protocol is empty, want \"tcp\", \"-1\" or another", owner)
	}
	low := 0
	if t.named().Protocol == "icmp" {
		low = -1 // types and codes, -1 for all of them
	}
	if !t.all() && (t.From < low || t.To > 65535 || t.From > t.To) {
		e.problem("%s: ports %d to %d, want %d to 65535 in order", owner, t.From, t.To, low)
	}
}

// SecurityGroup is a security group of a [VPC]. See [VPC.SecurityGroup].
type SecurityGroup struct {
	vpc   *VPC
	id    string
	rules []groupRule
}

// groupRule lets traffic pass with one peer.
type groupRule struct {
	id      string
	way     direction
	traffic Traffic
	peer    string // a CIDR block, a security group or a prefix list
}

// SecurityGroup adds a group, or returns the one that has the id. A new one
// allows all traffic out to IPv4 addresses and none in.
func (v *VPC) SecurityGroup(id string) *SecurityGroup {
	v.net.mu.Lock()
	defer v.net.mu.Unlock()
	return v.securityGroup(id)
}

func (v *VPC) securityGroup(id string) *SecurityGroup {
	if g := find(v.net.groups, id); g != nil && g.vpc == v {
		return g
	}
	g := &SecurityGroup{vpc: v, id: id}
	g.add(egress, AllTraffic(), anywhere)
	if v.net.claim("sg-", id) {
		v.net.groups = append(v.net.groups, g)
	}
	return g
}

// ID returns the id.
func (g *SecurityGroup) ID() string { return g.id }

// Ingress allows traffic in from any of the peers. A peer is a CIDR block, a
// "sg-" id, which may be the group's own, or a "pl-" id.
func (g *SecurityGroup) Ingress(t Traffic, peers ...string) *SecurityGroup {
	return g.allow(ingress, t, peers)
}

// Egress allows traffic out to any of the peers, beside what is allowed already:
// see RevokeEgress for what a new group allows.
func (g *SecurityGroup) Egress(t Traffic, peers ...string) *SecurityGroup {
	return g.allow(egress, t, peers)
}

// RevokeIngress takes back all that is allowed in.
func (g *SecurityGroup) RevokeIngress() *SecurityGroup { return g.revoke(ingress) }

// RevokeEgress takes back all that is allowed out.
func (g *SecurityGroup) RevokeEgress() *SecurityGroup { return g.revoke(egress) }

func (g *SecurityGroup) allow(way direction, t Traffic, peers []string) *SecurityGroup {
	e := g.vpc.net
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(peers) == 0 {
		e.problem("security group %q: a rule has no peers, want one at least", g.id)
	}
	t.check(e, "security group "+g.id)
	for _, peer := range peers {
		if !isReference(peer) {
			if _, ok := e.cidr("security group "+g.id, peer); !ok {
				continue
			}
		}
		g.add(way, t, peer)
	}
	return g
}

func (g *SecurityGroup) add(way direction, t Traffic, peer string) {
	e := g.vpc.net
	e.rules++
	g.rules = append(g.rules, groupRule{id: generatedID("sgr-", e.rules), way: way, traffic: t.named(), peer: peer})
}

func (g *SecurityGroup) revoke(way direction) *SecurityGroup {
	g.vpc.net.mu.Lock()
	defer g.vpc.net.mu.Unlock()
	var kept []groupRule
	for _, r := range g.rules {
		if r.way != way {
			kept = append(kept, r)
		}
	}
	g.rules = kept
	return g
}

// isReference tells a peer that is not a CIDR block.
func isReference(peer string) bool {
	return strings.HasPrefix(peer, "sg-") || strings.HasPrefix(peer, "pl-")
}

// is6 tells an IPv6 range. s has been checked.
func is6(s string) bool {
	p, err := netip.ParsePrefix(s)
	return err == nil && p.Addr().Is6()
}
