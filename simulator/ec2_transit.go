package simulator

import (
	"net/netip"
	"slices"
	"strings"
)

// TransitGateway connects VPCs and other networks. See [EC2.TransitGateway].
type TransitGateway struct {
	net    *EC2
	id     string
	tables []*TransitRouteTable // the default one first
}

// TransitAttachment is a VPC or another network at a [TransitGateway].
type TransitAttachment struct {
	gateway  *TransitGateway
	id       string
	vpc      *VPC // nil for another network
	kind     string
	resource string
	subnets  []*VPCSubnet
	state    string
	table    *TransitRouteTable // nil for none
	// references is whether rules can name groups of other VPCs.
	references string
}

// TransitRouteTable is a route table of a [TransitGateway].
type TransitRouteTable struct {
	gateway *TransitGateway
	id      string
	routes  []transitRoute
}

type transitRoute struct {
	cidr       netip.Prefix
	propagated bool
	targets    []string // attachment ids; none: a blackhole
}

const attachmentAvailable = "available"

// attachmentStates are the words of the API (documented).
func attachmentStates() []string {
	return []string{
		"initiating", "initiatingRequest", "pendingAcceptance", "rollingBack", "pending", attachmentAvailable,
		"modifying", "deleting", "deleted", "failed", "rejected", "rejecting", "failing",
	}
}

// TransitGateway adds a transit gateway with its default route table, whose id
// ends as its own does: "tgw-rtb-1" for "tgw-1".
func (e *EC2) TransitGateway(id string) *TransitGateway {
	e.mu.Lock()
	defer e.mu.Unlock()
	g := &TransitGateway{net: e, id: id}
	if strings.HasPrefix(id, "tgw-rtb-") || strings.HasPrefix(id, "tgw-attach-") {
		e.problem("id %q is not one of a transit gateway, want for example \"tgw-1\"", id)
	}
	g.tables = []*TransitRouteTable{{gateway: g, id: "tgw-rtb-" + suffix(id)}}
	if e.claim("tgw-", id) && e.claim("tgw-rtb-", g.tables[0].id) {
		e.gateways = append(e.gateways, g)
	}
	return g
}

// ID returns the id.
func (g *TransitGateway) ID() string { return g.id }

// Attach connects a VPC through the subnets, one a zone. The attachment is
// available, associated with the default route table, and the VPC's ranges are
// propagated to that.
func (g *TransitGateway) Attach(id string, vpc *VPC, subnets ...*VPCSubnet) *TransitAttachment {
	e := g.net
	e.mu.Lock()
	defer e.mu.Unlock()
	a := &TransitAttachment{gateway: g, id: id, vpc: vpc, kind: "vpc", state: attachmentAvailable, table: g.tables[0], references: "enable"}
	if vpc == nil {
		e.problem("attachment %q: VPC is nil", id)
		return a
	}
	a.resource = vpc.id
	if len(subnets) == 0 {
		e.problem("attachment %q has no subnet, want one at least", id)
	}
	vpc.adopt("attachment "+id, subnets, func(s *VPCSubnet) {
		if slices.ContainsFunc(a.subnets, func(other *VPCSubnet) bool { return other.zone == s.zone }) {
			e.problem("attachment %q has two subnets in zone %q, want one a zone", id, s.zone)
		}
		a.subnets = append(a.subnets, s)
	})
	if e.claim("tgw-attach-", id) {
		e.attachments = append(e.attachments, a)
		for _, c := range vpc.cidrs {
			g.tables[0].routes = append(g.tables[0].routes, transitRoute{cidr: c, propagated: true, targets: []string{id}})
		}
	}
	return a
}

// AttachOther connects what is not a VPC: kind is "vpn", "direct-connect-gateway",
// "peering" or "connect", resource its id. It is associated with the default
// route table and propagates nothing.
func (g *TransitGateway) AttachOther(id, kind, resource string) *TransitAttachment {
	e := g.net
	e.mu.Lock()
	defer e.mu.Unlock()
	a := &TransitAttachment{gateway: g, id: id, kind: kind, resource: resource, state: attachmentAvailable, table: g.tables[0]}
	kinds := []string{"vpn", "direct-connect-gateway", "peering", "connect"}
	if !slices.Contains(kinds, kind) {
		e.problem("attachment %q: kind %q, want one of %q", id, kind, kinds)
	}
	if e.claim("tgw-attach-", id) {
		e.attachments = append(e.attachments, a)
	}
	return a
}

// ID returns the id.
func (a *TransitAttachment) ID() string { return a.id }

// State sets the state, for example "pendingAcceptance". Routes to attachments of
// which none is "available" are blackholes.
func (a *TransitAttachment) State(state string) *TransitAttachment {
	a.gateway.net.mu.Lock()
	defer a.gateway.net.mu.Unlock()
	if !slices.Contains(attachmentStates(), state) {
		a.gateway.net.problem("attachment %q: state %q, want one of %q", a.id, state, attachmentStates())
		return a
	}
	a.state = state
	return a
}

// GroupReferences says whether rules can name security groups of other VPCs at
// the gateway (SecurityGroupReferencingSupport): "enable", which is the default
// of the service too (documented), or "disable".
func (a *TransitAttachment) GroupReferences(setting string) *TransitAttachment {
	a.gateway.net.mu.Lock()
	defer a.gateway.net.mu.Unlock()
	switch {
	case a.kind != "vpc":
		a.gateway.net.problem("attachment %q: group references are a setting of VPC attachments, and it is one of kind %q", a.id, a.kind)
	case setting != "enable" && setting != "disable":
		a.gateway.net.problem("attachment %q: group references %q, want \"enable\" or \"disable\"", a.id, setting)
	default:
		a.references = setting
	}
	return a
}

// Associate lets a table of the gateway decide for traffic from the attachment;
// nil associates none. Propagated routes stay where they are.
func (a *TransitAttachment) Associate(t *TransitRouteTable) *TransitAttachment {
	a.gateway.net.mu.Lock()
	defer a.gateway.net.mu.Unlock()
	if t != nil && t.gateway != a.gateway {
		a.gateway.net.problem("attachment %q: route table %q is of %q, want one of %q", a.id, t.id, t.gateway.id, a.gateway.id)
		return a
	}
	a.table = t
	return a
}

// DefaultRouteTable returns the table that attachments are associated with.
func (g *TransitGateway) DefaultRouteTable() *TransitRouteTable { return g.tables[0] }

// RouteTable adds a route table, empty, or returns the one that has the id.
func (g *TransitGateway) RouteTable(id string) *TransitRouteTable {
	g.net.mu.Lock()
	defer g.net.mu.Unlock()
	if t := find(g.tables, id); t != nil {
		return t
	}
	t := &TransitRouteTable{gateway: g, id: id}
	if g.net.claim("tgw-rtb-", id) {
		g.tables = append(g.tables, t)
	}
	return t
}

// ID returns the id.
func (t *TransitRouteTable) ID() string { return t.id }

// Route adds a static route to attachments, in place of one with the same CIDR block.
func (t *TransitRouteTable) Route(cidr string, attachments ...string) *TransitRouteTable {
	t.gateway.net.mu.Lock()
	defer t.gateway.net.mu.Unlock()
	if len(attachments) == 0 {
		t.gateway.net.problem("route table %q: the route to %q has no attachment; Blackhole makes one without", t.id, cidr)
		return t
	}
	return t.set(cidr, attachments)
}

// Blackhole adds a static route that drops what it matches.
func (t *TransitRouteTable) Blackhole(cidr string) *TransitRouteTable {
	t.gateway.net.mu.Lock()
	defer t.gateway.net.mu.Unlock()
	return t.set(cidr, nil)
}

// Remove takes a route out of the table, a propagated one too.
func (t *TransitRouteTable) Remove(cidr string) *TransitRouteTable {
	t.gateway.net.mu.Lock()
	defer t.gateway.net.mu.Unlock()
	left := slices.DeleteFunc(slices.Clone(t.routes), func(r transitRoute) bool { return r.cidr.String() == cidr })
	if len(left) == len(t.routes) {
		t.gateway.net.problem("route table %q has no route to %q to remove", t.id, cidr)
	}
	t.routes = left
	return t
}

func (t *TransitRouteTable) set(cidr string, attachments []string) *TransitRouteTable {
	p, ok := t.gateway.net.cidr("route table "+t.id, cidr)
	if !ok {
		return t
	}
	t.routes = slices.DeleteFunc(t.routes, func(r transitRoute) bool { return r.cidr == p })
	t.routes = append(t.routes, transitRoute{cidr: p, targets: slices.Clone(attachments)})
	return t
}

// state is that of the API. The caller holds the network's lock.
func (r transitRoute) state(e *EC2) string {
	for _, id := range r.targets {
		if a := find(e.attachments, id); a != nil && a.state == attachmentAvailable {
			return "active"
		}
	}
	return "blackhole"
}
