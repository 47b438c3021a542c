package migration

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"slices"
	"time"

	"github.com/cachelift/cachelift/internal/node"
	"github.com/cachelift/cachelift/internal/retry"
	"github.com/cachelift/cachelift/preflight"
)

// target retries what fails for a passing reason, such as throttling.
func (g *gathering) target(ctx context.Context) {
	g.ask(ctx, "target", func(ctx context.Context) (f found, err error) {
		err = retry.Do(ctx, g.opts.policies(), classify, nil, func(ctx context.Context) error {
			t, gaps, err := g.group.Facts(ctx)
			if err == nil {
				f = found{func(f *preflight.Facts) { f.Target = &t }, gaps}
			}
			return err
		})
		return f, err
	})
}

// targetNode asks the group's primary node, where the group says it is.
func (g *gathering) targetNode(ctx context.Context) {
	t := seen(g, func(f preflight.Facts) *preflight.Target { return f.Target })
	if t == nil || !t.Exists {
		return // the reason is that of the target
	}
	g.ask(ctx, "target_node", func(ctx context.Context) (found, error) {
		if t.Primary == "" {
			return found{}, errNoPrimary
		}
		config := nodeConfig(t.Primary, g.opts.TargetRedis, g.opts)
		return g.node(ctx, config, (*node.Node).TargetFacts, "target_node", func(f *preflight.Facts, n *preflight.Node) { f.TargetNode = n })
	})
}

// source asks the source, and those above it if it is a replica.
func (g *gathering) source(ctx context.Context) {
	config := sourceConfig(g.plan, g.opts)
	g.ask(ctx, "source", func(ctx context.Context) (found, error) {
		return g.node(ctx, config, (*node.Node).Facts, "source", func(f *preflight.Facts, n *preflight.Node) { f.Source = n })
	})
	source := seen(g, func(f preflight.Facts) *preflight.Node { return f.Source })
	if source == nil || source.UpstreamAddress == "" {
		return
	}
	g.ask(ctx, "upstream", func(ctx context.Context) (found, error) {
		chain, gaps := node.Upstream(ctx, config, *source)
		return found{func(f *preflight.Facts) { f.Upstream = chain }, gaps}, nil
	})
}

// nodeFacts is how a server is asked.
type nodeFacts = func(*node.Node, context.Context) (preflight.Node, []preflight.Gap, error)

// node asks one server; a broken connection is tried again.
func (g *gathering) node(ctx context.Context, c node.Config, ask nodeFacts, subject string, set func(*preflight.Facts, *preflight.Node)) (f found, err error) {
	n := node.Open(c)
	defer n.Close()
	err = retry.Do(ctx, g.opts.nodePolicy(), classify, nil, func(ctx context.Context) error {
		facts, gaps, err := ask(n, ctx)
		if err != nil {
			return err
		}
		for i := range gaps {
			gaps[i].Subject = subject + "." + gaps[i].Subject
		}
		f = found{func(f *preflight.Facts) { set(f, &facts) }, gaps}
		return nil
	})
	return f, err
}

// nodePolicy is for one-off questions to a server: a broken connection is tried
// again, a closed port does not hold up the report.
func (o Options) nodePolicy() retry.Policy {
	return retry.Policy{Initial: 100 * time.Millisecond, Max: time.Second, Tries: 3, MaxElapsed: o.FactsWithin, Jitter: o.Retry.Jitter}
}

// load looks at the source twice, for the forecasts.
func (g *gathering) load(ctx context.Context) {
	g.ask(ctx, "load", func(ctx context.Context) (found, error) {
		n := node.Open(sourceConfig(g.plan, g.opts))
		defer n.Close()
		var load preflight.Load
		err := retry.Do(ctx, g.opts.nodePolicy(), classify, nil, func(ctx context.Context) (err error) {
			load, err = n.Load(ctx, g.opts.SampleFor)
			return err
		})
		if err != nil {
			return found{}, err
		}
		load.LinkBytesPerSecond = float64(g.opts.LinkSpeed)
		return found{set: func(f *preflight.Facts) { f.Load = &load }}, nil
	})
}

const probeWithin = 5 * time.Second

// probeSource connects to the source as ElastiCache will: without credentials.
func (m *Migrator) probeSource(ctx context.Context) preflight.Probe {
	return node.Probe(ctx, m.plan.Source.String(), m.opts.DialContext, probeWithin)
}

// unreached is the class of every connection that was not made.
func unreached(error) retry.Class { return retry.Transport }

func (g *gathering) probe(ctx context.Context) {
	g.ask(ctx, "source_probe", func(ctx context.Context) (found, error) {
		var p preflight.Probe
		policy := g.opts.nodePolicy()
		policy.MaxElapsed = probeWithin // a host that does not answer is not asked again
		_ = retry.Do(ctx, policy, unreached, nil, func(ctx context.Context) error {
			if p = g.probeSource(ctx); p.Reached {
				return nil
			}
			return errors.New(p.Err)
		}) // the probe tells
		return found{set: func(f *preflight.Facts) { f.SourceProbe = &p }}, nil
	})
}

// address tells what the source's address stands for.
func (g *gathering) address(ctx context.Context) {
	g.ask(ctx, "source_address", func(ctx context.Context) (found, error) {
		a := preflight.Address{Host: g.plan.Source.Address, Port: g.plan.Source.Port, IPs: []string{g.plan.Source.Address}}
		if net.ParseIP(a.Host) == nil {
			ips, err := g.opts.LookupHost(ctx, a.Host)
			if err != nil {
				return found{}, err
			}
			a.IPs = slices.DeleteFunc(slices.Clone(ips), func(ip string) bool { return net.ParseIP(ip) == nil })
		}
		if len(a.IPs) == 0 {
			return found{}, fmt.Errorf("%s resolves to no IP address", a.Host)
		}
		return found{set: func(f *preflight.Facts) { f.SourceAddress = &a }}, nil
	})
}

// fence asks what a fence could be closed with; an error means that it could not
// be told.
func (g *gathering) fence(ctx context.Context) {
	c, ok := g.opts.Cutover.(sourceBinder)
	if !ok {
		return
	}
	g.ask(ctx, "fence", func(ctx context.Context) (found, error) {
		var fence preflight.Fence
		err := retry.Do(ctx, g.opts.nodePolicy(), classify, nil, func(ctx context.Context) (err error) {
			fence, err = c.fenceFacts(ctx)
			return err
		})
		if err != nil {
			return found{}, err
		}
		return found{set: func(f *preflight.Facts) { f.Fence = &fence }}, nil
	})
}

// supplement asks a source of facts of the host, and keeps the network that it
// gives for later: of several the first in Options.Facts counts.
func (g *gathering) supplement(ctx context.Context, s preflight.FactSource, known preflight.Facts) {
	within := g.opts.FactsWithin
	if slow, ok := s.(preflight.SlowFactSource); ok {
		within = max(within, slow.Within())
	}
	g.askWithin(ctx, within, s.Name(), func(ctx context.Context) (found, error) {
		more, err := s.Gather(ctx, known)
		if more.Extra != nil && !json.Valid(more.Extra) {
			err = errors.Join(err, errors.New("what it found is not JSON"))
			more.Extra = nil
		}
		return found{func(f *preflight.Facts) {
			if more.Network != nil {
				g.networks[s.Name()] = supplied{more.Network, more.Gaps}
			} else {
				f.Gaps = append(f.Gaps, more.Gaps...)
			}
			if more.Extra != nil {
				if f.Extra == nil {
					f.Extra = map[string]json.RawMessage{}
				}
				f.Extra[s.Name()] = more.Extra
			}
		}, nil}, err
	})
}

// supplied is a network that a source of facts gave, with the gaps in it.
type supplied struct {
	network *preflight.Network
	gaps    []preflight.Gap
}

// settleNetwork takes the network of the first source that gave one, and leaves
// out what others say of theirs.
func (g *gathering) settleNetwork() {
	for _, s := range g.opts.Facts {
		given, ok := g.networks[s.Name()]
		switch {
		case !ok:
		case g.facts.Network == nil:
			g.facts.Network = given.network
			g.facts.Gaps = append(g.facts.Gaps, given.gaps...)
		default:
			g.facts.Gaps = append(g.facts.Gaps, preflight.Gap{Subject: s.Name(), Reason: "another source of facts gave the network before it"})
		}
	}
	if g.facts.Network == nil && g.facts.Reason("network") == "" {
		g.facts.Gaps = append(g.facts.Gaps, preflight.Gap{Subject: "network", Reason: "nobody was asked: Options.Facts has no source of them, such as vpc.New of preflight/vpc"})
	}
}
