package node

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/cachelift/cachelift/internal/redisinfo"
	"github.com/cachelift/cachelift/preflight"
)

// ErrNoFence is in the error of [Node.CloseFence] when this server cannot be
// fenced; the rest of the error says why. Then the host has to stop its writers
// itself.
var ErrNoFence = errors.New("the server cannot be fenced")

// fenceOffset is added to the old value of min-replicas-to-write, and twice in a
// rehearsal. No server has a million replicas, so writes are refused; and the value to
// put back is stored in the number itself, on the server, where it survives a crash of
// this process.
const fenceOffset = 1_000_000

// FenceOrder says how a server is to be fenced.
type FenceOrder struct {
	// Budget is how long writes are parked at the most, where they are; 1 ms or
	// more.
	Budget time.Duration
	// Gate tells that the host has closed a gate of its own, which has to do where
	// there is no fence.
	Gate bool
	// NoScripts states that no client runs scripts or transactions, which below
	// Redis 6.0 pass the only fence that there is.
	NoScripts bool
	// Rehearsal marks the fence as one that comes before no completion: to other
	// processes it is not closed but left behind, see [Node.FenceLeft].
	Rehearsal bool
	// Record is told all that is about to be changed, before anything is. Its
	// error keeps the fence open. Nil records nothing.
	Record func(context.Context, []Change) error
	// Behind is told INFO of the server as it was behind the proof: the server
	// has answered it after it had refused the write. It is not called where the
	// two do not come in one round trip. Nil is told nothing.
	Behind func(redisinfo.Info)
}

// Change is a setting of the server that a fence changes or puts back.
type Change struct {
	// Setting names it: a parameter of CONFIG, "client pause" or "acl user
	// NAME".
	Setting string
	// Old and New say what it was and what it becomes. They hold no secret and no
	// part of a key.
	Old, New string
	// Full is the old value as a whole, if Old is not: the rules of an ACL user
	// that this fence touches, with patterns of keys, without passwords.
	Full string
}

// CloseFence stops writes on the server, by the best of the fences that
// [preflight.Fence.Choose] finds, and returns which. When the error is nil, no write
// is acknowledged any more, scripts and queued transactions included (but see
// [FenceOrder]), until [Node.OpenFence]. With [preflight.FenceGate] nothing was done.
//
// Where writes are parked first, by CLIENT PAUSE WRITE, min-replicas-to-write is
// raised while they are: from here on new writes are refused with NOREPLICAS, and
// so are the parked ones when the pause ends, instead of being executed. If the
// fence is opened in time, the parked ones have only waited.
//
// Then the fence is proved with a write: where it is the server's setting that refuses
// it, right behind the commands that raise it, in the same round trip and in the server's
// order. If anything fails, what this call did is undone, on a context of its own; a fence
// that was closed before stays closed. Calling it again on a closed fence proves it
// again and pauses for the budget from now.
//
// See "The fence" in docs/cutover.md.
//
// A change that was given up is not done later: the connection is reset, so that the kernel
// drops what it has not sent, and for what is under way behind a tunnel the next call, of
// this node or one with the same [Config.Lost], begins with CLIENT KILL of it. The latter
// takes the rights to CLIENT ID and CLIENT KILL. Without them, and after the death of this
// process, a tunnel that keeps data for longer than its client could deliver the change
// of a fence after the next one.
//
// Nothing is written to the server's configuration or ACL file: a restarted
// server has no fence.
func (n *Node) CloseFence(ctx context.Context, o FenceOrder) (preflight.FenceRung, error) {
	if o.Budget < time.Millisecond {
		return preflight.FenceNone, n.failed("fence", fmt.Errorf("budget is %s, want 1 ms or more", o.Budget))
	}
	v, choice, err := n.choose(ctx, o, clientID())
	if err == nil {
		err = n.refusal(choice)
	}
	if err != nil {
		return preflight.FenceNone, err
	}
	if choice.Rung == preflight.FenceGate {
		return choice.Rung, nil
	}
	n.mu.Lock()
	n.rehearses = o.Rehearsal
	n.mu.Unlock()
	if err := n.raise(ctx, v, choice.Rung, o); err != nil {
		if v.closed() {
			return preflight.FenceNone, err
		}
		undo, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*n.cfg.Timeout)
		defer cancel()
		if _, uerr := n.OpenFence(undo); uerr != nil {
			return preflight.FenceNone, fmt.Errorf("%w; and the fence could not be opened again, writes may still be refused: %w", err, uerr)
		}
		return preflight.FenceNone, err
	}
	return choice.Rung, nil
}

// ChooseFence returns the fence that [Node.CloseFence] would close. It changes
// nothing.
func (n *Node) ChooseFence(ctx context.Context, o FenceOrder) (preflight.FenceChoice, error) {
	_, choice, err := n.choose(ctx, o)
	return choice, err
}

func (n *Node) choose(ctx context.Context, o FenceOrder, more ...[]any) (fenceView, preflight.FenceChoice, error) {
	v, err := n.examine(ctx, more...)
	if err != nil {
		return v, preflight.FenceChoice{}, err
	}
	if err := v.fenceable(); err != nil {
		return v, preflight.FenceChoice{}, n.failed("fence", err)
	}
	f := v.facts
	f.Gate, f.NoScripts = o.Gate, o.NoScripts
	return v, f.Choose(v.version), nil
}

// refusal is the error of a choice of no rung.
func (n *Node) refusal(c preflight.FenceChoice) error {
	if c.Rung != preflight.FenceNone {
		return nil
	}
	return n.failed("fence", fmt.Errorf("%w: %s", ErrNoFence, strings.Join(c.Better, "; ")))
}

// record tells what is about to be changed.
func (o FenceOrder) record(ctx context.Context, changes []Change) error {
	if o.Record == nil || len(changes) == 0 {
		return nil
	}
	if err := o.Record(ctx, changes); err != nil {
		return fmt.Errorf("what would be changed could not be recorded: %w", err)
	}
	return nil
}

// ClientPause is the name of the pause among the settings of a [Change].
const ClientPause = "client pause"

// OpenFence lets writes through again, whichever fence was closed by whatever
// process, and returns what it put back: users get their rights back, and
// min-replicas-to-write its old value, then writes that are still parked are let
// go, in this order so that they are executed and not refused. On an open fence
// it does nothing but end a pause that a crash may have left.
func (n *Node) OpenFence(ctx context.Context) ([]Change, error) {
	v, err := n.fenceSettings(ctx, clientID())
	if err != nil {
		return nil, err
	}
	var back []Change
	if len(v.kept) > 0 {
		if back, err = n.giveRights(ctx, v); err != nil {
			return back, err
		}
	}
	if v.value >= fenceOffset {
		old := strconv.Itoa(v.value % fenceOffset)
		if _, err := n.do(ctx, "CONFIG", "SET", v.param, old); err != nil {
			return back, err
		}
		back = append(back, Change{Setting: v.param, Old: strconv.Itoa(v.value), New: old})
	}
	ended, err := n.unpause(ctx)
	if ended {
		back = append(back, Change{Setting: ClientPause, Old: "writes", New: "off"})
	}
	if err == nil && v.blind { // there may be more than this user can see
		err = n.takesWrites(ctx)
	}
	return back, err
}

// ReleaseParked ends the pause while the fence stays closed, so that writers
// that are parked are refused at once instead of waiting for the pause to
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
	_, err = n.unpause(ctx)
	return err
}

// EndPause ends a pause and leaves the fence as it is: parked writes are executed
// if it is open, and refused if it is closed.
func (n *Node) EndPause(ctx context.Context) error {
	_, err := n.unpause(ctx)
	return err
}

// DisconnectClients closes the connections of all ordinary clients but this one.
// Replicas keep theirs.
func (n *Node) DisconnectClients(ctx context.Context) error {
	_, err := n.do(ctx, "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
	return err
}

// unpause ends a pause, on servers that can and for users that may: others have no
// pause of this package.
func (n *Node) unpause(ctx context.Context) (ended bool, err error) {
	_, err = n.do(ctx, "CLIENT", "UNPAUSE")
	if isReply(err, "NOPERM") || isUnknown(err) {
		return false, nil
	}
	return err == nil, err
}
