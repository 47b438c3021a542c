package node

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/cachelift/cachelift/internal/redisinfo"
)

// probeWait is how long the proving write may stay parked before that counts as
// the proof. A server that refuses answers at once.
const probeWait = time.Second

// probePrefix begins the names of the keys that the proving write names. An ACL
// user needs the right to DEL them.
const probePrefix = "cachelift:fence:"

// fence is how this server can be fenced and what was set before.
type fence struct {
	pausing bool // it has CLIENT PAUSE WRITE
	value   int  // fenceParam as it was
}

func (f fence) closed() bool { return f.value >= fenceOffset }

// CheckFence tells whether the server could be fenced, without fencing it: nil,
// or an error with [ErrNoFence] and the reason. It changes nothing and writes
// nothing.
//
// Whether the user may do what the fence needs is asked with ACL DRYRUN, which
// executes nothing. Servers before 7.0 do not have it, and others may refuse it:
// then the user counts as permitted, and the proof comes when the fence is closed.
func (n *Node) CheckFence(ctx context.Context) error {
	f, err := n.fence(ctx)
	if err != nil || f.closed() {
		return err
	}
	return n.permitted(ctx)
}

// permitted tries the fence's commands without executing them.
func (n *Node) permitted(ctx context.Context) error {
	reply, err := n.do(ctx, "ACL", "WHOAMI")
	if err != nil {
		return unlessRefused(err)
	}
	needs := []string{"CONFIG SET", "CLIENT PAUSE", "CLIENT UNPAUSE", "DEL of keys " + probePrefix + "*"}
	answers, err := n.ask(ctx,
		[]any{"ACL", "DRYRUN", reply, "CONFIG", "SET", fenceParam, "0"},
		[]any{"ACL", "DRYRUN", reply, "CLIENT", "PAUSE", "1", "WRITE"},
		[]any{"ACL", "DRYRUN", reply, "CLIENT", "UNPAUSE"},
		[]any{"ACL", "DRYRUN", reply, "DEL", probePrefix + rand.Text()},
	)
	if err != nil {
		return err
	}
	var problems []error
	for i, a := range answers {
		if a.err == nil && a.reply != "OK" { // an error means that it could not be told
			problems = append(problems, fmt.Errorf("%w: the user has to be permitted %s: %v", ErrNoFence, needs[i], a.reply))
		}
	}
	return errors.Join(problems...)
}

// unlessRefused is nil for an error reply, and else the error.
func unlessRefused(err error) error {
	if isReply(err, "") {
		return nil
	}
	return err
}

// fence finds out how the server can be fenced.
func (n *Node) fence(ctx context.Context) (fence, error) {
	info, err := n.Info(ctx)
	if err != nil {
		return fence{}, err
	}
	if err := fenceable(info); err != nil {
		return fence{}, n.failed("fence", err)
	}
	value, err := n.fenceValue(ctx)
	if err != nil {
		return fence{}, noConfig(err)
	}
	window, _, err := n.config(ctx, fenceWindow)
	if err != nil {
		return fence{}, noConfig(err)
	}
	if window == "0" {
		return fence{}, n.failed("fence", fmt.Errorf("%w: %s is 0, which switches %s off: set it to 10",
			ErrNoFence, fenceWindow, fenceParam))
	}
	return fence{pausing: pausing(info), value: value}, nil
}

// fenceable judges what INFO says.
func fenceable(info redisinfo.Info) error {
	var problems []error
	if role := info.Str("role"); role != string(redisinfo.Master) {
		problems = append(problems, fmt.Errorf("its role is %q: writes are acknowledged by its primary, so fence that", role))
	}
	if info.Int("cluster_enabled") == 1 {
		problems = append(problems, errors.New("it runs in cluster mode"))
	}
	oldest := redisinfo.Version{Major: 6}
	version, err := info.Version()
	switch {
	case err != nil:
		problems = append(problems, fmt.Errorf("its version is not known: %w", err))
	case !version.AtLeast(oldest):
		problems = append(problems, fmt.Errorf("its version is %s, want %s or newer: older ones let scripts and queued transactions write",
			version, oldest))
	}
	if len(problems) == 0 {
		return nil
	}
	return fmt.Errorf("%w: %w", ErrNoFence, errors.Join(problems...))
}

// noConfig adds ErrNoFence if the server answered that CONFIG is not to be had,
// and leaves failures of the connection as they are.
func noConfig(err error) error {
	if isReply(err, "NOPERM") || isReply(err, "ERR") {
		return fmt.Errorf("%w: CONFIG is not available: %w", ErrNoFence, err)
	}
	return err
}

// proveFence sends a write on a fresh connection and wants to see it refused
// with NOREPLICAS, or parked. The write is a DEL of a key with a random name:
// should it be executed after all, it deletes nothing and leaves no trace in
// the replication stream. A write that stays parked is withdrawn by closing its
// connection, and the setting is read back instead.
func (n *Node) proveFence(ctx context.Context, f fence) error {
	own := Open(n.cfg)
	defer own.Close()
	if _, err := own.do(ctx, "PING"); err != nil {
		return err
	}
	own.cfg.Timeout = min(n.cfg.Timeout, probeWait)
	_, err := own.do(ctx, "DEL", probePrefix+rand.Text())
	switch {
	case isReply(err, "NOREPLICAS"):
		return nil
	case err == nil:
		return n.failed("fence", errors.New("a write was executed although writes should be refused"))
	case f.pausing && ctx.Err() == nil && IsTimeout(err):
		return n.confirmFence(ctx)
	}
	return fmt.Errorf("the fence could not be proved: %w", err)
}

func (n *Node) confirmFence(ctx context.Context) error {
	closed, err := n.FenceClosed(ctx)
	if err != nil {
		return err
	}
	if !closed {
		return n.failed("fence", fmt.Errorf("%s was changed by somebody else", fenceParam))
	}
	return nil
}
