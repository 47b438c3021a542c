package preflight

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// way is the traffic between all addresses that a node may get in one
// candidate subnet, from any ephemeral port, and one address of the source.
type way struct {
	*ends
	index  int // among all ways
	subnet Subnet
	nodes  netip.Prefix
	source netip.Addr
}

// answer is what one part of the network does with a packet: Pass, Fail, or
// Unknown; with what was seen and, unless it passes, what to do.
type answer struct {
	outcome Outcome
	text    string
	fix     string
}

// leg is a part of the way. It answers for one packet; prefixes and ports are
// all the places where the answer may change.
type leg struct {
	prefixes []netip.Prefix
	ports    []portSpan
	ask      func(node netip.Addr, port int) answer
}

// result is what was found out about a way.
type result struct {
	where   string
	outcome Outcome
	notes   []answer
}

// judge is exact and enumerates nothing: it asks the legs once for every box
// of addresses and ports in which no leg's answer can change. Nodes may connect from
// any ephemeral port; that none of the likely ones gets through is a failure
// already.
func (w way) judge(legs []leg) result {
	var prefixes []netip.Prefix
	var ports []portSpan
	for _, l := range legs {
		prefixes, ports = append(prefixes, l.prefixes...), append(ports, l.ports...)
	}
	var through cover
	seen := map[Outcome][]answer{}
	if ports != nil {
		ports = append(ports, likely())
	}
	columns := splitPorts(ports)
	hope := false // some packet from a likely port may get through
	for _, a := range splitAddrs(w.nodes, prefixes) {
		for _, p := range columns {
			outcome, notes := askAll(legs, a.first, p.first)
			if outcome == Pass {
				through = through.add(a, p)
			}
			hope = hope || outcome != Fail && (ports == nil || likely().contains(p.first))
			seen[outcome] = merge(seen[outcome], notes)
		}
	}
	r := result{where: fmt.Sprintf("%s (%s)", w.subnet.ID, w.nodes), outcome: Unknown}
	switch pass, fail, open := seen[Pass], seen[Fail], seen[Unknown]; {
	case pass != nil && fail == nil && open == nil:
		r.outcome, r.notes = Pass, pass
	case !hope:
		r.outcome, r.notes = Fail, fail
	case pass == nil:
		r.notes = merge(fail, open)
	default:
		part := answer{Unknown, fmt.Sprintf("only %s of %s is sure to get through", through, w.nodes), ""}
		r.notes = merge(merge([]answer{part}, fail), open)
	}
	return r
}

// askAll combines the legs for one packet: all have to let it pass. The notes
// are those of the legs that decide, never nil.
func askAll(legs []leg, node netip.Addr, port int) (Outcome, []answer) {
	answers := make([]answer, 0, len(legs))
	for _, l := range legs {
		answers = append(answers, l.ask(node, port))
	}
	outcome := worst(answers)
	return outcome, slices.DeleteFunc(answers, func(a answer) bool { return a.outcome != outcome })
}

// worst is the outcome of all together: one that fails breaks the chain, one
// that is unknown leaves it open.
func worst(answers []answer) Outcome {
	is := func(o Outcome) bool {
		return slices.ContainsFunc(answers, func(a answer) bool { return a.outcome == o })
	}
	switch {
	case is(Fail):
		return Fail
	case is(Unknown):
		return Unknown
	default:
		return Pass
	}
}

// chain is the first of the answers that decides about all of them together.
func chain(answers ...answer) answer {
	outcome := worst(answers)
	return answers[slices.IndexFunc(answers, func(a answer) bool { return a.outcome == outcome })]
}

// merge appends the answers that are not in the list yet.
func merge(list, more []answer) []answer {
	if list == nil {
		list = []answer{}
	}
	for _, a := range more {
		if !slices.Contains(list, a) {
			list = append(list, a)
		}
	}
	return list
}

// always is a leg that does the same with every packet.
func always(a answer) leg {
	return leg{ask: func(netip.Addr, int) answer { return a }}
}

// over judges every way between the two ends and puts the results together.
func (e *ends) over(legs func(way) []leg) verdict {
	ways, results := e.ways()
	for _, w := range ways {
		results = append(results, w.judge(legs(w)))
	}
	v := conclude(results)
	if reason := e.unread("subnets"); reason != "" && v.outcome == Pass {
		return unknown(reason+"; by what was seen of them, "+v.observed, showNetwork)
	}
	return v
}

// ways are those from every candidate subnet: any of them may get a node when
// one is replaced. Subnets of which too little is known have a result already.
func (e *ends) ways() (ways []way, open []result) {
	if reason, ok := e.facts.gap("target", []string{"subnets"}); ok {
		return nil, []result{stuck("the subnet group", reason, showFor([]string{"subnets"}))}
	}
	for _, t := range e.target.Subnets {
		s, ok := e.subnet(t.ID)
		if !ok {
			open = append(open, stuck(cmp.Or(t.ID, "a subnet without id"), cmp.Or(e.unread("subnets"), "the subnet is not among those that were read"), showNetwork))
			continue
		}
		s.AvailabilityZone = cmp.Or(s.AvailabilityZone, t.AvailabilityZone)
		found := false
		for _, cidr := range s.CIDRs {
			p, ok := parsePrefix(cidr)
			for _, source := range e.sources {
				if ok && p.Addr().BitLen() == source.BitLen() {
					ways, found = append(ways, way{e, len(ways), s, p, source}), true
				}
			}
		}
		if !found {
			open = append(open, stuck(s.ID, fmt.Sprintf("no address range of the kind of %s in %q", e.sources[0], s.CIDRs), byHand))
		}
	}
	return ways, open
}

func stuck(where, why, fix string) result {
	return result{where, Unknown, []answer{{Unknown, why, fix}}}
}

// conclude: any subnet may get a node, so that one which fails is a failure.
// Subnets of which the same is to be said are named together.
func conclude(results []result) verdict {
	if len(results) == 0 {
		return unknown("no candidate subnet of the target is known", showFor([]string{"subnets"}))
	}
	outcomes := make([]answer, len(results))
	for i, r := range results {
		outcomes[i].outcome = r.outcome
	}
	outcome := worst(outcomes)
	var texts, fixes []string
	where := map[string][]string{}
	for _, r := range results {
		if r.outcome != outcome {
			continue
		}
		text := noteTexts(r.notes)
		if where[text] == nil {
			texts = append(texts, text)
		}
		if !slices.Contains(where[text], r.where) {
			where[text] = append(where[text], r.where)
		}
		for _, n := range r.notes {
			if n.fix != "" && !slices.Contains(fixes, n.fix) {
				fixes = append(fixes, n.fix)
			}
		}
	}
	for i, text := range texts {
		texts[i] = fmt.Sprintf("%s: %s", shorten(where[text]), text)
	}
	v := verdict{outcome: outcome, observed: strings.Join(texts, "; ")}
	if outcome != Pass {
		v.remedy = cmp.Or(strings.Join(fixes, "; "), byHand)
	}
	return v
}

func noteTexts(notes []answer) string {
	var texts []string
	for _, n := range notes {
		if n.text != "" && !slices.Contains(texts, n.text) {
			texts = append(texts, n.text)
		}
	}
	return shorten(texts)
}
