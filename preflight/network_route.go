package preflight

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// fib is a route table made ready for look-ups.
type fib struct {
	id      string
	entries []fibEntry
}

type fibEntry struct {
	route Route
	// prefix is not valid if the destinations could not be read; open is why.
	prefix netip.Prefix
	open   string
	// listed tells that the prefix comes from a prefix list.
	listed bool
}

// table returns the table that serves a subnet: the one that is associated
// with it, else the main one of the VPC (documented).
func (e *ends) table(subnet, vpc string) (t *fib, reason string) {
	if reason = e.unread("route_tables"); reason != "" {
		return nil, reason
	}
	at := slices.IndexFunc(e.net.RouteTables, func(t RouteTable) bool { return slices.Contains(t.Subnets, subnet) })
	if at < 0 {
		at = slices.IndexFunc(e.net.RouteTables, func(t RouteTable) bool { return t.Main && t.VPC == vpc && vpc != "" })
	}
	if at < 0 {
		return nil, fmt.Sprintf("no route table of %s, and no main one of %s, is among those that were read", subnet, orNothing(vpc, "its VPC"))
	}
	if e.fibs[at] == nil {
		e.fibs[at] = e.compile(e.net.RouteTables[at])
	}
	return e.fibs[at], ""
}

func (e *ends) compile(t RouteTable) *fib {
	out := &fib{id: cmp.Or(t.ID, "the route table")}
	for _, r := range t.Routes {
		cidrs, reason := []string{r.CIDR}, ""
		if r.CIDR == "" {
			cidrs, reason = e.prefixList(r.PrefixList)
		}
		for _, cidr := range cidrs {
			p, ok := parsePrefix(cidr)
			if !ok {
				reason = fmt.Sprintf("the destination %q of a route is no address range", cidr)
				continue
			}
			out.entries = append(out.entries, fibEntry{route: r, prefix: p, listed: r.CIDR == ""})
		}
		if reason != "" {
			out.entries = append(out.entries, fibEntry{route: r, open: reason})
		}
	}
	return out
}

func (t *fib) prefixes() []netip.Prefix {
	var out []netip.Prefix
	for _, e := range t.entries {
		if e.prefix.IsValid() {
			out = append(out, e.prefix)
		}
	}
	return out
}

// best looks for the route of an address: the longest prefix, also if it is a
// blackhole; of equal ones a static route before a prefix list (documented).
// Pass means that the route is known, Fail that there is none.
func (t *fib) best(dst netip.Addr) (fibEntry, answer) {
	var found, open []fibEntry
	for _, e := range t.entries {
		switch {
		case !e.prefix.IsValid():
			open = append(open, e)
		case !e.prefix.Contains(dst):
		case len(found) == 0 || wins(e, found[0]):
			found = []fibEntry{e}
		case !wins(found[0], e):
			found = append(found, e)
		}
	}
	if len(found) == 0 {
		if len(open) > 0 {
			return fibEntry{}, answer{Unknown, fmt.Sprintf("%s may have a route to %s: %s", t.id, dst, open[0].open), showNetwork}
		}
		return fibEntry{}, answer{outcome: Fail}
	}
	best := found[0]
	if best.prefix.IsSingleIP() && !best.listed {
		open = nil // nothing is more specific
	}
	for _, other := range append(found[1:], open...) {
		if other.route.Via != best.route.Via || other.route.State != best.route.State {
			why := cmp.Or(other.open, fmt.Sprintf("routes to %s and to %s are equally specific", best.route.Via, other.route.Via))
			return fibEntry{}, answer{Unknown, fmt.Sprintf("%s: which route to %s is taken cannot be told: %s", t.id, dst, why), byHand}
		}
	}
	return best, answer{outcome: Pass}
}

// wins reports whether a is taken rather than b, which both match.
func wins(a, b fibEntry) bool {
	if a.prefix.Bits() != b.prefix.Bits() {
		return a.prefix.Bits() > b.prefix.Bits()
	}
	return !a.listed && b.listed
}

// site is one end of the way as routes see it.
type site struct {
	subnet, zone, vpc string
	// cidr is what a route to it should have as its destination.
	cidr string
}

func (w way) targetSite() site {
	return site{w.subnet.ID, w.subnet.AvailabilityZone, cmp.Or(w.subnet.VPC, w.targetVPC), w.nodes.String()}
}

// sourceSite has no VPC if the source's interface is not known.
func (w way) sourceSite() site {
	p := site{cidr: netip.PrefixFrom(w.source, w.source.BitLen()).String()}
	if w.eni == nil {
		return p
	}
	p.subnet, p.vpc = w.eni.Subnet, w.sourceVPC
	s, _ := w.ends.subnet(w.eni.Subnet)
	p.zone = s.AvailabilityZone
	for _, cidr := range s.CIDRs {
		if c, ok := parsePrefix(cidr); ok && c.Contains(w.source) {
			p.cidr = c.String()
		}
	}
	return p
}

// routeLegs are the way to the source and the way back.
func (w way) routeLegs() []leg {
	back := always(answer{Unknown, "the way back is not seen from here", byAddress})
	if hidden, yes := w.hidden(); yes {
		back = always(hidden)
	} else if src := w.sourceSite(); src.subnet != "" && src.vpc != "" {
		if t, reason := w.table(src.subnet, src.vpc); reason != "" {
			back = always(answer{Unknown, reason, showNetwork})
		} else {
			back = leg{
				prefixes: append(t.prefixes(), w.transitPrefixes()...),
				ask:      func(node netip.Addr, _ int) answer { return w.route(t, src, w.targetSite(), node) },
			}
		}
	}
	return []leg{always(w.forward()), back}
}

// forward is what happens to packets to the source.
func (w way) forward() answer {
	from := w.targetSite()
	t, reason := w.table(from.subnet, from.vpc)
	if reason != "" {
		return answer{Unknown, reason, showNetwork}
	}
	a := w.route(t, from, w.sourceSite(), w.source)
	if a.outcome == Pass && w.eni == nil {
		return answer{Unknown, a.text + ", where no interface with the address was seen", byAddress}
	}
	return a
}

// toSource looks up the route to the source.
func (w way) toSource() (fibEntry, answer) {
	from := w.targetSite()
	t, reason := w.table(from.subnet, from.vpc)
	if reason != "" {
		return fibEntry{}, answer{Unknown, reason, showNetwork}
	}
	return t.best(w.source)
}

// route follows packets from one end to an address at the other.
func (w way) route(t *fib, from, to site, dst netip.Addr) answer {
	hop, a := t.best(dst)
	switch {
	case a.outcome == Unknown:
		return a
	case from.vpc == "":
		return answer{Unknown, "the VPC of " + from.subnet + " is not known", showNetwork}
	case a.outcome == Fail && from.vpc == to.vpc:
		// It cannot be deleted (documented): the table was not read in full.
		return answer{Unknown, fmt.Sprintf("%s was seen without the local route of the VPC", t.id), showNetwork}
	case a.outcome == Fail:
		return answer{Fail, fmt.Sprintf("%s has no route to %s", t.id, to.cidr), w.addRoute(t.id, to)}
	}
	seen := fmt.Sprintf("%s: %s -> %s", t.id, hop.destination(), hop.route.Via)
	switch {
	case hop.route.State == "blackhole":
		return w.blackhole(seen+" is a blackhole", t.id, hop, from, to)
	case hop.route.State != "active":
		return answer{Unknown, fmt.Sprintf("%s is in the state %q", seen, hop.route.State), byHand}
	case hop.route.Via == "local" && to.vpc == "":
		return answer{Unknown, seen + ", where no interface with the address was seen", byAddress}
	case hop.route.Via == "local" && from.vpc != to.vpc:
		return answer{Fail, seen + fmt.Sprintf(" keeps packets to %s in %s", dst, from.vpc), "the VPCs must not overlap: create the target in a subnet group of " + w.sourceVPC}
	case hop.route.Via == "local":
		return answer{Pass, seen, ""}
	case from.vpc == to.vpc:
		return beyond(seen)
	case strings.HasPrefix(hop.route.Via, "pcx-"):
		return w.overPeering(seen, t.id, hop, from, to)
	case strings.HasPrefix(hop.route.Via, "tgw-"):
		return w.overGateway(seen, hop.route.Via, from, to, dst)
	default:
		return beyond(seen)
	}
}

// blackhole: the route is wrong, unless what it leads to is right and does not
// work yet, which makes it a blackhole too (documented for peering).
func (w way) blackhole(seen, table string, hop fibEntry, from, to site) answer {
	if p := w.peering(); p != nil && p.ID == hop.route.Via && !slices.Contains([]string{"", "active"}, p.Status) {
		if !gone(p.Status) || w.sharedGateway() == "" {
			return answer{Fail, fmt.Sprintf("%s, since %s is %s", seen, p.ID, p.Status), w.activate(*p)}
		}
	}
	if a := w.attachment(hop.route.Via, from.vpc); a != nil {
		if state := working(seen, a); state.outcome == Fail {
			return state
		}
	}
	return answer{Fail, seen, w.repairRoute(table, hop, from, to)}
}

// beyond is said of gateways, appliances and whatever else decides by itself.
func beyond(seen string) answer {
	return answer{Unknown, seen + ": what comes behind it cannot be told from here", byHand}
}

func (h fibEntry) destination() string { return cmp.Or(h.route.CIDR, h.route.PrefixList) }

// overPeering: a peering connection leads to the other VPC and no further
// (documented), and only while it is active.
func (w way) overPeering(seen, table string, hop fibEntry, from, to site) answer {
	at := slices.IndexFunc(w.net.Peerings, func(p Peering) bool { return p.ID == hop.route.Via })
	if at < 0 {
		return answer{Unknown, seen + ", which " + cmp.Or(w.unread("peerings"), "was not seen"), showNetwork}
	}
	p := w.net.Peerings[at]
	switch {
	case p.Requester.VPC != from.vpc && p.Accepter.VPC != from.vpc, to.vpc != "" && !connects(p, from.vpc, to.vpc):
		return answer{
			Fail, fmt.Sprintf("%s, which connects %s and %s; peering is not transitive", seen, p.Requester.VPC, p.Accepter.VPC),
			w.repairRoute(table, hop, from, to),
		}
	case p.Status == "active" && to.vpc == "":
		return answer{Unknown, seen + ", at whose other side the source was not seen", byAddress}
	case p.Status == "active" && w.unread("peerings") != "":
		return answer{Unknown, seen + ": " + w.unread("peerings"), showNetwork}
	case p.Status == "active":
		return answer{Pass, seen, ""}
	case p.Status == "":
		return answer{Unknown, seen + ", whose state was not seen", byHand}
	default:
		return answer{Fail, fmt.Sprintf("%s, which is %s", seen, p.Status), w.activate(p)}
	}
}
