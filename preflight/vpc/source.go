package vpc

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/cachelift/cachelift/preflight"
)

// Options of a [Source]. The zero value is valid.
type Options struct {
	// SourceVPC is the id of the source's VPC. It is needed only where the same
	// private address exists in several VPCs. Empty means that all are searched.
	SourceVPC string
	// Analyzer runs the VPC Reachability Analyzer from the interface of the
	// target's primary to that of the source. Nil means that it is not asked.
	// AWS charges for each analysis. It takes a minute or so, which this source of
	// facts is given.
	Analyzer AnalyzerAPI
	// AnalyzerWithin is how long an analysis may take. Zero means 5 minutes.
	AnalyzerWithin time.Duration
	// AnalyzerEvery is how often its state is asked for. Zero means 2 seconds.
	AnalyzerEvery time.Duration
	// LookupHost resolves the name of the target's primary for the analysis. Nil
	// means the system's resolver.
	LookupHost func(ctx context.Context, host string) ([]string, error)
}

// Source is a [preflight.FactSource] that gives the network's facts. It may be
// used from any goroutine, and more than once.
type Source struct {
	api  API
	opts Options
}

var _ preflight.SlowFactSource = (*Source)(nil)

// New returns a source of facts that reads with api; it does no I/O. opts may be
// nil, and is copied.
func New(api API, opts *Options) *Source {
	s := &Source{api: api}
	if opts != nil {
		s.opts = *opts
	}
	if s.opts.AnalyzerWithin <= 0 {
		s.opts.AnalyzerWithin = 5 * time.Minute
	}
	if s.opts.AnalyzerEvery <= 0 {
		s.opts.AnalyzerEvery = 2 * time.Second
	}
	if s.opts.LookupHost == nil {
		s.opts.LookupHost = net.DefaultResolver.LookupHost
	}
	return s
}

// Name is "network".
func (s *Source) Name() string { return "network" }

// Gather reads the network of the ends that known.Target and known.SourceAddress
// tell. What could not be read is a gap, with subjects such as
// "network.route_tables"; an error is returned only if [New] got no API. When
// ctx ends, it returns what it has: at once, or within 4 seconds if a path and
// an analysis are to be deleted.
func (s *Source) Gather(ctx context.Context, known preflight.Facts) (preflight.Supplement, error) {
	if s.api == nil {
		return preflight.Supplement{}, errors.New("vpc: api is nil, want an EC2 client")
	}
	g := newGathering(s, known)
	located := make(chan struct{})
	reading := func(ctx context.Context) {
		func() {
			defer close(located)
			g.locate(ctx)
		}()
		g.describe(ctx)
		g.follow(ctx)
	}
	analyzing := func(ctx context.Context) {
		if s.opts.Analyzer != nil {
			g.analyze(ctx, located)
		}
	}
	together(ctx, reading, analyzing)
	g.keepACLs()
	g.orderPrefixLists()
	return preflight.Supplement{Network: &g.net, Gaps: g.sortedGaps()}, nil
}

// gatherWithin is time for all but the analysis.
const gatherWithin = 30 * time.Second

// Within is the time-out that the source needs, see [preflight.SlowFactSource]: an
// analysis takes minutes.
func (s *Source) Within() time.Duration {
	if s.opts.Analyzer == nil {
		return gatherWithin
	}
	return gatherWithin + s.opts.AnalyzerWithin
}
