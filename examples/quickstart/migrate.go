package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/elasticache"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/preflight"
	"github.com/cachelift/cachelift/progress"
)

// moved is what the migration did.
type moved struct {
	result migration.Result
	wire   wireMeter
}

// migrate is the part that an embedding program has: a plan, an SDK client,
// options with a Cutover, and Run.
func migrate(ctx context.Context, lab *lab, traffic *traffic, scr *screen) (*moved, error) {
	at := lab.source.Endpoint()
	plan := migration.NewPlan("quickstart",
		migration.Source{Address: at.Address, Port: at.Port},
		migration.ReplicationGroup(groupID))
	out := &moved{wire: wireMeter{source: connect(lab.source.Addr(), 0, 1)}}
	defer out.wire.source.Close()
	if err := out.wire.begin(ctx); err != nil {
		return nil, err
	}
	bar := newBar(scr)
	defer bar.close()
	m, err := migration.New(plan, elasticache.NewFromConfig(lab.sim.Config()), &migration.Options{
		Observers: []progress.Observer{bar, &out.wire},
		Cutover:   newCutover(traffic),
		// The simulated service is in this process and quick. At AWS leave
		// both out: 15 s between two looks at the API, and 5 s in sync before
		// writes are paused.
		PollEvery: 250 * time.Millisecond,
		InSyncFor: time.Second,
	})
	if err != nil {
		return nil, err
	}
	report, err := m.Preflight(ctx)
	if err != nil {
		return nil, err
	}
	scr.printf("\n%s", report)
	scr.printf("network    not looked at: that takes the EC2 SDK, which this program does without; cachelift preflight looks\n")
	if out.result, err = m.Run(ctx); err != nil {
		var blocked *preflight.FailedError
		if errors.As(err, &blocked) {
			return nil, errors.New("the preflight checks block the migration")
		}
		return nil, fmt.Errorf("the migration failed: %w", err)
	}
	return out, out.wire.err
}

// cutover is the library's SourceFence, which also tells the traffic when the
// fence is closed, so that an acknowledgement that slips through is found out.
type cutover struct {
	*migration.SourceFence
	traffic *traffic
}

func newCutover(t *traffic) *cutover {
	fence := migration.NewSourceFence(func(_ context.Context, to migration.Endpoint) error {
		t.switchTo(to.String())
		return nil
	})
	return &cutover{SourceFence: fence, traffic: t}
}

// PauseWrites closes the fence.
func (c *cutover) PauseWrites(ctx context.Context) error {
	err := c.SourceFence.PauseWrites(ctx)
	if err == nil {
		c.traffic.paused.Store(true) // what is sent from now on must be refused
	}
	return err
}

// ResumeWrites opens the fence.
func (c *cutover) ResumeWrites(ctx context.Context) error {
	c.traffic.paused.Store(false)
	return c.SourceFence.ResumeWrites(ctx)
}
