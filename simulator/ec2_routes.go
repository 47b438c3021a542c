package simulator

import (
	"slices"
	"strings"
)

// RouteTable is a route table of a [VPC]. It always has the local routes for the
// VPC's ranges. See [VPC.RouteTable] and [VPC.MainRouteTable].
type RouteTable struct {
	vpc    *VPC
	id     string
	main   bool
	routes []vpcRoute
}

// vpcRoute is a route beside the local ones.
type vpcRoute struct {
	destination string // a CIDR block or a prefix list
	target      string
	blackhole   bool
}

// MainRouteTable returns the table that serves subnets which have none of their own.
func (v *VPC) MainRouteTable() *RouteTable { return v.main }

// RouteTable adds a table, or returns the one that has the id, and gives it the
// subnets, which leave the tables that they had.
func (v *VPC) RouteTable(id string, subnets ...*VPCSubnet) *RouteTable {
	e := v.net
	e.mu.Lock()
	defer e.mu.Unlock()
	t := find(e.tables, id)
	if t == nil || t.vpc != v {
		t = &RouteTable{vpc: v, id: id}
		if e.claim("rtb-", id) {
			e.tables = append(e.tables, t)
		}
	}
	v.adopt("route table "+id, subnets, func(s *VPCSubnet) { s.table = t })
	return t
}

// ID returns the id.
func (t *RouteTable) ID() string { return t.id }

// Route adds a route, in place of one with the same destination. The destination
// is a CIDR block or a "pl-" id. The target is an id, whose prefix says what it
// is: "pcx-", "tgw-" and "eni-" have to exist in the network; "igw-", "vgw-",
// "vpce-", "nat-", "i-" and "eigw-" need not.
func (t *RouteTable) Route(destination, target string) *RouteTable {
	return t.set(vpcRoute{destination: destination, target: target})
}

// Blackhole is Route for a target that is gone.
func (t *RouteTable) Blackhole(destination, target string) *RouteTable {
	return t.set(vpcRoute{destination: destination, target: target, blackhole: true})
}

// Remove takes a route out of the table; local ones stay.
func (t *RouteTable) Remove(destination string) *RouteTable {
	t.vpc.net.mu.Lock()
	defer t.vpc.net.mu.Unlock()
	left := slices.DeleteFunc(slices.Clone(t.routes), func(r vpcRoute) bool { return r.destination == destination })
	if len(left) == len(t.routes) {
		t.vpc.net.problem("route table %q has no route to %q to remove", t.id, destination)
	}
	t.routes = left
	return t
}

// targetPrefixes are those that Route knows, of what routes can go to.
func targetPrefixes() []string {
	return []string{"pcx-", "tgw-", "eni-", "igw-", "vgw-", "vpce-", "nat-", "i-", "eigw-"}
}

func (t *RouteTable) set(r vpcRoute) *RouteTable {
	e := t.vpc.net
	e.mu.Lock()
	defer e.mu.Unlock()
	ok := true
	if !strings.HasPrefix(r.destination, "pl-") {
		if _, ok = e.cidr("route table "+t.id, r.destination); ok {
			for _, c := range t.vpc.cidrs {
				if c.String() == r.destination {
					e.problem("route table %q: %q is the destination of the local route", t.id, r.destination)
					ok = false
				}
			}
		}
	}
	if !slices.ContainsFunc(targetPrefixes(), func(p string) bool { return strings.HasPrefix(r.target, p) && r.target != p }) {
		e.problem("route table %q: target %q, want an id that begins with one of %q", t.id, r.target, targetPrefixes())
		ok = false
	}
	if !ok {
		return t
	}
	if i := slices.IndexFunc(t.routes, func(old vpcRoute) bool { return old.destination == r.destination }); i >= 0 {
		t.routes[i] = r
		return t
	}
	t.routes = append(t.routes, r)
	return t
}

// state returns a route's state. The caller holds the network's lock.
func (t *RouteTable) state(r vpcRoute) string {
	e := t.vpc.net
	dead := r.blackhole
	switch {
	case strings.HasPrefix(r.target, "pcx-"):
		p := find(e.peerings, r.target)
		dead = dead || p == nil || p.status != peeringActive
	case strings.HasPrefix(r.target, "tgw-"):
		dead = dead || !slices.ContainsFunc(e.attachments, func(a *TransitAttachment) bool {
			return a.gateway.id == r.target && a.vpc == t.vpc && a.state == attachmentAvailable
		})
	}
	if dead {
		return "blackhole"
	}
	return "active"
}
