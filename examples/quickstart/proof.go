package main

import (
	"context"
	"fmt"
	"strings"
	"sync"
)

// maxNamed is how many problems are told in words; all are counted.
const maxNamed = 30

// proof compares the old source with the new primary when nobody writes any
// more.
type proof struct {
	source, target *server
	data           dataset
	traffic        *traffic
	found          problems

	writes writesProof
	counts []countRow
	sample sampleProof
}

func newProof(source, target string, d dataset, t *traffic) *proof {
	return &proof{
		source: connectAll("source", source), target: connectAll("target", target),
		data: d, traffic: t,
	}
}

func (p *proof) close() {
	p.source.close()
	p.target.close()
}

// run looks for problems. The error is for a comparison that could not be made.
func (p *proof) run(ctx context.Context) error {
	for _, part := range []func(context.Context) error{p.checkOldSource, p.checkWrites, p.checkCounts, p.checkSample} {
		if err := part(ctx); err != nil {
			return err
		}
	}
	return nil
}

// checkOldSource makes sure that the old source refuses writes still and has
// acknowledged none since the pause.
func (p *proof) checkOldSource(ctx context.Context) error {
	err := p.source.db[0].Set(ctx, "proof:late", 1, 0).Err()
	if err == nil {
		p.found.add("the old source takes writes: SET proof:late was acknowledged")
	} else if !strings.HasPrefix(err.Error(), "NOREPLICAS") {
		return fmt.Errorf("a write to the old source: %w, want NOREPLICAS", err)
	}
	for _, j := range p.traffic.journals() {
		if j.late > 0 {
			p.found.add("the old source acknowledged %d writes of %s that were sent after the pause", j.late, j.prefix)
			p.writes.late += j.late
		}
	}
	return nil
}

// problems collects what does not hold. Its methods may be called from any
// goroutine.
type problems struct {
	mu    sync.Mutex
	total int
	named []string
}

func (f *problems) add(format string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.total++; len(f.named) < maxNamed {
		f.named = append(f.named, fmt.Sprintf(format, args...))
	}
}
