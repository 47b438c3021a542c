package migration

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/cachelift/cachelift/preflight"
)

// Facts gathers what the preflight checks judge: of the group, both servers and,
// with Options.Facts, of the network between them. It changes nothing, and may be
// called at any time, also while a run is active. Each source of facts has a
// time-out of its own, Options.FactsWithin; what could not be seen is a gap in the
// facts and not an error. The error is that of ctx, and the facts are those that
// were there by then.
//
// The facts hold no secrets: store them with [preflight.WriteFacts], and judge
// them anywhere with [preflight.Judge].
func (m *Migrator) Facts(ctx context.Context) (preflight.Facts, error) {
	facts := m.gather(ctx)
	if err := context.Cause(ctx); err != nil {
		return facts, fmt.Errorf("migration: facts: %w", err)
	}
	return facts, nil
}

// gathering collects facts from several goroutines.
type gathering struct {
	*Migrator
	mu       sync.Mutex
	facts    preflight.Facts
	networks map[string]supplied // by the names of their sources
}

// gather asks all sources of facts side by side.
func (m *Migrator) gather(ctx context.Context) preflight.Facts {
	g := &gathering{Migrator: m, networks: map[string]supplied{}}
	var all, placed sync.WaitGroup
	placed.Go(func() { g.target(ctx) })
	placed.Go(func() { g.address(ctx) })
	all.Go(func() {
		placed.Wait()
		var rest sync.WaitGroup
		rest.Go(func() { g.targetNode(ctx) })
		for _, s := range m.opts.Facts {
			rest.Go(func() { g.supplement(ctx, s, g.placed()) })
		}
		rest.Wait()
	})
	for _, part := range []func(context.Context){g.source, g.load, g.probe, g.fence} {
		all.Go(func() { part(ctx) })
	}
	all.Wait()
	g.settleNetwork()
	g.facts.GatheredAt = time.Now()
	slices.SortStableFunc(g.facts.Gaps, func(a, b preflight.Gap) int { return strings.Compare(a.Subject, b.Subject) })
	return g.facts
}

// found is what one source of facts answered.
type found struct {
	set  func(*preflight.Facts) // nil: nothing
	gaps []preflight.Gap
}

// ask calls a built-in source of facts within its time-out.
func (g *gathering) ask(ctx context.Context, subject string, source func(context.Context) (found, error)) {
	g.askWithin(ctx, g.opts.FactsWithin, subject, source)
}

// askWithin calls one source of facts. An error becomes the gap of subject; what
// was found beside it counts all the same.
func (g *gathering) askWithin(ctx context.Context, within time.Duration, subject string, source func(context.Context) (found, error)) {
	ctx, cancel := context.WithTimeoutCause(ctx, within, fmt.Errorf("no answer within %v", within))
	defer cancel()
	answer := make(chan found, 1)
	err := await(ctx, apart(ctx, func(ctx context.Context) error {
		f, err := source(ctx)
		answer <- f
		return err
	}))
	g.mu.Lock()
	defer g.mu.Unlock()
	select {
	case f := <-answer:
		g.facts.Gaps = append(g.facts.Gaps, f.gaps...)
		if f.set != nil {
			f.set(&g.facts)
		}
	default: // it panicked, or was abandoned
	}
	if err != nil {
		g.facts.Gaps = append(g.facts.Gaps, preflight.Gap{Subject: subject, Reason: err.Error()})
	}
}

// placed is what a source of facts of the host may build on: what is there by
// then in every run, and no part of it shared with what is gathered meanwhile.
func (g *gathering) placed() preflight.Facts {
	g.mu.Lock()
	defer g.mu.Unlock()
	known := preflight.Facts{Target: copied(g.facts.Target), SourceAddress: copied(g.facts.SourceAddress)}
	for _, gap := range g.facts.Gaps {
		if part, _, _ := strings.Cut(gap.Subject, "."); part == "target" || part == "source_address" {
			known.Gaps = append(known.Gaps, gap)
		}
	}
	return known
}

func copied[T any](part *T) *T {
	if part == nil {
		return nil
	}
	own := *part
	return &own
}

// seen returns one part of the facts so far.
func seen[T any](g *gathering, part func(preflight.Facts) *T) *T {
	g.mu.Lock()
	defer g.mu.Unlock()
	return part(g.facts)
}
