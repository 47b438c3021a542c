package node

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/cachelift/cachelift/internal/redisinfo"
)

// ErrNoFence is in the error of [Node.CheckFence] and [Node.CloseFence] when
// this server cannot be fenced; the rest of the error says why. Then the host
// has to stop its writers itself.
var ErrNoFence = errors.New("the server cannot be fenced")

const (
	// fenceParam refuses writes while fewer good replicas are connected.
	fenceParam = "min-replicas-to-write"
	// fenceWindow has to be above zero, or fenceParam has no effect.
	fenceWindow = "min-replicas-max-lag"
	// fenceOffset is added to the old value of fenceParam. No server has a
	// million replicas, so writes are refused; and the value to put back is
	// stored in the number itself, on the server, where it survives a crash
	// of this process.
	fenceOffset = 1_000_000
)

// CloseFence stops writes on the server. When it returns nil, no write is
// acknowledged any more, scripts and queued transactions included, until
// [Node.OpenFence].
//
// From Redis 6.2 on, and on Valkey, writes are first parked for at most budget
// by CLIENT PAUSE WRITE. Then min-replicas-to-write is raised: from here on new
// writes are refused with NOREPLICAS, and so are the parked ones when the pause
// ends, instead of being executed. If the fence is opened in time, the parked
// ones have only waited. Redis 6.0 has the second half only. Below, scripts and
// queued transactions pass min-replicas-to-write (measured on 5.0), so the
// server is refused with [ErrNoFence].
//
// Then the fence is proved with a write on a fresh connection. If anything
// fails, what this call did is undone, on a context of its own; a fence that
// was closed before stays closed. Calling it again on a closed fence proves it
// again and pauses for budget from now.
//
// The setting is not written to the server's configuration file: a restarted
// server has no fence.
func (n *Node) CloseFence(ctx context.Context, budget time.Duration) error {
	if budget < time.Millisecond {
		return n.failed("fence", fmt.Errorf("budget is %s, want 1 ms or more", budget))
	}
	f, err := n.fence(ctx)
	if err != nil {
		return err
	}
	if err := n.raise(ctx, f, budget); err != nil {
		if f.closed() {
			return err
		}
		undo, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*n.cfg.Timeout)
		defer cancel()
		if uerr := n.OpenFence(undo); uerr != nil {
			return fmt.Errorf("%w; and the fence could not be opened again, writes may still be refused: %w", err, uerr)
		}
		return err
	}
	return nil
}

// raise parks writes, makes them refused, and proves it.
func (n *Node) raise(ctx context.Context, f fence, budget time.Duration) error {
	if f.pausing {
		if _, err := n.do(ctx, "CLIENT", "PAUSE", budget.Milliseconds(), "WRITE"); err != nil {
			return err
		}
	}
	if !f.closed() {
		if _, err := n.do(ctx, "CONFIG", "SET", fenceParam, fenceOffset+f.value); err != nil {
			return err
		}
	}
	return n.proveFence(ctx, f)
}

// OpenFence lets writes through again: min-replicas-to-write gets its old value
// back, then writes that are still parked are let go, in this order so that
// they are executed and not refused. On an open fence it does nothing but end a
// pause that a crash may have left.
func (n *Node) OpenFence(ctx context.Context) error {
	info, err := n.Info(ctx)
	if err != nil {
		return err
	}
	value, err := n.fenceValue(ctx)
	if err != nil {
		return err
	}
	if value >= fenceOffset {
		if _, err := n.do(ctx, "CONFIG", "SET", fenceParam, value-fenceOffset); err != nil {
			return err
		}
	}
	return n.unpause(ctx, info)
}

// ReleaseParked ends the pause while the fence stays closed, so that writers
// that are parked get NOREPLICAS at once instead of waiting for the pause to
// end. It is an error if the fence is open: the parked writes would be
// executed.
func (n *Node) ReleaseParked(ctx context.Context) error {
	closed, err := n.FenceClosed(ctx)
	if err != nil {
		return err
	}
	if !closed {
		return n.failed("release parked writers", errors.New("the fence is open, they would write"))
	}
	info, err := n.Info(ctx)
	if err != nil {
		return err
	}
	return n.unpause(ctx, info)
}

// FenceClosed reports whether the server refuses writes because of
// [Node.CloseFence], whichever process called it. It is read from the server. A
// pause alone, which ends by itself, does not count.
func (n *Node) FenceClosed(ctx context.Context) (bool, error) {
	value, err := n.fenceValue(ctx)
	if err != nil || value < fenceOffset {
		return false, err
	}
	window, _, err := n.config(ctx, fenceWindow)
	return err == nil && window != "0", err
}

// fenceValue is the present value of fenceParam; 0 on servers that do not have
// it under that name, i.e. below 5.0.
func (n *Node) fenceValue(ctx context.Context) (int, error) {
	text, ok, err := n.config(ctx, fenceParam)
	if err != nil || !ok {
		return 0, err
	}
	value, err := strconv.Atoi(text)
	if err != nil {
		return 0, n.failed("CONFIG GET "+fenceParam, err)
	}
	return value, nil
}

// unpause ends a pause on servers that can.
func (n *Node) unpause(ctx context.Context, info redisinfo.Info) error {
	if !pausing(info) {
		return nil
	}
	_, err := n.do(ctx, "CLIENT", "UNPAUSE")
	return err
}

// pausing reports whether the server has CLIENT PAUSE WRITE and UNPAUSE.
func pausing(info redisinfo.Info) bool {
	v, err := info.Version()
	return err == nil && v.AtLeast(redisinfo.Version{Major: 6, Minor: 2})
}
