package node

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"

	"github.com/cachelift/cachelift/internal/redisinfo"
	"github.com/cachelift/cachelift/preflight"
)

// raise records what it will change, changes it, and proves it. A second connection is
// made before, so that neither the pause nor a look at it later has to wait for one.
func (n *Node) raise(ctx context.Context, v fenceView, rung preflight.FenceRung, o FenceOrder) error {
	second := Open(n.cfg)
	if _, err := second.do(ctx, "PING"); err != nil {
		return errors.Join(err, second.Close())
	}
	defer n.giveSecond(second)
	if rung != preflight.FenceACL {
		return n.raiseMinReplicas(ctx, v, rung, o, second)
	}
	if err := n.raiseACL(ctx, o); err != nil {
		return err
	}
	return n.prove(ctx, second, v, rung)
}

// raiseMinReplicas parks writes, if the rung has it, makes them refused, tries one and
// asks for INFO, in one round trip. A server does the commands of a connection in their
// order, so what INFO tells is of after the refusal; and it refuses for want of replicas
// before it parks, whoever writes (7.0, 8.0 and Valkey 8.1: tried). The write is withdrawn
// with the connection should it be parked all the same; then all is done again, one by
// one.
func (n *Node) raiseMinReplicas(ctx context.Context, v fenceView, rung preflight.FenceRung, o FenceOrder, second *Node) error {
	var changes []Change
	var commands [][]any
	if rung == preflight.FencePause {
		changes = append(changes, Change{Setting: ClientPause, Old: "off", New: "writes, for " + o.Budget.String()})
		commands = append(commands, []any{"CLIENT", "PAUSE", o.Budget.Milliseconds(), "WRITE"})
	}
	if raised := v.raised(o.Rehearsal); raised != v.value {
		changes = append(changes, Change{Setting: v.param, Old: strconv.Itoa(v.value), New: strconv.Itoa(raised)})
		commands = append(commands, []any{"CONFIG", "SET", v.param, raised})
	}
	if err := o.record(ctx, changes); err != nil {
		return err
	}
	answers, err := n.askWithin(ctx, probeWait, append(commands, []any{"DEL", probePrefix + rand.Text()}, []any{"INFO"})...)
	if ctx.Err() == nil && IsTimeout(err) {
		if err := n.askAll(ctx, commands); err != nil {
			return err
		}
		return n.prove(ctx, second, v, rung)
	}
	if err != nil {
		return err
	}
	last := len(commands)
	if err := firstError(answers[:last]); err != nil {
		return err
	}
	got, err := judgeProbe(ctx, answers[last].err)
	if err != nil {
		return err
	}
	if err := n.judgeProof(ctx, got, v, rung); err != nil {
		return err
	}
	if text, ok := answers[last+1].reply.(string); ok && o.Behind != nil {
		o.Behind(redisinfo.ParseInfo(text))
	}
	return nil
}

// judgeProof wants the write to have been refused by the fence that was closed.
func (n *Node) judgeProof(ctx context.Context, got outcome, v fenceView, rung preflight.FenceRung) error {
	byACL := rung == preflight.FenceACL
	switch {
	case got == outcomeExecuted:
		return n.failed("fence", errors.New("a write was executed although writes should be refused"))
	case got == outcomeRefused && !byACL:
		return nil
	case got == outcomeDenied && byACL:
		return n.allDenied(ctx, v.info)
	case got == outcomeParked:
		return n.confirmFence(ctx)
	}
	return n.failed("fence", fmt.Errorf("the write that was to prove it was %s, which does not prove this fence", got))
}

// takeSecond is the connection on which writes are tried while the node's own is kept
// for what must not fail: one on which a write is parked has to be closed. It has sent
// nothing else, so that to the server it is a new client. Where there is none, or another
// call uses it, it is a new one. Whoever takes it gives it back, or closes it.
func (n *Node) takeSecond() *Node {
	n.mu.Lock()
	defer n.mu.Unlock()
	second := n.second
	n.second = nil
	if second == nil {
		second = Open(n.cfg)
	}
	return second
}

// giveSecond keeps a connection for the next call, if it is the only one.
func (n *Node) giveSecond(second *Node) {
	n.mu.Lock()
	keep := !n.closed && n.second == nil
	if keep {
		n.second = second
	}
	n.mu.Unlock()
	if !keep {
		_ = second.Close() // nothing to be done about it
	}
}

// askAll sends commands all at once; the error is that of the connection or the
// first error reply.
func (n *Node) askAll(ctx context.Context, commands [][]any) error {
	if len(commands) == 0 {
		return nil
	}
	answers, err := n.ask(ctx, commands...)
	if err != nil {
		return err
	}
	return firstError(answers)
}

func firstError(answers []answer) error {
	for _, a := range answers {
		if a.err != nil {
			return a.err
		}
	}
	return nil
}
