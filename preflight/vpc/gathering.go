package vpc

import (
	"cmp"
	"context"
	"errors"
	"net/netip"
	"slices"
	"sync"

	"github.com/cachelift/cachelift/preflight"
)

// gathering is one run of [Source.Gather]. Each list of net is written by one
// goroutine, and read when that has ended.
type gathering struct {
	api    API
	opts   Options
	known  preflight.Facts
	target preflight.Target // zero if it is not known
	source []netip.Addr     // the addresses of the source

	net preflight.Network
	// zones are all subnets of the VPCs of both ends; nil if not read.
	zones map[string]preflight.Subnet

	mu   sync.Mutex
	gaps []preflight.Gap
}

func newGathering(s *Source, known preflight.Facts) *gathering {
	g := &gathering{api: s.api, opts: s.opts, known: known}
	if known.Target != nil {
		g.target = *known.Target
	}
	g.source = known.SourceIPs()
	return g
}

// addresses are the IP addresses among the texts.
func addresses(texts []string) []netip.Addr {
	var out []netip.Addr
	for _, text := range texts {
		if a, err := netip.ParseAddr(text); err == nil && a.Zone() == "" {
			out = append(out, a.Unmap())
		}
	}
	return unique(out)
}

// miss records that a list of the network is not known, or not all of it.
func (g *gathering) miss(list string, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.gaps = append(g.gaps, preflight.Gap{Subject: "network." + list, Reason: err.Error()})
}

// sortedGaps does not depend on which call ended first.
func (g *gathering) sortedGaps() []preflight.Gap {
	slices.SortFunc(g.gaps, func(a, b preflight.Gap) int {
		return cmp.Or(cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.Reason, b.Reason))
	})
	return g.gaps
}

// keep stores a list, or why there is none.
func keep[Fact any](g *gathering, list *[]Fact, name string, facts []Fact, err error) {
	if err != nil {
		g.miss(name, err)
		return
	}
	*list = facts
}

// lacking is why a part of the target is not known.
func (g *gathering) lacking(what string, subjects ...string) error {
	for _, s := range append(subjects, "target") {
		if r := g.known.Reason(s); r != "" {
			return errors.New(what + " not known: " + r)
		}
	}
	if g.known.Target != nil && !g.target.Exists {
		return errors.New(what + " not known: the replication group does not exist")
	}
	return errors.New(what + " not known")
}

// vpcs are those of both ends, the target's first.
func (g *gathering) vpcs() []string {
	return unique(append([]string{g.target.VPC}, g.sourceVPCs()...))
}

func (g *gathering) sourceVPCs() []string {
	var out []string
	for _, i := range g.net.SourceInterfaces {
		out = append(out, i.VPC)
	}
	return unique(out)
}

func (g *gathering) targetSubnets() []string {
	var out []string
	for _, s := range g.target.Subnets {
		out = append(out, s.ID)
	}
	return unique(out)
}

// subnets are the ids of those of both ends.
func (g *gathering) subnets() []string {
	out := g.targetSubnets()
	for _, i := range g.net.SourceInterfaces {
		out = append(out, i.Subnet)
	}
	return unique(out)
}

// groups are the ids of the security groups of both ends.
func (g *gathering) groups() []string {
	out := slices.Clone(g.target.SecurityGroups)
	for _, i := range g.net.SourceInterfaces {
		out = append(out, i.SecurityGroups...)
	}
	return unique(out)
}

// unique keeps the first of equal values and drops zero values.
func unique[T comparable](values []T) []T {
	var zero T
	seen := map[T]bool{zero: true}
	var out []T
	for _, v := range values {
		if !seen[v] {
			seen[v] = true
			out = append(out, v)
		}
	}
	return out
}

// together runs all of them side by side.
func together(ctx context.Context, all ...func(context.Context)) {
	var wg sync.WaitGroup
	for _, one := range all {
		wg.Go(func() { one(ctx) })
	}
	wg.Wait()
}
