package simulator

import "slices"

// NetworkACL is a network ACL of a [VPC]: rules that are tried in the order of
// their numbers for all that crosses the border of a subnet. See
// [VPC.NetworkACL] and [VPC.DefaultACL].
type NetworkACL struct {
	vpc       *VPC
	id        string
	byDefault bool
	entries   []aclEntry
}

// aclEntry is one rule.
type aclEntry struct {
	number  int
	way     direction
	action  string
	traffic Traffic
	cidr    string
}

const (
	allow    = "allow"
	deny     = "deny"
	lastRule = 32767 // denies the rest
)

// DefaultACL returns the ACL of subnets that have no other. It allows
// everything by two rules with the number 100.
func (v *VPC) DefaultACL() *NetworkACL { return v.acl }

// NetworkACL adds an ACL, or returns the one that has the id, and gives it the
// subnets, which leave those that they had. A new one denies everything.
func (v *VPC) NetworkACL(id string, subnets ...*VPCSubnet) *NetworkACL {
	e := v.net
	e.mu.Lock()
	defer e.mu.Unlock()
	a := find(e.acls, id)
	if a == nil || a.vpc != v {
		a = &NetworkACL{vpc: v, id: id}
		if e.claim("acl-", id) {
			e.acls = append(e.acls, a)
		}
	}
	v.adopt("network ACL "+id, subnets, func(s *VPCSubnet) { s.acl = a })
	return a
}

// ID returns the id.
func (a *NetworkACL) ID() string { return a.id }

// AllowIngress adds a rule that lets traffic from the CIDR block into the
// subnets, in place of the rule for traffic in that has the number, 1 to 32766.
func (a *NetworkACL) AllowIngress(number int, t Traffic, cidr string) *NetworkACL {
	return a.set(number, allow, t, cidr, ingress)
}

// AllowEgress is AllowIngress for traffic out of the subnets.
func (a *NetworkACL) AllowEgress(number int, t Traffic, cidr string) *NetworkACL {
	return a.set(number, allow, t, cidr, egress)
}

// DenyIngress is AllowIngress for a rule that drops traffic.
func (a *NetworkACL) DenyIngress(number int, t Traffic, cidr string) *NetworkACL {
	return a.set(number, deny, t, cidr, ingress)
}

// DenyEgress is AllowEgress for a rule that drops traffic.
func (a *NetworkACL) DenyEgress(number int, t Traffic, cidr string) *NetworkACL {
	return a.set(number, deny, t, cidr, egress)
}

// Clear takes all rules away, so that everything is denied.
func (a *NetworkACL) Clear() *NetworkACL {
	a.vpc.net.mu.Lock()
	defer a.vpc.net.mu.Unlock()
	a.entries = nil
	return a
}

func (a *NetworkACL) set(number int, action string, t Traffic, cidr string, way direction) *NetworkACL {
	e := a.vpc.net
	e.mu.Lock()
	defer e.mu.Unlock()
	owner := "network ACL " + a.id
	t.check(e, owner)
	if number < 1 || number >= lastRule {
		e.problem("%s: rule number %d, want 1 to %d", owner, number, lastRule-1)
		return a
	}
	if _, ok := e.cidr(owner, cidr); ok {
		a.add(number, action, t, cidr, way)
	}
	return a
}

func (a *NetworkACL) add(number int, action string, t Traffic, cidr string, way direction) {
	a.entries = slices.DeleteFunc(a.entries, func(old aclEntry) bool { return old.number == number && old.way == way })
	a.entries = append(a.entries, aclEntry{number: number, way: way, action: action, traffic: t.numbered(), cidr: cidr})
}
