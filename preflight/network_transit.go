package preflight

import (
	"fmt"
	"net/netip"
	"slices"
)

// attachment returns a VPC's attachment to a transit gateway: the one that is
// available if there is, since the old ones stay visible for a while.
func (e *ends) attachment(gateway, vpc string) *Attachment {
	var found *Attachment
	for i, a := range e.net.Attachments {
		if a.Gateway == gateway && a.VPC == vpc && (found == nil || a.State == "available") {
			found = &e.net.Attachments[i]
		}
	}
	return found
}

// overGateway follows packets through a transit gateway: into it by the
// sender's attachment, through the route table of that attachment, and out of
// the receiver's.
func (w way) overGateway(seen, gateway string, from, to site, dst netip.Addr) answer {
	if reason := w.unread("attachments"); reason != "" {
		return answer{Unknown, seen + ": " + reason, showNetwork}
	}
	in := w.attachment(gateway, from.vpc)
	if in == nil {
		return answer{
			Fail, fmt.Sprintf("%s, to which %s is not attached", seen, from.vpc),
			fmt.Sprintf("aws ec2 create-transit-gateway-vpc-attachment --transit-gateway-id %s --vpc-id %s --subnet-ids %s (Terraform: aws_ec2_transit_gateway_vpc_attachment)", gateway, from.vpc, from.subnet),
		}
	}
	return chain(w.acrossGateway(seen, in, to, dst), working(seen, in), w.entrance(seen, in, from))
}

// acrossGateway follows packets from the sender's attachment on.
func (w way) acrossGateway(seen string, in *Attachment, to site, dst netip.Addr) answer {
	// The route tables of a gateway that another account shares are not shown.
	hidden := w.unread("transit_routes")
	if in.RouteTable == "" {
		if hidden != "" {
			return answer{Unknown, seen + ": " + hidden, showNetwork}
		}
		return answer{
			Fail, fmt.Sprintf("%s, where %s has no route table", seen, in.ID),
			fmt.Sprintf("aws ec2 associate-transit-gateway-route-table --transit-gateway-attachment-id %s --transit-gateway-route-table-id <its id> (Terraform: aws_ec2_transit_gateway_route_table_association)", in.ID),
		}
	}
	out := w.attachment(in.Gateway, to.vpc)
	route, a := w.transitRoute(in.RouteTable, dst)
	if a.outcome != Pass {
		if a.outcome == Fail {
			a.fix = transitRemedy("create", in.RouteTable, to.cidr, out)
		}
		return answer{a.outcome, seen + ": " + a.text, a.fix}
	}
	seen += fmt.Sprintf(", %s: %s -> %s", in.RouteTable, route.CIDR, shorten(route.Attachments))
	switch {
	case route.State == "blackhole" && out != nil && slices.Contains(route.Attachments, out.ID) && working(seen, out).outcome == Fail:
		return working(seen+" is a blackhole", out)
	case route.State == "blackhole":
		return answer{Fail, seen + " is a blackhole", transitRemedy("replace", in.RouteTable, route.CIDR, out)}
	case route.State != "active":
		return answer{Unknown, fmt.Sprintf("%s is in the state %q", seen, route.State), byHand}
	case to.vpc == "" || len(route.Attachments) == 0:
		return beyond(seen)
	case onlyTo(route, in.ID):
		return answer{Fail, seen + " leads back to where the packets come from", transitRemedy("replace", in.RouteTable, route.CIDR, out)}
	case out == nil || !onlyTo(route, out.ID):
		return beyond(seen)
	case hidden != "":
		return answer{Unknown, seen + ": " + hidden, showNetwork}
	}
	return chain(w.exit(seen, out, dst), working(seen, out))
}

func onlyTo(r TransitRoute, attachment string) bool {
	return !slices.ContainsFunc(r.Attachments, func(a string) bool { return a != attachment })
}

// entrance: only zones in which the VPC is attached by a subnet can send to
// the gateway (documented).
func (w way) entrance(seen string, a *Attachment, from site) answer {
	zone := func(s Subnet) bool { return s.AvailabilityZone == from.zone && from.zone != "" }
	nameless := func(s Subnet) bool { return s.AvailabilityZone == "" || from.zone == "" }
	switch {
	case slices.ContainsFunc(a.Subnets, zone):
		return answer{Pass, seen, ""}
	case a.Subnets == nil || slices.ContainsFunc(a.Subnets, nameless):
		return answer{Unknown, seen + ": " + w.unseenSubnets(a), showNetwork}
	default:
		return answer{
			Fail, fmt.Sprintf("%s, but %s has no subnet in the zone %s of %s", seen, a.ID, orNothing(from.zone, "(not given)"), from.subnet),
			fmt.Sprintf("aws ec2 modify-transit-gateway-vpc-attachment --transit-gateway-attachment-id %s --add-subnet-ids %s (Terraform: aws_ec2_transit_gateway_vpc_attachment, subnet_ids)", a.ID, from.subnet),
		}
	}
}

// unseenSubnets is why the subnets of an attachment, or their zones, are not
// known.
func (w way) unseenSubnets(a *Attachment) string {
	return fmt.Sprintf("the subnets of %s were %s", a.ID, w.facts.why("network.attachments.subnets"))
}

// working looks at the state of an attachment.
func working(seen string, a *Attachment) answer {
	switch a.State {
	case "available":
		return answer{Pass, seen, ""}
	case "", "modifying":
		return answer{Unknown, fmt.Sprintf("%s: the state of %s is %q", seen, a.ID, a.State), byHand}
	case "pendingAcceptance":
		return answer{Fail, fmt.Sprintf("%s, but %s waits to be accepted", seen, a.ID), "aws ec2 accept-transit-gateway-vpc-attachment --transit-gateway-attachment-id " + a.ID}
	default:
		return answer{
			Fail, fmt.Sprintf("%s, but %s is %s", seen, a.ID, a.State),
			fmt.Sprintf("wait until it is available, or attach the VPC anew: aws ec2 create-transit-gateway-vpc-attachment --transit-gateway-id %s --vpc-id %s --subnet-ids <one of each zone>", a.Gateway, a.VPC),
		}
	}
}

// exit: in the receiver's VPC, the table of the attachment's subnet decides. It
// may send the packets to an appliance first.
func (w way) exit(seen string, a *Attachment, dst netip.Addr) answer {
	if len(a.Subnets) == 0 {
		return answer{Unknown, seen + ": " + w.unseenSubnets(a), showNetwork}
	}
	for _, s := range a.Subnets {
		t, reason := w.table(s.ID, a.VPC)
		if reason != "" {
			return answer{Unknown, seen + ": " + reason, showNetwork}
		}
		hop, best := t.best(dst)
		switch {
		case best.outcome == Unknown:
			return answer{Unknown, seen + ": " + best.text, best.fix}
		case hop.route.Via != "local" || hop.route.State != "active":
			return beyond(fmt.Sprintf("%s, %s: %s -> %s", seen, t.id, orNothing(hop.destination(), "no route"), hop.route.Via))
		}
	}
	return answer{Pass, seen, ""}
}

// transitRoute returns the most specific route of a gateway's table among those
// that were found for the address.
func (e *ends) transitRoute(table string, dst netip.Addr) (TransitRoute, answer) {
	var best TransitRoute
	bits, asked := -1, false
	for _, r := range e.net.TransitRoutes {
		about, ok := parsePrefix(r.Address)
		if r.RouteTable != table || !ok || !about.Contains(dst) {
			continue
		}
		asked = true
		p, ok := parsePrefix(r.CIDR)
		switch {
		case !ok && r.CIDR != "":
			return best, answer{Unknown, fmt.Sprintf("%s has a route to %q, which is no address range", table, r.CIDR), byHand}
		case !ok || !p.Contains(dst):
		case p.Bits() > bits:
			best, bits = r, p.Bits()
		case p.Bits() == bits && (r.State != best.State || !slices.Equal(r.Attachments, best.Attachments)):
			return best, answer{Unknown, fmt.Sprintf("%s has different routes to %s", table, r.CIDR), byHand}
		}
	}
	switch {
	case !asked:
		return best, answer{Unknown, fmt.Sprintf("the routes of %s to %s %s", table, dst, e.facts.why("network.transit_routes")), showNetwork}
	case bits < 0:
		return best, answer{Fail, fmt.Sprintf("%s has no route to %s", table, dst), ""}
	default:
		return best, answer{outcome: Pass}
	}
}

// transitPrefixes are where the answer about an address of a node may change
// beyond the first route table.
func (w way) transitPrefixes() []netip.Prefix {
	var out []netip.Prefix
	for _, r := range w.net.TransitRoutes {
		for _, s := range []string{r.Address, r.CIDR} {
			if p, ok := parsePrefix(s); ok {
				out = append(out, p)
			}
		}
	}
	for _, a := range w.net.Attachments {
		for _, s := range a.Subnets {
			if t, reason := w.table(s.ID, a.VPC); reason == "" {
				out = append(out, t.prefixes()...)
			}
		}
	}
	return out
}
