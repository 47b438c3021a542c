package vpc

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/cachelift/cachelift/preflight"
)

// decidingRoutes are the routes of both ends that may decide for traffic to
// the other end. What other routes name is not read.
func (g *gathering) decidingRoutes() []preflight.Route {
	if len(g.source) == 0 {
		return nil
	}
	var out []preflight.Route
	for _, id := range g.targetSubnets() {
		out = append(out, deciding(g.tableOf(id, g.target.VPC), hosts(g.source))...)
	}
	for _, i := range g.net.SourceInterfaces {
		out = append(out, deciding(g.tableOf(i.Subnet, i.VPC), g.targetRanges())...)
	}
	return out
}

// arrivingRoutes are those that decide in the subnets by which a transit gateway
// is attached.
func (g *gathering) arrivingRoutes() []preflight.Route {
	var out []preflight.Route
	for _, a := range g.net.Attachments {
		destinations := hosts(g.source)
		if a.VPC == g.target.VPC {
			destinations = g.targetRanges()
		}
		for _, s := range a.Subnets {
			out = append(out, deciding(g.tableOf(s.ID, a.VPC), destinations)...)
		}
	}
	return out
}

// tableOf returns the routes for traffic from a subnet: those of its own route
// table, else of the VPC's main one.
func (g *gathering) tableOf(subnet, vpc string) []preflight.Route {
	var main []preflight.Route
	for _, t := range g.net.RouteTables {
		if slices.Contains(t.Subnets, subnet) {
			return t.Routes
		}
		if t.Main && t.VPC == vpc {
			main = t.Routes
		}
	}
	return main
}

// targetRanges are the address ranges of the target's subnets, of the families
// of addresses that the source has.
func (g *gathering) targetRanges() []netip.Prefix {
	var out []netip.Prefix
	ids := g.targetSubnets()
	for _, s := range g.net.Subnets {
		if slices.Contains(ids, s.ID) {
			out = append(out, prefixes(s.CIDRs)...)
		}
	}
	return slices.DeleteFunc(unique(out), func(p netip.Prefix) bool {
		return !slices.ContainsFunc(g.source, func(a netip.Addr) bool { return a.Is4() == p.Addr().Is4() })
	})
}

// hosts are the addresses as prefixes.
func hosts(ips []netip.Addr) []netip.Prefix {
	var out []netip.Prefix
	for _, ip := range ips {
		out = append(out, netip.PrefixFrom(ip, ip.BitLen()))
	}
	return out
}

// prefixes leaves out what is none.
func prefixes(texts []string) []netip.Prefix {
	var out []netip.Prefix
	for _, text := range texts {
		if p, err := netip.ParsePrefix(text); err == nil {
			out = append(out, p.Masked())
		}
	}
	return out
}

// deciding returns the routes that may decide for a part of one of the
// destinations: the most specific one that covers it all, those more specific
// than that, and those by prefix list. Without destinations all may.
func deciding(routes []preflight.Route, destinations []netip.Prefix) []preflight.Route {
	if len(destinations) == 0 {
		return routes
	}
	var out []preflight.Route
	for _, r := range routes {
		if r.CIDR == "" || slices.ContainsFunc(destinations, func(d netip.Prefix) bool {
			p, err := netip.ParsePrefix(r.CIDR)
			return err == nil && p.Overlaps(d) && p.Bits() >= covering(routes, d)
		}) {
			out = append(out, r)
		}
	}
	return out
}

// covering is the length of the most specific route to all of the destination;
// -1 if there is none.
func covering(routes []preflight.Route, destination netip.Prefix) int {
	bits := -1
	for _, r := range routes {
		if p, err := netip.ParsePrefix(r.CIDR); err == nil && covers(p, destination) {
			bits = max(bits, p.Bits())
		}
	}
	return bits
}

// covers tells whether all of inner is in outer.
func covers(outer, inner netip.Prefix) bool {
	return outer.Bits() <= inner.Bits() && outer.Contains(inner.Addr())
}

// via returns what the routes lead to, of one kind such as "tgw-".
func via(routes []preflight.Route, kind string) []string {
	var out []string
	for _, r := range routes {
		if strings.HasPrefix(r.Via, kind) {
			out = append(out, r.Via)
		}
	}
	return unique(out)
}
