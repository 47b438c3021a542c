package preflight

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
)

// aclKey names the rules of a subnet's network ACL in one direction.
type aclKey struct {
	subnet string
	egress bool
}

func (k aclKey) direction() string {
	if k.egress {
		return "egress"
	}
	return "ingress"
}

// aclRules are the entries that are about TCP, the lowest number first.
type aclRules struct {
	id      string
	numbers []int // of all entries in the direction, TCP or not
	entries []aclRule
}

type aclRule struct {
	number int
	allow  bool
	ports  portSpan
	// prefix is not valid if the entry's range cannot be read.
	prefix netip.Prefix
}

// rules returns the entries that filter at the border of a subnet, or why they
// are not known. A subnet always has an ACL (documented).
func (e *ends) rules(k aclKey) (*aclRules, string) {
	if reason := e.unread("acls"); reason != "" {
		return nil, reason
	}
	if r := e.acls[k]; r != nil {
		return r, ""
	}
	at := slices.IndexFunc(e.net.ACLs, func(a NetworkACL) bool { return k.subnet != "" && slices.Contains(a.Subnets, k.subnet) })
	if at < 0 {
		return nil, fmt.Sprintf("the network ACL of %s was not seen", orNothing(k.subnet, "a subnet"))
	}
	r := &aclRules{id: cmp.Or(e.net.ACLs[at].ID, "the network ACL")}
	for _, entry := range e.net.ACLs[at].Entries {
		if entry.Egress != k.egress {
			continue
		}
		r.numbers = append(r.numbers, entry.Number)
		rule := aclRule{number: entry.Number, allow: entry.Allow, ports: portSpan{entry.FromPort, entry.ToPort}}
		switch entry.Protocol {
		case "-1":
			rule.ports = portSpan{0, lastEphemeral}
		case "6", "tcp":
		default:
			continue
		}
		rule.prefix, _ = parsePrefix(entry.CIDR)
		r.entries = append(r.entries, rule)
	}
	slices.SortStableFunc(r.entries, func(a, b aclRule) int { return cmp.Compare(a.number, b.number) })
	e.acls[k] = r
	return r, ""
}

// decide finds the first entry that matches a packet; none means denied.
func (r *aclRules) decide(k aclKey, peer netip.Addr, port int) answer {
	murky, allowed, denied := 0, false, false
	for _, e := range r.entries {
		switch {
		case !e.ports.contains(port):
		case !e.prefix.IsValid():
			murky, allowed, denied = e.number, allowed || e.allow, denied || !e.allow
		case !e.prefix.Contains(peer):
		case e.allow && !denied:
			return answer{Pass, fmt.Sprintf("%s %s rule %d", r.id, k.direction(), e.number), ""}
		case !e.allow && !allowed:
			return r.denies(k, fmt.Sprintf("rule %d", e.number))
		default:
			return r.unclear(k, murky)
		}
	}
	if allowed {
		return r.unclear(k, murky)
	}
	return r.denies(k, "no rule allows it")
}

func (r *aclRules) denies(k aclKey, by string) answer {
	return answer{Fail, fmt.Sprintf("%s of %s denies %s: %s", r.id, k.subnet, k.direction(), by), ""}
}

func (r *aclRules) unclear(k aclKey, number int) answer {
	return answer{Unknown, fmt.Sprintf("the address range of %s rule %d of %s cannot be read", k.direction(), number, r.id), byHand}
}

// filter is what an ACL has to let pass: packets from or to the peer, to the
// ports. One of the two varies with the node.
type filter struct {
	aclKey
	// what is filtered, for people.
	what string
	// toNode tells that the packets are replies, to an ephemeral port.
	reply bool
	// peerIsNode tells that entries are compared with the node's address.
	peerIsNode bool
}

// What is filtered.
const (
	connecting = "connections to the source"
	replying   = "replies to the nodes"
)

// aclLegs are the borders that packets and replies cross: ACLs do not remember
// connections. Within a subnet nothing is filtered (documented).
func (w way) aclLegs() []leg {
	source := ""
	if w.eni != nil {
		source = w.eni.Subnet
	}
	hidden, isHidden := w.hidden()
	if source == w.subnet.ID && isHidden {
		return []leg{always(hidden)}
	}
	if source == w.subnet.ID {
		return []leg{always(answer{Pass, "both ends are in " + source + ", within which nothing is filtered", ""})}
	}
	out := filter{aclKey{w.subnet.ID, true}, connecting, false, false}
	in := filter{aclKey{w.subnet.ID, false}, replying, true, false}
	legs := []leg{w.filterLeg(out), w.filterLeg(in)}
	if isHidden {
		return append(legs, always(hidden))
	}
	if source == "" {
		if w.eni == nil && w.nodes.Contains(w.source) {
			// It may be in this very subnet.
			legs = nil
		}
		return append(legs, always(answer{Unknown, "the network ACL on the side of the source is not known", byAddress}))
	}
	return append(legs,
		w.filterLeg(filter{aclKey{source, false}, connecting, false, true}), w.filterLeg(filter{aclKey{source, true}, replying, true, true}),
		w.transitLeg(source, false), w.transitLeg(source, true))
}

// filterLeg makes a leg of one filter.
func (w way) filterLeg(f filter) leg {
	r, reason := w.rules(f.aclKey)
	if reason != "" {
		return always(answer{Unknown, reason, showNetwork})
	}
	l := r.boundaries()
	l.ask = func(node netip.Addr, port int) answer {
		peer := w.source
		if f.peerIsNode {
			peer = node
		}
		if !f.reply {
			port = w.port
		}
		a := r.decide(f.aclKey, peer, port)
		if a.outcome == Fail {
			a.text, a.fix = a.text+" ("+f.what+")", w.allowRule(r, f)
		}
		return a
	}
	return l
}

// boundaries are where the decision may change.
func (r *aclRules) boundaries() leg {
	var l leg
	for _, e := range r.entries {
		l.ports = append(l.ports, e.ports)
		if e.prefix.IsValid() {
			l.prefixes = append(l.prefixes, e.prefix)
		}
	}
	return l
}

// allowRule is the command line for an entry before the first one that denies.
// Entries for several subnets or addresses get different numbers.
func (w way) allowRule(r *aclRules, f filter) string {
	peer, ports := netip.PrefixFrom(w.source, w.source.BitLen()), portSpan{w.port, w.port}
	nth := slices.Index(w.sources, w.source)
	if f.peerIsNode {
		peer, nth = w.nodes, w.index
	}
	if f.reply {
		ports = ephemeral()
	}
	denying := 0
	for _, e := range r.entries {
		if !e.allow && denying == 0 && e.ports.overlaps(ports) && e.prefix.IsValid() && e.prefix.Overlaps(peer) {
			denying = e.number
		}
	}
	verb, remark := "create", ""
	number := r.free(denying, nth)
	if number == 0 {
		verb, number = "replace", denying
		remark = fmt.Sprintf("; it takes the place of rule %d, which can be created again with a greater number", denying)
	}
	cidr := "--cidr-block "
	if peer.Addr().Is6() {
		cidr = "--ipv6-cidr-block "
	}
	return fmt.Sprintf("aws ec2 %s-network-acl-entry --network-acl-id %s --%s --rule-number %d --protocol tcp --port-range From=%d,To=%d %s%s --rule-action allow (Terraform: aws_network_acl_rule)%s",
		verb, r.id, f.direction(), number, ports.first, ports.last, cidr, peer, remark)
}

// free returns the nth number from 0 that no entry has, before the given one or
// else after it; 0 for the given number itself, when none is left before it.
// Only the last entry denies, or none does, if before is 0 or the last number.
func (r *aclRules) free(before, nth int) int {
	const last, step = 32767, 10
	if before <= 0 || before >= last {
		before = 10*step + 1
		for _, n := range r.numbers {
			if n < last-step {
				before = max(before, n+step+1)
			}
		}
	}
	for n := before - 1; n > 0; n-- {
		if !slices.Contains(r.numbers, n) {
			if nth == 0 {
				return n
			}
			nth--
		}
	}
	if nth == 0 {
		return 0
	}
	for n := before + 1; ; n++ {
		if !slices.Contains(r.numbers, n) {
			if nth--; nth == 0 {
				return n
			}
		}
	}
}
