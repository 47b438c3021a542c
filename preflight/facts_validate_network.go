package preflight

import (
	"net/netip"
	"slices"
	"strconv"
)

func (p *problems) network(path string, n Network) {
	each(path+".source_interfaces", n.SourceInterfaces, func(path string, i Interface) {
		p.id(path+".id", i.ID)
		each(path+".ips", i.IPs, p.ip)
		each(path+".security_groups", i.SecurityGroups, p.id)
	})
	each(path+".subnets", n.Subnets, p.subnet)
	each(path+".route_tables", n.RouteTables, func(path string, t RouteTable) {
		p.id(path+".id", t.ID)
		each(path+".subnets", t.Subnets, p.id)
		each(path+".routes", t.Routes, p.route)
	})
	each(path+".security_groups", n.SecurityGroups, func(path string, g SecurityGroup) {
		p.id(path+".id", g.ID)
		each(path+".ingress", g.Ingress, p.rule)
		each(path+".egress", g.Egress, p.rule)
	})
	each(path+".acls", n.ACLs, func(path string, a NetworkACL) {
		p.id(path+".id", a.ID)
		each(path+".subnets", a.Subnets, p.id)
		each(path+".entries", a.Entries, p.aclEntry)
	})
	each(path+".peerings", n.Peerings, func(path string, c Peering) {
		p.id(path+".id", c.ID)
		each(path+".requester.cidrs", c.Requester.CIDRs, p.cidr)
		each(path+".accepter.cidrs", c.Accepter.CIDRs, p.cidr)
	})
	each(path+".prefix_lists", n.PrefixLists, func(path string, l PrefixList) {
		p.id(path+".id", l.ID)
		each(path+".cidrs", l.CIDRs, p.cidr)
	})
	each(path+".attachments", n.Attachments, func(path string, a Attachment) {
		p.id(path+".id", a.ID)
		p.id(path+".gateway", a.Gateway)
		each(path+".subnets", a.Subnets, p.subnet)
	})
	each(path+".transit_routes", n.TransitRoutes, p.transitRoute)
}

func (p *problems) subnet(path string, s Subnet) {
	p.id(path+".id", s.ID)
	each(path+".cidrs", s.CIDRs, p.cidr)
}

func (p *problems) route(path string, r Route) {
	if (r.CIDR == "") == (r.PrefixList == "") {
		p.add(path+".cidr", "%s beside the prefix_list %s; one of the two is needed", short(r.CIDR), short(r.PrefixList))
	}
	if r.CIDR != "" && r.PrefixList == "" {
		p.cidr(path+".cidr", r.CIDR)
	}
}

func (p *problems) transitRoute(path string, r TransitRoute) {
	p.id(path+".route_table", r.RouteTable)
	if _, err := netip.ParseAddr(r.Address); err != nil {
		p.cidr(path+".address", r.Address)
	}
	if r.CIDR != "" {
		p.cidr(path+".cidr", r.CIDR)
	}
	each(path+".attachments", r.Attachments, p.id)
}

func (p *problems) rule(path string, r Rule) {
	p.ports(path, r.Protocol, r.FromPort, r.ToPort)
	each(path+".cidrs", r.CIDRs, p.cidr)
	each(path+".prefix_lists", r.PrefixLists, p.id)
	each(path+".groups", r.Groups, func(path string, g GroupReference) { p.id(path+".id", g.ID) })
}

func (p *problems) aclEntry(path string, e ACLEntry) {
	atLeast(p, path+".number", e.Number, 1)
	p.ports(path, e.Protocol, e.FromPort, e.ToPort)
	p.cidr(path+".cidr", e.CIDR)
}

// ports looks at a protocol and its range of ports. The two numbers are ports
// for TCP and UDP alone; for ICMP they are a type and a code, -1 for all.
func (p *problems) ports(path, protocol string, from, to int) {
	number, err := strconv.Atoi(protocol)
	if !slices.Contains([]string{"tcp", "udp", "icmp", "icmpv6"}, protocol) && (err != nil || number < -1 || number > 255) {
		p.add(path+".protocol", "%s; allowed are -1 for all, tcp, udp, icmp, icmpv6, and a number from 0 to 255", short(protocol))
	}
	if !slices.Contains([]string{"tcp", "udp", "6", "17"}, protocol) {
		return
	}
	p.port(path+".from_port", from)
	p.port(path+".to_port", to)
	if from > to {
		p.add(path+".from_port", "%d is above to_port, which is %d", from, to)
	}
}
