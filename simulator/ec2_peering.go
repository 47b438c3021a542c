package simulator

import (
	"net/netip"
	"slices"
)

// Peering is a VPC peering connection. See [EC2.Peering].
type Peering struct {
	net                 *EC2
	id                  string
	requester, accepter *VPC
	status              string
}

const peeringActive = "active"

// peeringStatuses are the words of the API (documented).
func peeringStatuses() []string {
	return []string{
		"initiating-request", "pending-acceptance", peeringActive, "deleted", "rejected", "failed", "expired", "provisioning", "deleting",
	}
}

// Peering connects two networks, in status "active". It adds no routes.
func (e *EC2) Peering(id string, requester, accepter *VPC) *Peering {
	e.mu.Lock()
	defer e.mu.Unlock()
	p := &Peering{net: e, id: id, requester: requester, accepter: accepter, status: peeringActive}
	switch {
	case requester == nil || accepter == nil:
		e.problem("peering connection %q: a VPC is nil", id)
	case requester == accepter:
		e.problem("peering connection %q: both sides are %q", id, requester.id)
	case slices.ContainsFunc(requester.cidrs, func(c netip.Prefix) bool { return slices.ContainsFunc(accepter.cidrs, c.Overlaps) }):
		e.problem("peering connection %q: the CIDR blocks of %q and %q overlap, which AWS does not connect", id, requester.id, accepter.id)
	case e.claim("pcx-", id):
		e.peerings = append(e.peerings, p)
	}
	return p
}

// ID returns the id.
func (p *Peering) ID() string { return p.id }

// Status sets the status, for example "pending-acceptance" or "deleted".
func (p *Peering) Status(status string) *Peering {
	p.net.mu.Lock()
	defer p.net.mu.Unlock()
	if !slices.Contains(peeringStatuses(), status) {
		p.net.problem("peering connection %q: status %q, want one of %q", p.id, status, peeringStatuses())
		return p
	}
	p.status = status
	return p
}

// connects tells whether p is between the two.
func (p *Peering) connects(a, b *VPC) bool {
	return p.requester == a && p.accepter == b || p.requester == b && p.accepter == a
}

// PrefixList is a list of CIDR blocks that routes and rules name by its id. See
// [EC2.PrefixList].
type PrefixList struct {
	id    string
	cidrs []netip.Prefix
}

// PrefixList adds a list of CIDR blocks, all IPv4 or all IPv6.
func (e *EC2) PrefixList(id string, cidrs ...string) *PrefixList {
	e.mu.Lock()
	defer e.mu.Unlock()
	l := &PrefixList{id: id}
	for _, c := range cidrs {
		if p, ok := e.cidr("prefix list "+id, c); ok {
			l.cidrs = append(l.cidrs, p)
		}
	}
	for _, c := range l.cidrs {
		if c.Addr().Is6() != l.cidrs[0].Addr().Is6() {
			e.problem("prefix list %q has both %s and %s, want one address family", id, l.cidrs[0], c)
		}
	}
	if e.claim("pl-", id) {
		e.lists = append(e.lists, l)
	}
	return l
}

// ID returns the id.
func (l *PrefixList) ID() string { return l.id }
