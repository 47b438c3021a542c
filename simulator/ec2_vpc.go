package simulator

import (
	"net/netip"
	"slices"
)

// VPC is a virtual network. See [EC2.VPC].
type VPC struct {
	net     *EC2
	id      string
	cidrs   []netip.Prefix
	account string
	region  string
	main    *RouteTable
	acl     *NetworkACL
}

// VPCSubnet is a subnet of a [VPC]. See [VPC.Subnet].
type VPCSubnet struct {
	vpc   *VPC
	id    string
	zone  string
	cidr  netip.Prefix
	table *RouteTable // nil: the main one serves it
	acl   *NetworkACL
}

// VPC adds a network with its IPv4 ranges, one at least. It comes with a main
// route table and a default network ACL that allows everything; their ids end as
// the VPC's does, "rtb-app" and "acl-app" for "vpc-app".
func (e *EC2) VPC(id string, cidrs ...string) *VPC {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.addVPC(id, cidrs...)
}

func (e *EC2) addVPC(id string, cidrs ...string) *VPC {
	v := &VPC{net: e, id: id, account: account, region: e.region}
	v.main = &RouteTable{vpc: v, id: "rtb-" + suffix(id), main: true}
	v.acl = &NetworkACL{vpc: v, id: "acl-" + suffix(id), byDefault: true}
	v.acl.add(100, allow, AllTraffic(), anywhere, ingress)
	v.acl.add(100, allow, AllTraffic(), anywhere, egress)
	if len(cidrs) == 0 {
		e.problem("VPC %q has no CIDR block, want one at least", id)
	}
	for _, c := range cidrs {
		v.addCIDR(c)
	}
	if e.claim("vpc-", id) && e.claim("rtb-", v.main.id) && e.claim("acl-", v.acl.id) {
		e.vpcs = append(e.vpcs, v)
		e.tables = append(e.tables, v.main)
		e.acls = append(e.acls, v.acl)
	}
	return v
}

func (v *VPC) addCIDR(s string) {
	p, ok := v.net.cidr("VPC "+v.id, s)
	if !ok {
		return
	}
	if !p.Addr().Is4() {
		v.net.problem("VPC %q: CIDR block %q, want an IPv4 one", v.id, s)
		return
	}
	if i := slices.IndexFunc(v.cidrs, p.Overlaps); i >= 0 {
		v.net.problem("VPC %q: CIDR block %q overlaps %q", v.id, s, v.cidrs[i])
		return
	}
	v.cidrs = append(v.cidrs, p)
}

// ID returns the id.
func (v *VPC) ID() string { return v.id }

// Elsewhere gives the network to another account or another region; "" means
// ours. The API then hides it with all that is in it (documented: describe
// operations show the caller's own), and shows it at a peering connection only.
func (v *VPC) Elsewhere(inAccount, inRegion string) *VPC {
	v.net.mu.Lock()
	defer v.net.mu.Unlock()
	v.account, v.region = account, v.net.region
	if inAccount != "" {
		v.account = inAccount
	}
	if inRegion != "" {
		v.region = inRegion
	}
	return v
}

func (v *VPC) hidden() bool { return v.account != account || v.region != v.net.region }

// Subnet adds a subnet in an availability zone, with its range. The VPC's main
// route table and default ACL serve it until others are given it.
func (v *VPC) Subnet(id, zone, cidr string) *VPCSubnet {
	v.net.mu.Lock()
	defer v.net.mu.Unlock()
	return v.addSubnet(id, zone, cidr)
}

func (v *VPC) addSubnet(id, zone, cidr string) *VPCSubnet {
	e := v.net
	s := &VPCSubnet{vpc: v, id: id, zone: zone, acl: v.acl}
	if zone == "" {
		e.problem("subnet %q has no availability zone", id)
	}
	if p, ok := e.cidr("subnet "+id, cidr); ok {
		s.cidr = p
		if !slices.ContainsFunc(v.cidrs, func(c netip.Prefix) bool { return c.Contains(p.Addr()) && c.Bits() <= p.Bits() }) {
			e.problem("subnet %q: CIDR block %q is not in %q, which has %v", id, cidr, v.id, v.cidrs)
		}
		for _, other := range e.subnets {
			if other.vpc == v && other.cidr.Overlaps(p) {
				e.problem("subnet %q: CIDR block %q overlaps that of %q, %s", id, cidr, other.id, other.cidr)
			}
		}
	}
	if e.claim("subnet-", id) {
		e.subnets = append(e.subnets, s)
	}
	return s
}

// ID returns the id.
func (s *VPCSubnet) ID() string { return s.id }

// VPC returns the network that the subnet is in.
func (s *VPCSubnet) VPC() *VPC { return s.vpc }

// adopt gives subnets of v to a table or an ACL; owner names it. The caller
// holds the network's lock.
func (v *VPC) adopt(owner string, subnets []*VPCSubnet, take func(*VPCSubnet)) {
	for _, s := range subnets {
		switch {
		case s == nil:
			v.net.problem("%s: subnet is nil", owner)
		case s.vpc != v:
			v.net.problem("%s: subnet %q is in %q, want one in %q", owner, s.id, s.vpc.id, v.id)
		default:
			take(s)
		}
	}
}
