package simulator

import (
	"net/netip"
	"slices"
)

// Interface is an elastic network interface. See [EC2.Interface], [EC2.Place]
// and [EC2.PlaceNodes].
type Interface struct {
	net         *EC2
	id          string
	subnet      *VPCSubnet
	addresses   []netip.Addr
	groups      []string
	description string
	instance    string
	kind        string
	service     string // that made it
}

// Interface adds an interface in a subnet, with a private address and the ids of
// its security groups. It is attached to an instance whose id ends as its own
// does, "i-source" for "eni-source".
func (e *EC2) Interface(id string, subnet *VPCSubnet, address string, groups ...string) *Interface {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.addInterface(id, subnet, address, groups)
}

func (e *EC2) addInterface(id string, subnet *VPCSubnet, address string, groups []string) *Interface {
	i := &Interface{net: e, id: id, subnet: subnet, groups: slices.Clone(groups), instance: "i-" + suffix(id), kind: "interface"}
	if subnet == nil {
		e.problem("interface %q: subnet is nil", id)
		return i
	}
	if len(groups) == 0 {
		e.problem("interface %q has no security group, want one at least", id)
	}
	i.addAddress(address)
	if e.claim("eni-", id) {
		e.interfaces = append(e.interfaces, i)
	}
	return i
}

// ID returns the id.
func (i *Interface) ID() string { return i.id }

// Address gives the interface one more address of its subnet.
func (i *Interface) Address(address string) *Interface {
	i.net.mu.Lock()
	defer i.net.mu.Unlock()
	if i.subnet != nil {
		i.addAddress(address)
	}
	return i
}

func (i *Interface) addAddress(s string) {
	a, err := netip.ParseAddr(s)
	switch {
	case err != nil:
		i.net.problem("interface %q: %q is not an IP address", i.id, s)
	case i.subnet.cidr.IsValid() && !i.subnet.cidr.Contains(a):
		i.net.problem("interface %q: address %q is not in subnet %q, %s", i.id, s, i.subnet.id, i.subnet.cidr)
	case i.net.holder(i.subnet.vpc, a) != nil:
		i.net.problem("interface %q: address %q is taken by %q", i.id, s, i.net.holder(i.subnet.vpc, a).id)
	default:
		i.addresses = append(i.addresses, a)
	}
}

// holder returns the interface of a VPC that has the address, nil if none has.
func (e *EC2) holder(v *VPC, a netip.Addr) *Interface {
	for _, i := range e.interfaces {
		if i.subnet.vpc == v && slices.Contains(i.addresses, a) {
			return i
		}
	}
	return nil
}

// SecurityGroups gives the interface these groups instead of those it has.
func (i *Interface) SecurityGroups(ids ...string) *Interface {
	i.net.mu.Lock()
	defer i.net.mu.Unlock()
	if len(ids) == 0 {
		i.net.problem("interface %q has no security group, want one at least", i.id)
	}
	i.groups = slices.Clone(ids)
	return i
}

// Instance says what the interface is attached to. "" detaches it: its status is
// "available" then, and "in-use" otherwise.
func (i *Interface) Instance(id string) *Interface {
	i.net.mu.Lock()
	defer i.net.mu.Unlock()
	i.instance = id
	return i
}

// Type sets the type, for example "network_load_balancer" or "vpc_endpoint", in
// place of "interface". The types that only services of AWS make are managed by
// one (see [Interface.Managed]), unless that is said already.
func (i *Interface) Type(kind string) *Interface {
	i.net.mu.Lock()
	defer i.net.mu.Unlock()
	if !slices.Contains(interfaceTypes(), kind) {
		i.net.problem("interface %q: type %q, want one of %q", i.id, kind, interfaceTypes())
		return i
	}
	i.kind = kind
	if !slices.Contains([]string{"interface", "efa", "efa-only", "branch", "trunk"}, kind) && i.service == "" {
		i.instance, i.service = "", "amazon-aws"
	}
	return i
}

// interfaceTypes are the words of the API (documented). Its guide has the
// second for what its reference calls "natGateway".
func interfaceTypes() []string {
	return []string{
		"interface", "nat_gateway", "natGateway", "efa", "efa-only", "trunk", "branch", "load_balancer", "network_load_balancer",
		"gateway_load_balancer", "gateway_load_balancer_endpoint", "vpc_endpoint", "transit_gateway", "lambda", "quicksight",
		"global_accelerator_managed", "api_gateway_managed", "iot_rules_managed", "aws_codestar_connections_managed",
	}
}

// Managed says which service of AWS made and manages the interface, for example
// "amazon-elb", whatever its type. It is attached to no instance, and "in-use".
func (i *Interface) Managed(service string) *Interface {
	i.net.mu.Lock()
	defer i.net.mu.Unlock()
	if service == "" {
		i.net.problem("interface %q is managed by no service, want for example \"amazon-elb\"", i.id)
		return i
	}
	i.instance, i.service = "", service
	return i
}

// status is that of the API.
func (i *Interface) status() string {
	if i.instance == "" && i.service == "" {
		return "available"
	}
	return "in-use"
}

// PlaceNodes adds an interface for each node of the group, as the service makes
// them: "eni-<cluster id>" in the subnet of its subnet group that is in its zone,
// with the group's security groups and a free address. The address is not the one
// that the node is reached at.
func (e *EC2) PlaceNodes(g *Group) []*Interface {
	s := g.sim
	s.mu.Lock()
	subnets := s.subnetGroups[g.spec.SubnetGroup].Subnets
	s.mu.Unlock()
	e.mu.Lock()
	defer e.mu.Unlock()
	var out []*Interface
	for _, n := range g.nodes {
		at := slices.IndexFunc(subnets, func(sub Subnet) bool { return sub.AvailabilityZone == n.zone })
		var subnet *VPCSubnet
		if at >= 0 {
			subnet = find(e.subnets, subnets[at].ID)
		}
		if subnet == nil {
			e.problem("node %q: no subnet of subnet group %q in zone %q is in the network", n.id, g.spec.SubnetGroup, n.zone)
			continue
		}
		i := e.addInterface("eni-"+n.id, subnet, e.freeAddress(subnet), g.spec.SecurityGroupIDs)
		i.instance, i.service = "", "amazon-elasticache"
		i.description = "ElastiCache " + n.id
		out = append(out, i)
	}
	return out
}

// freeAddress returns an address that no interface has. The first four of a
// subnet are AWS's own (documented).
func (e *EC2) freeAddress(s *VPCSubnet) string {
	a := s.cidr.Addr()
	for range 4 {
		a = a.Next()
	}
	for s.cidr.Contains(a) && e.holder(s.vpc, a) != nil {
		a = a.Next()
	}
	return a.String()
}
