package migration

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/cachelift/cachelift/internal/node"
)

// SourceFence is a ready-made [Cutover]: it pauses writes on the source server
// itself, so that also clients that the host does not know cannot write. The
// host adds what points the application to the target. Make one with
// [NewSourceFence] for each plan and give it to [Options]; it takes the plan's
// source and Options.SourceRedis.
//
// It raises min-replicas-to-write to a number that cannot be met: from then on
// the source refuses writes with NOREPLICAS, transactions and scripts included.
// On Redis 6.2 and later, and Valkey, it parks writes with CLIENT PAUSE WRITE
// first, so that those that arrive in between are parked too, for as long as
// MaxWritePause at the most, and then refused or, when the attempt has backed
// out, executed. Servers older than 6.0, those that refuse CONFIG and those with
// min-replicas-max-lag 0 cannot be fenced; the preflight check source.fence says
// so, and the host needs a Cutover of its own.
//
// A host that wants a Switch with state of its own embeds a *SourceFence in its
// Cutover and overrides Switch, calling the embedded one last.
//
// Clients must expect NOREPLICAS while writes are paused, and go on trying.
//
// The setting is raised by 1,000,000, so that any process can tell what to put
// back; by hand that is CONFIG SET min-replicas-to-write with the value that
// CONFIG GET shows, less 1,000,000. After a successful migration the fence stays closed for good:
// a client that still writes to the old server gets an error instead of losing
// data in silence.
type SourceFence struct {
	switchTo func(context.Context, Endpoint) error

	mu     sync.Mutex
	config node.Config
	budget time.Duration
}

// NewSourceFence returns a fence that calls switchTo, which may be nil, when
// the target takes writes. switchTo must be idempotent.
func NewSourceFence(switchTo func(ctx context.Context, to Endpoint) error) *SourceFence {
	return &SourceFence{switchTo: switchTo}
}

// sourceBinder is a Cutover that works on the source; New tells it which.
type sourceBinder interface {
	bindSource(node.Config, time.Duration) error
	checkSource(context.Context) error
}

func (f *SourceFence) checkSource(ctx context.Context) error {
	return f.on(func(n *node.Node) error { return n.CheckFence(ctx) })
}

// bindSource is called by New. A fence stands before one source: one that is
// shared by two migrations would guard the wrong one.
func (f *SourceFence) bindSource(c node.Config, budget time.Duration) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if old := f.config.Address; old != "" && old != c.Address {
		return fmt.Errorf("migration: Options.Cutover is a SourceFence of the source %s, want one of its own for %s", old, c.Address)
	}
	f.config, f.budget = c, budget
	return nil
}

var errUnbound = errors.New("migration: SourceFence is used before it was given to New as Options.Cutover")

// on calls do with a connection to the source.
func (f *SourceFence) on(do func(*node.Node) error) error {
	f.mu.Lock()
	config := f.config
	f.mu.Unlock()
	if config.Address == "" {
		return errUnbound
	}
	n := node.Open(config)
	defer n.Close()
	return do(n)
}

// PauseWrites closes the fence and proves by a write that it holds.
func (f *SourceFence) PauseWrites(ctx context.Context) error {
	f.mu.Lock()
	budget := f.budget
	f.mu.Unlock()
	return f.on(func(n *node.Node) error { return n.CloseFence(ctx, budget) })
}

// Switch calls the host's function and then lets parked writers go at once,
// which get an error from the fence and reconnect. That the source does not
// answer is no error: then nobody is parked there, or the pause ends by itself.
func (f *SourceFence) Switch(ctx context.Context, to Endpoint) error {
	if f.switchTo != nil {
		if err := f.switchTo(ctx, to); err != nil {
			return err
		}
	}
	_ = f.on(func(n *node.Node) error { return n.ReleaseParked(ctx) })
	return nil
}

// ResumeWrites opens the fence: the setting gets its old value back, then
// parked writes are executed.
func (f *SourceFence) ResumeWrites(ctx context.Context) error {
	return f.on(func(n *node.Node) error { return n.OpenFence(ctx) })
}

// WritesPaused reads from the source whether the fence is closed.
func (f *SourceFence) WritesPaused(ctx context.Context) (paused bool, err error) {
	err = f.on(func(n *node.Node) error {
		paused, err = n.FenceClosed(ctx)
		return err
	})
	return paused, err
}
