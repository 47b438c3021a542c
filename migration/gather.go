package migration

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/cachelift/cachelift/internal/node"
	"github.com/cachelift/cachelift/internal/retry"
	"github.com/cachelift/cachelift/preflight"
)

// gatherWithin bounds each source of facts, so that one that hangs does not
// hold up the report.
const gatherWithin = 30 * time.Second

// gather collects the facts of both ends side by side. What fails leaves a
// gap; it changes nothing.
func (m *Migrator) gather(ctx context.Context) preflight.Facts {
	ctx, cancel := context.WithTimeout(ctx, gatherWithin)
	defer cancel()
	var (
		wg sync.WaitGroup
		mu sync.Mutex
		f  preflight.Facts
	)
	add := func(gaps []preflight.Gap, err error, subject string, set func()) {
		mu.Lock()
		defer mu.Unlock()
		f.Gaps = append(f.Gaps, gaps...)
		if err != nil {
			f.Gaps = append(f.Gaps, preflight.Gap{Subject: subject, Reason: err.Error()})
			return
		}
		set()
	}
	wg.Go(func() {
		t, gaps, err := m.targetFacts(ctx)
		add(gaps, err, "target", func() { f.Target = &t })
		if err == nil && t.Exists && t.Primary == "" {
			add(nil, errNoPrimary, "target_node", nil)
		}
		if err == nil && t.Primary != "" {
			n, gaps, err := m.nodeFacts(ctx, nodeConfig(t.Primary, m.opts.TargetRedis, m.opts), "target_node")
			add(gaps, err, "target_node", func() { f.TargetNode = &n })
		}
	})
	wg.Go(func() {
		n, gaps, err := m.nodeFacts(ctx, sourceConfig(m.plan, m.opts), "source")
		add(gaps, err, "source", func() { f.Source = &n })
	})
	wg.Go(func() {
		p := m.probeSource(ctx)
		add(nil, nil, "source_probe", func() { f.SourceProbe = &p })
	})
	if c, ok := m.opts.Cutover.(sourceBinder); ok {
		wg.Go(func() {
			fence, err := fenceFacts(ctx, c)
			add(nil, err, "fence", func() { f.Fence = &fence })
		})
	}
	wg.Wait()
	f.GatheredAt = time.Now()
	return f
}

// targetFacts retries what fails for a passing reason, such as throttling.
func (m *Migrator) targetFacts(ctx context.Context) (t preflight.Target, gaps []preflight.Gap, err error) {
	err = retry.Do(ctx, m.opts.Retry.policy(), classify, nil, safely(func(ctx context.Context) (err error) {
		t, gaps, err = m.group.Facts(ctx)
		return err
	}))
	return t, gaps, err
}

func (m *Migrator) nodeFacts(ctx context.Context, c node.Config, subject string) (preflight.Node, []preflight.Gap, error) {
	n := node.Open(c)
	defer n.Close()
	var (
		facts preflight.Node
		gaps  []preflight.Gap
	)
	err := retry.Do(ctx, m.opts.nodePolicy(), classify, nil, func(ctx context.Context) (err error) {
		facts, gaps, err = n.Facts(ctx)
		return err
	})
	for i := range gaps {
		gaps[i].Subject = fmt.Sprintf("%s.%s", subject, gaps[i].Subject)
	}
	return facts, gaps, err
}

// fenceFacts asks a fence whether it could be closed; an error means that it
// could not be told.
func fenceFacts(ctx context.Context, c sourceBinder) (preflight.Fence, error) {
	switch err := c.checkSource(ctx); {
	case errors.Is(err, node.ErrNoFence):
		return preflight.Fence{Reason: err.Error()}, nil
	case err != nil:
		return preflight.Fence{}, err
	}
	return preflight.Fence{Ready: true}, nil
}

// nodePolicy is for one-off questions to a server: a broken connection is tried
// again, a closed port does not hold up the report.
func (o Options) nodePolicy() retry.Policy {
	return retry.Policy{Initial: 100 * time.Millisecond, Max: time.Second, Tries: 3, MaxElapsed: gatherWithin, Jitter: o.Retry.Jitter}
}

// probeSource connects to the source as ElastiCache will: without credentials.
func (m *Migrator) probeSource(ctx context.Context) preflight.Probe {
	return node.Probe(ctx, m.plan.Source.String(), m.opts.DialContext, 5*time.Second)
}
