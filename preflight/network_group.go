package preflight

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// guards are the security groups on one end, for traffic in one direction. They
// only allow, and remember connections: replies need no rule (documented).
type guards struct {
	direction string // "ingress" or "egress"
	groups    []string
	peers     []string
	// peer is the end that rules have to admit, for people.
	peer string
	// wanted is the address range that a new rule would name.
	wanted netip.Prefix
	// admitted are the ranges that rules allow; whole tells that one of them
	// names a group that the peer carries; open are rules that may allow it, and
	// void says of others why they do not, though they name such a group.
	admitted []admittance
	whole    string
	open     []answer
	void     []string
}

type admittance struct {
	prefix netip.Prefix
	by     string
}

// groupLegs: out of a node, into the source.
func (w way) groupLegs() []leg {
	source := netip.PrefixFrom(w.source, w.source.BitLen())
	out := guards{direction: "egress", groups: w.target.SecurityGroups, peer: fmt.Sprintf("%s, tcp %d", w.source, w.port), wanted: source}
	in := guards{direction: "ingress", peers: w.target.SecurityGroups, peer: fmt.Sprintf("the nodes, tcp %d", w.port), wanted: w.nodes}
	missing := answer{Unknown, "security groups of the source are not known", byAddress}
	if w.eni != nil && len(w.eni.SecurityGroups) > 0 {
		out.peers, in.groups = w.eni.SecurityGroups, w.eni.SecurityGroups
	}
	legs := []leg{w.guard(out, answer{Unknown, "security groups of the target " + w.facts.why("target.security_groups"), showFor([]string{"security_groups"})})}
	if hidden, yes := w.hidden(); yes {
		return append(legs, always(hidden))
	}
	return append(legs, w.guard(in, missing))
}

// guard makes a leg of the groups; missing is said if they are not known.
func (w way) guard(g guards, missing answer) leg {
	_, gap := w.facts.gap("target", []string{"security_groups"})
	if reason := w.unread("security_groups"); reason != "" {
		return always(answer{Unknown, reason, showNetwork})
	}
	if len(g.groups) == 0 || gap && g.direction == "egress" {
		return always(missing)
	}
	if gap {
		g.peers = nil
	}
	for _, id := range g.groups {
		at := slices.IndexFunc(w.net.SecurityGroups, func(s SecurityGroup) bool { return s.ID == id })
		if at < 0 {
			g.open = append(g.open, answer{Unknown, fmt.Sprintf("the rules of %s were not seen", id), showNetwork})
			continue
		}
		rules := w.net.SecurityGroups[at].Ingress
		if g.direction == "egress" {
			rules = w.net.SecurityGroups[at].Egress
		}
		for _, r := range rules {
			if r.Protocol == "-1" || (r.Protocol == "tcp" || r.Protocol == "6") && (portSpan{r.FromPort, r.ToPort}).contains(w.port) {
				w.admit(&g, id, r)
			}
		}
	}
	return g.leg(w)
}

// admit notes what a rule that is about the port allows.
func (w way) admit(g *guards, id string, r Rule) {
	add := func(cidr, by string) {
		p, ok := parsePrefix(cidr)
		if !ok {
			g.open = append(g.open, answer{Unknown, fmt.Sprintf("a rule of %s admits %q, which is no address range", id, cidr), byHand})
			return
		}
		g.admitted = append(g.admitted, admittance{p, by})
	}
	for _, cidr := range r.CIDRs {
		add(cidr, id+" "+g.direction+" "+cidr)
	}
	for _, list := range r.PrefixLists {
		cidrs, reason := w.prefixList(list)
		if reason != "" {
			g.open = append(g.open, answer{Unknown, fmt.Sprintf("%s admits a list: %s", id, reason), showNetwork})
		}
		for _, cidr := range cidrs {
			add(cidr, id+" "+g.direction+" "+list)
		}
	}
	for _, ref := range r.Groups {
		switch a := w.refers(ref, g.peers); a.outcome {
		case Pass:
			g.whole = cmp.Or(g.whole, id+" "+g.direction+" "+ref.ID)
		case Unknown:
			g.open = append(g.open, answer{Unknown, fmt.Sprintf("%s admits %s: %s", id, ref.ID, a.text), a.fix})
		case Fail:
			if a.text != "" {
				g.void = append(g.void, fmt.Sprintf("; %s names %s, which does not count: %s", id, ref.ID, a.text))
			}
		}
	}
}

// leg answers for the guards.
func (g guards) leg(w way) leg {
	l := leg{}
	for _, a := range g.admitted {
		l.prefixes = append(l.prefixes, a.prefix)
	}
	peer := ""
	if len(g.peers) > 0 {
		peer = g.peers[0]
	}
	refused := answer{
		Fail, fmt.Sprintf("no %s rule of %s admits %s%s", g.direction, strings.Join(g.groups, ", "), g.peer, strings.Join(slices.Compact(g.void), "")),
		w.authorize(g.direction, g.groups[0], peer, g.wanted),
	}
	l.ask = func(node netip.Addr, _ int) answer {
		if g.direction == "egress" {
			node = w.source
		}
		if g.whole != "" {
			return answer{Pass, g.whole, ""}
		}
		for _, a := range g.admitted {
			if a.prefix.Contains(node) {
				return answer{Pass, a.by, ""}
			}
		}
		if len(g.open) > 0 {
			return g.open[0]
		}
		return refused
	}
	return l
}

// refers tells whether a reference to a group admits the other end, which
// carries the peers: Fail means that it does not.
func (w way) refers(ref GroupReference, peers []string) answer {
	source, target := w.sourceVPC, cmp.Or(w.subnet.VPC, w.targetVPC)
	switch {
	case len(peers) == 0:
		return answer{Unknown, "the security groups of the other end are not known", byAddress}
	case !slices.Contains(peers, ref.ID):
		return answer{outcome: Fail}
	case source == "" || target == "":
		return answer{Unknown, "the VPCs of both ends are not known", byAddress}
	case source == target:
		return answer{outcome: Pass}
	}
	hop, found := w.toSource()
	if found.outcome == Pass && strings.HasPrefix(hop.route.Via, "tgw-") {
		return w.refersOverGateway(hop.route.Via)
	}
	if gateway := w.sharedGateway(); (found.outcome == Unknown || w.peering() == nil) && gateway != "" {
		return mayRefer(gateway)
	}
	return w.refersOverPeering(ref)
}

// refersOverGateway: a reference counts through a transit gateway if both
// attachments allow it, and the gateway too (documented: off by default). The
// gateway's own setting is not among the facts.
func (w way) refersOverGateway(gateway string) answer {
	for _, vpc := range []string{cmp.Or(w.subnet.VPC, w.targetVPC), w.sourceVPC} {
		if a := w.attachment(gateway, vpc); a != nil && a.GroupReferences == "disable" {
			return answer{Fail, "SecurityGroupReferencingSupport of " + a.ID + " is disable", ""}
		}
	}
	return mayRefer(gateway)
}

func mayRefer(gateway string) answer {
	return answer{
		Unknown, "through a transit gateway that counts only if SecurityGroupReferencingSupport of the gateway is enable too, which is not looked at",
		"admit address ranges instead of the group, or look at the gateway: aws ec2 describe-transit-gateways --transit-gateway-ids " + gateway,
	}
}

// refersOverPeering: a reference counts over a peering connection that is
// active, in one region (documented); when the connection is gone it is stale.
func (w way) refersOverPeering(ref GroupReference) answer {
	p := w.peering()
	switch {
	case p == nil && w.unread("peerings") != "":
		return answer{Unknown, w.unread("peerings"), showNetwork}
	case p == nil:
		return answer{Unknown, "no peering connection was seen", "see network.vpc"}
	case p.Status != "active":
		return answer{Unknown, fmt.Sprintf("%s is %s", p.ID, orNothing(p.Status, "in no state that was seen")), "see network.route"}
	case ref.PeeringStatus != "" && ref.PeeringStatus != "active":
		return answer{outcome: Fail}
	case p.Requester.Region == "" || p.Accepter.Region == "":
		return answer{Unknown, "the regions of " + p.ID + " were not seen", byHand}
	case p.Requester.Region != p.Accepter.Region:
		return answer{outcome: Fail}
	case w.unread("peerings") != "":
		return answer{Unknown, w.unread("peerings"), showNetwork}
	default:
		return answer{outcome: Pass}
	}
}

// groupsReach reports whether a new rule can name the other end's group.
func (w way) groupsReach() bool {
	source, target := w.sourceVPC, cmp.Or(w.subnet.VPC, w.targetVPC)
	if source == "" || source == target {
		return source != ""
	}
	if hop, found := w.toSource(); found.outcome == Pass && strings.HasPrefix(hop.route.Via, "tgw-") {
		return false
	}
	p := w.peering()
	return p != nil && p.Status == "active" && p.Requester.Region == p.Accepter.Region && p.Requester.Region != ""
}
