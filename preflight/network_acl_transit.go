package preflight

import (
	"net/netip"
	"slices"
	"strings"
)

// transitLeg is about the subnets by which the VPCs are attached to a transit
// gateway, if the packets go through one: their ACLs let packets in on the way
// to the gateway and out on the way from it (documented).
func (w way) transitLeg(source string, reply bool) leg {
	from, to := w.targetSite(), w.sourceSite()
	if reply {
		from, to = to, from
	}
	// Whether there is a gateway in between cannot be told if the route is not
	// known, unless there is none that joins both.
	unclear := answer{Unknown, "whether packets pass the network ACLs of a transit gateway's subnets is not known", "see network.route"}
	if from.vpc == to.vpc || w.sharedGateway() == "" && w.unread("attachments") == "" {
		return always(answer{outcome: Pass})
	}
	t, reason := w.table(from.subnet, from.vpc)
	if reason != "" {
		return always(unclear)
	}
	l := leg{prefixes: t.prefixes()}
	for _, a := range w.net.Attachments {
		for _, s := range a.Subnets {
			for _, egress := range []bool{false, true} {
				if r, reason := w.rules(aclKey{s.ID, egress}); reason == "" {
					b := r.boundaries()
					l.prefixes, l.ports = append(l.prefixes, b.prefixes...), append(l.ports, b.ports...)
				}
			}
		}
	}
	l.ask = func(node netip.Addr, port int) answer {
		src, dst, dport := node, w.source, w.port
		if reply {
			src, dst, dport = w.source, node, port
		}
		hop, found := t.best(dst)
		through := strings.HasPrefix(hop.route.Via, "tgw-")
		if found.outcome == Unknown || through && w.unread("attachments") != "" {
			return unclear
		}
		in, out := w.attachment(hop.route.Via, from.vpc), w.attachment(hop.route.Via, to.vpc)
		if !through || in == nil || out == nil {
			return answer{outcome: Pass} // not through a gateway that joins both
		}
		// On the way to the gateway the sender is the peer, afterwards the receiver.
		what := connecting
		if reply {
			what = replying
		}
		return chain(
			w.throughSubnets(in, func(s Subnet) bool {
				return s.AvailabilityZone == from.zone || s.AvailabilityZone == "" || from.zone == ""
			}, filter{aclKey{egress: false}, what, reply, !reply}, src, dport),
			w.throughSubnets(out, func(s Subnet) bool { return s.ID != to.subnet }, filter{aclKey{egress: true}, what, reply, reply}, dst, dport),
		)
	}
	return l
}

// throughSubnets: a gateway uses one of the subnets; which one is not known
// when there are several, so that all have to agree. f is for any of them.
func (w way) throughSubnets(a *Attachment, counts func(Subnet) bool, f filter, peer netip.Addr, port int) answer {
	if a.Subnets == nil {
		return answer{Unknown, w.unseenSubnets(a), showNetwork}
	}
	var answers []answer
	for _, s := range a.Subnets {
		if !counts(s) {
			continue
		}
		f.subnet = s.ID
		r, reason := w.rules(f.aclKey)
		if reason != "" {
			answers = append(answers, answer{Unknown, reason + ", by which the VPC is attached to " + a.Gateway, showNetwork})
			continue
		}
		one := r.decide(f.aclKey, peer, port)
		if one.outcome == Fail {
			one.text, one.fix = one.text+" ("+f.what+")", w.allowRule(r, f)
		}
		answers = append(answers, one)
	}
	if len(answers) == 0 {
		return answer{outcome: Pass}
	}
	first := chain(answers...)
	if first.outcome == Fail && slices.ContainsFunc(answers, func(a answer) bool { return a.outcome != Fail }) {
		first.outcome = Unknown
	}
	return first
}
