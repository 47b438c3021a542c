package vpc

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"

	"github.com/cachelift/cachelift/preflight"
)

// analyze runs the Reachability Analyzer between the interfaces of both ends.
// located is closed when the source's is known.
func (g *gathering) analyze(ctx context.Context, located <-chan struct{}) {
	from, err := g.primaryInterface(ctx)
	<-located
	if err == nil {
		err = g.analyzeFrom(ctx, from)
	}
	if err != nil {
		g.miss("analyses", fmt.Errorf("not analyzed: %w", err))
	}
}

func (g *gathering) analyzeFrom(ctx context.Context, from preflight.Interface) error {
	if n := len(g.net.SourceInterfaces); n != 1 {
		return fmt.Errorf("%d interfaces are known to have the source's address, want 1", n)
	}
	port, err := g.port()
	if err != nil {
		return err
	}
	a := analyzer{
		api: g.opts.Analyzer, every: g.opts.AnalyzerEvery,
		from: from.ID, to: g.net.SourceInterfaces[0].ID, port: port,
	}
	ctx, cancel := context.WithTimeout(ctx, g.opts.AnalyzerWithin)
	defer cancel()
	result, leftovers := a.run(ctx)
	g.net.Analyses = []preflight.Analysis{result}
	for _, err := range leftovers {
		g.miss("analyses", err)
	}
	return nil
}

// primaryInterface finds the interface of the target's primary by the address
// of its endpoint.
func (g *gathering) primaryInterface(ctx context.Context) (preflight.Interface, error) {
	none := preflight.Interface{}
	endpoint := g.target.Primary
	for _, m := range g.target.Members {
		if m.Role == "primary" && m.Endpoint != "" {
			endpoint = m.Endpoint
		}
	}
	host, _, err := net.SplitHostPort(endpoint)
	if err != nil || g.target.VPC == "" {
		return none, g.lacking("the target's primary and its VPC are", "target.members", "target.vpc")
	}
	within, cancel := context.WithTimeout(ctx, callWithin)
	defer cancel()
	texts, err := guarded(within, func(ctx context.Context) ([]string, error) { return g.opts.LookupHost(ctx, host) })
	if err != nil {
		return none, fmt.Errorf("look up %s: %w", host, err)
	}
	// The analyzer knows IPv4 only (documented).
	ips := slices.DeleteFunc(addresses(texts), netip.Addr.Is6)
	if len(ips) == 0 {
		return none, fmt.Errorf("%s has no IPv4 address", host)
	}
	found, err := g.interfacesOf(ctx, ips, g.target.VPC)
	if err != nil {
		return none, err
	}
	if len(found) != 1 {
		return none, fmt.Errorf("%d interfaces in %s have the address %s of %s, want 1", len(found), g.target.VPC, ips[0], host)
	}
	return found[0], nil
}

// port is the source's port.
func (g *gathering) port() (int32, error) {
	if g.known.SourceAddress == nil {
		return 0, errors.New("the source's address is not among the facts")
	}
	port := g.known.SourceAddress.Port
	if port < 1 || port > 65535 {
		return 0, fmt.Errorf("the source's port is %d, want 1 to 65535", port)
	}
	return int32(port), nil
}
