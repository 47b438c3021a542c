package preflight

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// judgeSourceInterface wants exactly one interface, of a server: the same private
// address exists in many VPCs, and all other checks depend on where it is.
func judgeSourceInterface(f Facts) Finding {
	v, subject := sourceInterface(f), "source"
	if f.SourceAddress != nil && f.SourceAddress.Host != "" {
		subject = f.SourceAddress.Host
	}
	return v.finding(subject, "exactly one network interface that has the source's address, and it is that of a server")
}

func sourceInterface(f Facts) verdict {
	sources := f.SourceIPs()
	switch {
	case f.eitherVersion():
		return unknown("which address of the source counts depends on the group's network type, "+f.why("target.network_type"), showTarget)
	case len(sources) == 0 || f.absent("source_address.ips") != "":
		return unknown("address of the source: "+f.why("source_address.ips"), "give the source by an IP address, or by a name that can be resolved here")
	case f.Network == nil:
		return unknown("network: "+f.why("network"), showNetwork)
	case f.Network.SourceInterfaces == nil || f.absent("network.source_interfaces") != "":
		return unknown("source_interfaces "+f.why("network.source_interfaces", "network"), showNetwork+"; this needs ec2:DescribeNetworkInterfaces")
	}
	addresses := fmt.Sprint(sources)
	if len(sources) == 1 {
		addresses = sources[0].String()
	}
	found := f.interfacesOf(sources)
	var names []string
	for _, i := range found {
		names = append(names, fmt.Sprintf("%s of %s in %s of %s", i.name(), orNothing(i.Instance, "no instance"), orNothing(i.Subnet, "no subnet"), orNothing(i.VPC, "no VPC")))
	}
	switch {
	case len(found) == 0:
		return unknown("no network interface that was seen has "+addresses,
			"if the source is in this account and region, give the id of its VPC (option SourceVPC of preflight/vpc); if it is in another account, on premises, "+
				"or behind an overlay network, check routes, security groups and network ACLs on its side by hand")
	case !slices.ContainsFunc(found, func(i Interface) bool { return i.behind() == "" }):
		return unknown(fmt.Sprintf("%s is on %s; what is behind it is not seen from here", addresses, shorten(names)), found[0].lookBehind())
	case len(found) > 1:
		return unknown(fmt.Sprintf("%d interfaces have %s: %s", len(found), addresses, shorten(names)),
			fmt.Sprintf("give the id of the source's VPC (option SourceVPC of preflight/vpc), e.g. %s; if the name of the source stands for several servers, give the address of one", orNothing(found[0].VPC, "vpc-...")))
	case found[0].Status == "available":
		return failed(names[0]+" is attached to nothing", fmt.Sprintf("nothing answers there: aws ec2 attach-network-interface --network-interface-id %s --instance-id <instance of the source> --device-index 1"+
			" (Terraform: aws_network_interface_attachment), or give the address that the source has", found[0].ID))
	case !hasAll(found[0], sources):
		return unknown(fmt.Sprintf("%s has only a part of %s", names[0], addresses), "give the source by the one address that the target shall connect to")
	default:
		return passed(addresses + " is on " + names[0])
	}
}

func orNothing(s, nothing string) string {
	if s == "" {
		return nothing
	}
	return s
}

// judgeVPC wants a connection between the two VPCs, in whatever state: whether
// it carries the traffic is for network.route to tell.
func judgeVPC(e *ends) verdict {
	s, t := e.sourceVPC, e.targetVPC
	switch {
	case s == "":
		return unknown("the VPC of the source is not known", byAddress)
	case t == "":
		return unknown("the VPC of the target "+e.facts.why("target.vpc", "network.subnets"), showFor([]string{"vpc"}))
	case s == t:
		return e.joined("both ends are in " + s)
	}
	gateway := e.sharedGateway()
	if a, b, ok := e.overlap(gateway); ok {
		return failed(fmt.Sprintf("%s of %s (target) and %s of %s (source) overlap", a, t, b, s),
			fmt.Sprintf("traffic between overlapping ranges stays in its own VPC: create the target in a subnet group of %s, or in a VPC whose ranges do not overlap, or move the source", s))
	}
	switch p := e.peering(); {
	case p == nil && gateway == "":
		return e.unconnected()
	case len(e.ranges(s)) == 0 || len(e.ranges(t)) == 0:
		return unknown(fmt.Sprintf("whether the address ranges of %s and %s overlap: %s", t, s, e.facts.why("network.route_tables")), showNetwork)
	case p != nil && e.unread("peerings") != "":
		return unknown(fmt.Sprintf("%s (target) and %s (source) are peered by %s, but of peerings not all was seen: %s", t, s, p.ID, e.unread("peerings")), showNetwork)
	case p == nil && e.unread("attachments") != "":
		return unknown(fmt.Sprintf("%s (target) and %s (source) are attached to %s, but of attachments not all was seen: %s", t, s, gateway, e.unread("attachments")), showNetwork)
	case p != nil:
		return e.joined(fmt.Sprintf("%s (target) and %s (source) are peered by %s", t, s, p.ID))
	default:
		return e.joined(fmt.Sprintf("%s (target) and %s (source) are attached to %s", t, s, gateway))
	}
}

// unconnected: no connection was seen. Is there a way that cannot be seen?
func (e *ends) unconnected() verdict {
	s, t := e.sourceVPC, e.targetVPC
	between := fmt.Sprintf("%s (target) and %s (source)", t, s)
	for _, list := range []string{"peerings", "attachments"} {
		if reason := e.unread(list); reason != "" {
			return unknown("connections between "+between+": "+reason, showNetwork)
		}
	}
	ways, open := e.ways()
	if len(ways) == 0 || len(open) > 0 {
		return unknown("no connection between "+between+" was seen, and not all subnets of the target are known", showNetwork)
	}
	for _, w := range ways {
		if a := w.forward(); a.outcome == Unknown && !w.leavesToInternet() {
			return unknown(fmt.Sprintf("no peering connection or transit gateway between %s; from %s, %s", between, w.subnet.ID, a.text), a.fix)
		}
	}
	create := e.createPeering()
	return failed("no peering connection, no common transit gateway between "+between,
		create+" (Terraform: aws_vpc_peering_connection), then routes to it in both VPCs; or create the target in a subnet group of "+s)
}

// createPeering are the command lines that connect the two VPCs.
func (e *ends) createPeering() string {
	return fmt.Sprintf("aws ec2 create-vpc-peering-connection --vpc-id %s --peer-vpc-id %s, then "+
		"aws ec2 accept-vpc-peering-connection --vpc-peering-connection-id <its id>", e.targetVPC, e.sourceVPC)
}

// leavesToInternet reports whether packets take the way to the Internet, on
// which no private address of another VPC is found.
func (w way) leavesToInternet() bool {
	hop, a := w.toSource()
	return a.outcome == Pass && slices.ContainsFunc([]string{"igw-", "eigw-", "nat-"}, func(p string) bool { return strings.HasPrefix(hop.route.Via, p) })
}

// peering returns the peering connection between the VPCs of both ends: an
// active one if there is, since the old ones stay visible for a while.
func (e *ends) peering() *Peering {
	var found *Peering
	for i, p := range e.net.Peerings {
		if connects(p, e.sourceVPC, e.targetVPC) && (found == nil || p.Status == "active") {
			found = &e.net.Peerings[i]
		}
	}
	return found
}

func connects(p Peering, a, b string) bool {
	return p.Requester.VPC == a && p.Accepter.VPC == b || p.Requester.VPC == b && p.Accepter.VPC == a
}

// sharedGateway returns the id of a transit gateway to which both VPCs are
// attached, in whatever state; "" for none.
func (e *ends) sharedGateway() string {
	for _, a := range e.net.Attachments {
		for _, b := range e.net.Attachments {
			if a.Gateway != "" && a.Gateway == b.Gateway && a.VPC == e.targetVPC && b.VPC == e.sourceVPC {
				return a.Gateway
			}
		}
	}
	return ""
}

// overlap finds ranges that are on both sides. A peering connection cannot
// have any (documented); through a transit gateway only those matter that the
// addresses in question are in.
func (e *ends) overlap(gateway string) (target, source netip.Prefix, found bool) {
	targets, sources := e.ranges(e.targetVPC), e.ranges(e.sourceVPC)
	if gateway == "" {
		return firstOverlap(targets, sources)
	}
	var nodes, hosts []netip.Prefix
	for _, a := range e.sources {
		hosts = append(hosts, netip.PrefixFrom(a, a.BitLen()))
	}
	ways, _ := e.ways()
	for _, w := range ways {
		nodes = append(nodes, w.nodes)
	}
	if target, source, found = firstOverlap(targets, hosts); found {
		return target, source, true
	}
	return firstOverlap(nodes, sources)
}

func firstOverlap(a, b []netip.Prefix) (x, y netip.Prefix, found bool) {
	for _, x := range a {
		for _, y := range b {
			if x.Overlaps(y) {
				return x, y, true
			}
		}
	}
	return x, y, false
}

// ranges are the address ranges of a VPC, which each of its route tables has as
// local routes; peering connections name them too.
func (e *ends) ranges(vpc string) []netip.Prefix {
	var out []netip.Prefix
	add := func(cidr string) {
		if p, ok := parsePrefix(cidr); ok && !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	for _, t := range e.net.RouteTables {
		for _, r := range t.Routes {
			if t.VPC == vpc && r.Via == "local" {
				add(r.CIDR)
			}
		}
	}
	for _, p := range e.net.Peerings {
		for _, side := range []PeeringSide{p.Requester, p.Accepter} {
			for _, cidr := range side.CIDRs {
				if side.VPC == vpc {
					add(cidr)
				}
			}
		}
	}
	return out
}
