package preflight

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// TestNetworkProperty compares the checks with a walk of concrete packets over
// random networks.
func TestNetworkProperty(t *testing.T) {
	t.Parallel()
	const seed, cases = 4, 1200
	counts := map[string]map[Outcome]int{}
	weaker, apart := 0, 0
	for i := range uint64(cases) {
		facts := randomNetwork(rand.New(rand.NewPCG(seed, i)))
		w := newWalk(facts)
		got := map[string]Outcome{}
		for _, f := range Judge(facts, networkChecks(), nil).Findings {
			got[strings.TrimPrefix(f.CheckID, "network.")] = f.Outcome
		}
		if w.start.eni != nil && w.start.eni.VPC != "vpc-1" {
			apart++
		}
		for family, want := range w.verdicts(got["vpc"]) {
			if counts[family] == nil {
				counts[family] = map[Outcome]int{}
			}
			counts[family][want]++
			switch {
			case got[family] == want:
			case got[family] == Unknown && w.ambiguous():
				// Which of several routes is taken cannot be told. That none of
				// them would do is not found out.
				weaker++
			default:
				t.Errorf("seed %d case %d: network.%s is %s, the walk says %s\n%s", seed, i, family, got[family], want, mustJSON(t, facts.Network))
			}
		}
		if t.Failed() {
			return
		}
	}
	t.Logf("seed %d, %d networks, %d with two VPCs; outcomes of the walk: %v; %d times unknown where the walk knows", seed, cases, apart, counts, weaker)
	for _, family := range []string{"route", "security-group", "acl"} {
		for _, o := range []Outcome{Pass, Fail, Unknown} {
			if counts[family][o] < cases/20 {
				t.Errorf("%s: %d cases of %s: the networks are too much alike", family, counts[family][o], o)
			}
		}
	}
	if weaker > cases/20 {
		t.Errorf("%d times unknown where the walk knows", weaker)
	}
}

// walk has what all packets of one network have in common.
type walk struct {
	start packet
	ports []int
}

func newWalk(f Facts) walk {
	w := walk{start: packet{f: f, read: map[string]cidr{}}, ports: []int{1024, 32767, 32768, 40000, 60999, 61000, 65535}}
	w.start.source, _ = number(f.SourceAddress.IPs[0])
	if len(f.Network.SourceInterfaces) > 0 {
		w.start.eni = &f.Network.SourceInterfaces[0]
	}
	for _, a := range f.Network.ACLs {
		for _, e := range a.Entries {
			for _, p := range []int{e.FromPort - 1, e.FromPort, e.ToPort, e.ToPort + 1} {
				if p >= 1024 && p <= 65535 && !slices.Contains(w.ports, p) {
					w.ports = append(w.ports, p)
				}
			}
		}
	}
	return w
}

// verdicts are those of every family that can be told from here. The route of
// VPCs that are not connected is not asked.
func (w walk) verdicts(vpc Outcome) map[string]Outcome {
	unreadable, doors, picks := 0, 1, 1
	for i, a := range w.start.network().ACLs {
		if slices.ContainsFunc(a.Entries, func(e ACLEntry) bool { return e.CIDR == "bad" }) {
			unreadable |= 1 << i
		}
	}
	filters := func(w world) bool { return w.bad&^unreadable != 0 }
	if len(w.start.network().Attachments) > 0 {
		doors, picks = 2, 3
	}
	out := map[string]Outcome{
		"security-group": w.judge(packet.guarded, worlds(2, picks, 1, 1), []int{40000}),
		"acl":            w.judge(packet.filtered, slices.DeleteFunc(worlds(1, 1, doors, 8), filters), w.ports),
		"vpc":            w.connected(),
	}
	out["route"] = Unknown
	if vpc != Fail {
		out["route"] = w.judge(packet.routed, worlds(2, 3, 1, 1), []int{40000})
	}
	return out
}

// judge walks all packets from all candidate subnets.
func (w walk) judge(passes func(packet) bool, worlds []world, ports []int) Outcome {
	out := Pass
	for _, s := range w.start.f.Target.Subnets {
		switch w.subnet(s.ID, passes, worlds, ports) {
		case Fail:
			return Fail
		case Unknown:
			out = Unknown
		}
	}
	return out
}

func (w walk) subnet(id string, passes func(packet) bool, worlds []world, ports []int) Outcome {
	yes, no, hope := 0, 0, false
	for p := range w.packets(id, ports) {
		in := map[bool]bool{}
		for _, p.w = range worlds {
			in[passes(p)] = true
		}
		if in[true] {
			yes++
			hope = hope || 32768 <= p.port && p.port <= 60999
		}
		if in[false] {
			no++
		}
		if hope && no > 0 {
			return Unknown
		}
	}
	switch {
	case no == 0:
		return Pass
	case !hope: // none gets through from a port that Linux would take
		return Fail
	default:
		return Unknown
	}
}

// packets are those from all 16 addresses of a subnet.
func (w walk) packets(id string, ports []int) func(func(packet) bool) {
	p := w.start
	for _, s := range p.network().Subnets {
		if s.ID == id {
			p.subnet = s
		}
	}
	first, _ := number(strings.TrimSuffix(p.subnet.CIDRs[0], "/28"))
	return func(yield func(packet) bool) {
		for i := range uint32(16) {
			for _, port := range ports {
				p.node, p.port = first+i, port
				if !yield(p) {
					return
				}
			}
		}
	}
}

// connected is what network.vpc should say.
func (w walk) connected() Outcome {
	n, eni := w.start.network(), w.start.eni
	switch {
	case eni == nil:
		return Unknown
	case eni.VPC == "vpc-1", len(n.Attachments) == 2, n.Peerings[0].ID == "pcx-1":
		return Pass
	}
	for _, s := range w.start.f.Target.Subnets {
		for p := range w.packets(s.ID, []int{1024}) {
			for _, p.w = range worlds(2, 3, 1, 1) {
				r := p.lookup(s.ID, "vpc-1", p.source)
				if r != nil && r.Via != "igw-1" && p.carried(s.ID, p.subnet.AvailabilityZone, "vpc-1", eni.VPC, p.source) {
					return Unknown
				}
			}
		}
	}
	return Fail
}

// ambiguous reports whether several routes may be the one that is taken.
func (w walk) ambiguous() bool {
	for _, s := range w.start.f.Target.Subnets {
		for p := range w.packets(s.ID, []int{1024}) {
			seen := map[Route]bool{}
			back := map[Route]bool{}
			for _, p.w = range worlds(2, 3, 1, 1) {
				seen[key(p.lookup(s.ID, "vpc-1", p.source))] = true
				if p.eni != nil {
					back[key(p.lookup(p.eni.Subnet, p.eni.VPC, p.node))] = true
				}
			}
			if len(seen) > 1 || len(back) > 1 {
				return true
			}
		}
	}
	return false
}

func key(r *Route) Route {
	if r == nil {
		return Route{}
	}
	return Route{Via: r.Via, State: r.State}
}
