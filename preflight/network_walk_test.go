package preflight

import (
	"slices"
	"strconv"
	"strings"
)

// The walk takes one packet at a time through the network, one hop at a time,
// and knows nothing but yes and no. What cannot be seen is settled by a world:
// a packet passes for sure if it passes in every world.

// world settles what cannot be seen. Where there are two, the first is about
// packets to the source and the second about packets to a node.
type world struct {
	beyond bool    // what cannot be seen lets packets pass
	listed [2]bool // the prefix list that was not read has the address
	pick   [2]int  // which of several equal routes is taken
	door   [2]int  // which subnet a transit gateway uses
	bad    int     // bit i: the unreadable entry of the i-th ACL matches
}

// worlds are those that differ for one check.
func worlds(listed, picks, doors, bad int) []world {
	var out []world
	for i := range 2 * listed * listed * picks * picks * doors * doors * bad {
		next := func(n int) int {
			d := i % n
			i /= n
			return d
		}
		out = append(out, world{
			next(2) == 1, [2]bool{next(listed) == 1, next(listed) == 1}, [2]int{next(picks), next(picks)}, [2]int{next(doors), next(doors)}, next(bad),
		})
	}
	return out
}

// number reads "a.b.c.d"; ok is false if it is something else.
func number(s string) (n uint32, ok bool) {
	parts := strings.Split(s, ".")
	for _, p := range parts {
		b, err := strconv.ParseUint(p, 10, 8)
		if err != nil {
			return 0, false
		}
		n = n<<8 | uint32(b)
	}
	return n, len(parts) == 4
}

// cidr is what within has read before.
type cidr struct {
	base uint32
	bits int
}

// within tells whether the CIDR has the address, and how long the prefix is;
// -1 if it cannot be read.
func (p packet) within(s string, ip uint32) (yes bool, bits int) {
	c, ok := p.read[s]
	if !ok {
		base, length, _ := strings.Cut(s, "/")
		n, ok := number(base)
		bits, err := strconv.Atoi(length)
		if c = (cidr{n, bits}); !ok || err != nil || bits > 32 {
			c.bits = -1
		}
		p.read[s] = c
	}
	return c.bits >= 0 && c.base>>(32-c.bits) == ip>>(32-c.bits), c.bits
}

// to is 0 for the address of the source, 1 for that of a node.
func (p packet) to(ip uint32) int {
	if ip == p.source {
		return 0
	}
	return 1
}

// packet is one try of one node to connect.
type packet struct {
	f      Facts
	w      world
	subnet Subnet
	node   uint32
	port   int
	source uint32
	eni    *Interface // nil if it is not known
	read   map[string]cidr
}

func (p packet) network() *Network { return p.f.Network }

func (p packet) listHas(id string, ip uint32) (yes bool, bits int) {
	for _, l := range p.network().PrefixLists {
		if l.ID != id {
			continue
		}
		bits := -1
		for _, c := range l.CIDRs {
			if in, b := p.within(c, ip); in && b > bits {
				bits = b
			}
		}
		return bits >= 0, bits
	}
	return p.w.listed[p.to(ip)], 32
}

// lookup walks the table of a subnet; nil for no route.
func (p packet) lookup(subnet, vpc string, dst uint32) *Route {
	var table *RouteTable
	for i, t := range p.network().RouteTables {
		if t.Main && t.VPC == vpc && table == nil {
			table = &p.network().RouteTables[i]
		}
	}
	for i, t := range p.network().RouteTables {
		if slices.Contains(t.Subnets, subnet) {
			table = &p.network().RouteTables[i]
		}
	}
	// The routes of the greatest length; static ones first.
	longest := -1
	var static, listed []*Route
	for i, r := range table.Routes {
		in, bits := p.within(r.CIDR, dst)
		if r.PrefixList != "" {
			in, bits = p.listHas(r.PrefixList, dst)
		}
		if !in || bits < longest {
			continue
		}
		if bits > longest {
			longest, static, listed = bits, nil, nil
		}
		if r.PrefixList != "" {
			listed = append(listed, &table.Routes[i])
		} else {
			static = append(static, &table.Routes[i])
		}
	}
	if len(static) == 0 {
		static = listed
	}
	if len(static) == 0 {
		return nil
	}
	return static[p.w.pick[p.to(dst)]%len(static)]
}

// carried tells whether the network brings a packet from a subnet to an
// address that is in the other subnet.
func (p packet) carried(from, zone, fromVPC, toVPC string, dst uint32) bool {
	r := p.lookup(from, fromVPC, dst)
	if r == nil {
		return fromVPC == toVPC && p.w.beyond // every table has a local route
	}
	switch {
	case r.State == "blackhole":
		return false
	case r.State != "active":
		return p.w.beyond
	case r.Via == "local":
		return fromVPC == toVPC || toVPC == "" && p.w.beyond
	case fromVPC == toVPC:
		return p.w.beyond
	case strings.HasPrefix(r.Via, "pcx-"):
		for _, c := range p.network().Peerings {
			if c.ID == r.Via {
				ends := []string{c.Requester.VPC, c.Accepter.VPC}
				right := slices.Contains(ends, fromVPC) && (toVPC == "" || slices.Contains(ends, toVPC))
				return right && c.Status == "active" && (toVPC != "" || p.w.beyond)
			}
		}
		return p.w.beyond
	case strings.HasPrefix(r.Via, "tgw-"):
		return p.gateway(r.Via, zone, fromVPC, toVPC, dst)
	}
	return p.w.beyond
}

func (p packet) attached(gateway, vpc string) *Attachment {
	for i, a := range p.network().Attachments {
		if a.Gateway == gateway && a.VPC == vpc {
			return &p.network().Attachments[i]
		}
	}
	return nil
}

func (p packet) gateway(id, zone, fromVPC, toVPC string, dst uint32) bool {
	in := p.attached(id, fromVPC)
	if in == nil || in.State != "available" || in.RouteTable == "" {
		return false
	}
	enters := in.Subnets == nil && p.w.beyond
	for _, s := range in.Subnets {
		enters = enters || s.AvailabilityZone == zone
	}
	var best *TransitRoute
	bits, asked := -1, false
	for i, r := range p.network().TransitRoutes {
		if !strings.Contains(r.Address, "/") {
			r.Address += "/32"
		}
		if about, _ := p.within(r.Address, dst); r.RouteTable != in.RouteTable || !about {
			continue
		}
		asked = true
		if yes, b := p.within(r.CIDR, dst); yes && b > bits {
			best, bits = &p.network().TransitRoutes[i], b
		}
	}
	switch {
	case !enters:
		return false
	case !asked:
		return p.w.beyond
	case best == nil || best.State == "blackhole":
		return false
	case len(best.Attachments) == 1 && best.Attachments[0] == in.ID:
		return false
	}
	out := p.attached(id, toVPC)
	if out == nil || len(best.Attachments) != 1 || best.Attachments[0] != out.ID {
		return p.w.beyond
	}
	if out.State != "available" {
		return false
	}
	if len(out.Subnets) == 0 {
		return p.w.beyond
	}
	for _, s := range out.Subnets {
		if r := p.lookup(s.ID, out.VPC, dst); r == nil || r.Via != "local" || r.State != "active" {
			return p.w.beyond
		}
	}
	return true
}

// hidden: something else than a server has the source's address, and what is
// behind it has rules and routes of its own.
func (p packet) hidden() bool { return p.eni != nil && p.eni.Type != "" }

// routed: there and back.
func (p packet) routed() bool {
	if p.eni == nil {
		return p.carried(p.subnet.ID, p.subnet.AvailabilityZone, "vpc-1", "", p.source) && p.w.beyond
	}
	if p.hidden() {
		return p.carried(p.subnet.ID, p.subnet.AvailabilityZone, "vpc-1", p.eni.VPC, p.source) && p.w.beyond
	}
	zone := ""
	for _, s := range p.network().Subnets {
		if s.ID == p.eni.Subnet {
			zone = s.AvailabilityZone
		}
	}
	return p.carried(p.subnet.ID, p.subnet.AvailabilityZone, "vpc-1", p.eni.VPC, p.source) &&
		p.carried(p.eni.Subnet, zone, p.eni.VPC, "vpc-1", p.node)
}

// guarded: out of the node's groups, into the source's.
func (p packet) guarded() bool {
	var carried []string
	if p.eni != nil {
		carried = p.eni.SecurityGroups
	}
	out := p.admitted(p.f.Target.SecurityGroups, false, p.source, carried)
	if p.eni == nil || p.hidden() {
		return out && p.w.beyond
	}
	return out && p.admitted(carried, true, p.node, p.f.Target.SecurityGroups)
}

func (p packet) admitted(groups []string, ingress bool, peer uint32, peerGroups []string) bool {
	for _, id := range groups {
		seen := false
		for _, g := range p.network().SecurityGroups {
			if g.ID != id {
				continue
			}
			seen = true
			rules := g.Egress
			if ingress {
				rules = g.Ingress
			}
			for _, r := range rules {
				if p.ruleAdmits(r, peer, peerGroups) {
					return true
				}
			}
		}
		if !seen && p.w.beyond {
			return true
		}
	}
	return false
}

func (p packet) ruleAdmits(r Rule, peer uint32, peerGroups []string) bool {
	switch r.Protocol {
	case "-1":
	case "tcp", "6":
		if 6379 < r.FromPort || 6379 > r.ToPort {
			return false
		}
	default:
		return false
	}
	for _, c := range r.CIDRs {
		if in, bits := p.within(c, peer); in || bits < 0 && p.w.beyond {
			return true
		}
	}
	for _, l := range r.PrefixLists {
		if in, _ := p.listHas(l, peer); in {
			return true
		}
	}
	for _, g := range r.Groups {
		if p.groupAdmits(g, peerGroups) {
			return true
		}
	}
	return false
}

func (p packet) groupAdmits(g GroupReference, peerGroups []string) bool {
	if p.eni == nil {
		return p.w.beyond
	}
	if !slices.Contains(peerGroups, g.ID) {
		return false
	}
	if p.eni.VPC == "vpc-1" {
		return true
	}
	if r := p.lookup(p.subnet.ID, "vpc-1", p.source); r != nil && strings.HasPrefix(r.Via, "tgw-") {
		for _, a := range p.network().Attachments {
			if a.Gateway == r.Via && a.GroupReferences == "disable" {
				return false
			}
		}
		return p.w.beyond
	}
	for _, c := range p.network().Peerings {
		if c.ID != "pcx-1" {
			continue
		}
		if c.Status != "active" {
			return p.w.beyond
		}
		if g.PeeringStatus == "deleted" {
			return false
		}
		if c.Accepter.Region == "" {
			return p.w.beyond
		}
		return c.Accepter.Region == c.Requester.Region
	}
	return p.w.beyond
}

// filtered: through the ACLs at each border, there and back.
func (p packet) filtered() bool {
	if p.eni != nil && p.eni.Subnet == p.subnet.ID {
		return !p.hidden() || p.w.beyond
	}
	own := p.allows(p.subnet.ID, true, p.source, 6379) && p.allows(p.subnet.ID, false, p.source, p.port)
	if p.eni == nil {
		here := p.source>>4 == p.node>>4 // it may be in this very subnet
		return p.w.beyond && (own || here)
	}
	if p.hidden() {
		return own && p.w.beyond
	}
	return own && p.allows(p.eni.Subnet, false, p.node, 6379) && p.allows(p.eni.Subnet, true, p.node, p.port) &&
		p.gatewayAllows(p.subnet.ID, "vpc-1", p.eni.Subnet, p.eni.VPC, p.node, p.source, 6379) &&
		p.gatewayAllows(p.eni.Subnet, p.eni.VPC, p.subnet.ID, "vpc-1", p.source, p.node, p.port)
}

func (p packet) gatewayAllows(from, fromVPC, to, toVPC string, src, dst uint32, port int) bool {
	r := p.lookup(from, fromVPC, dst)
	if fromVPC == toVPC || r == nil || !strings.HasPrefix(r.Via, "tgw-") {
		return true
	}
	in, out := p.attached(r.Via, fromVPC), p.attached(r.Via, toVPC)
	if in == nil || out == nil {
		return true
	}
	if (in.Subnets == nil || out.Subnets == nil) && !p.w.beyond {
		return false
	}
	zone := ""
	for _, s := range p.network().Subnets {
		if s.ID == from {
			zone = s.AvailabilityZone
		}
	}
	for _, s := range in.Subnets {
		if s.AvailabilityZone == zone && !p.allows(s.ID, false, src, port) {
			return false
		}
	}
	var used []Subnet
	for _, s := range out.Subnets {
		if s.ID != to {
			used = append(used, s)
		}
	}
	return len(used) == 0 || p.allows(used[p.w.door[p.to(dst)]%len(used)].ID, true, dst, port)
}

func (p packet) allows(subnet string, egress bool, peer uint32, port int) bool {
	for i, a := range p.network().ACLs {
		if !slices.Contains(a.Subnets, subnet) {
			continue
		}
		lowest, allow := 1<<20, false
		for _, e := range a.Entries {
			in, bits := p.within(e.CIDR, peer)
			if bits < 0 {
				in = p.w.bad>>i&1 == 1
			}
			tcp := e.Protocol == "6" && e.FromPort <= port && port <= e.ToPort
			if e.Egress == egress && in && (tcp || e.Protocol == "-1") && e.Number < lowest {
				lowest, allow = e.Number, e.Allow
			}
		}
		return allow
	}
	return p.w.beyond
}
