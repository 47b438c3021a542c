package node

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/cachelift/cachelift/internal/redisinfo"
	"github.com/cachelift/cachelift/preflight"
)

// probeWait is how long the proving write may stay parked before that counts as
// the proof. A server that refuses answers at once.
const probeWait = time.Second

// probePrefix begins the names of the keys that the proving write names. An ACL
// user needs the right to DEL them.
const probePrefix = "cachelift:fence:"

// ErrNotPrimary is in the errors of [Node.FenceClosed], [Node.FenceHolds] and
// [Node.CloseFence] when the server was made a replica: another one takes its writes, and has
// no fence. Unlike silence this is known.
var ErrNotPrimary = errors.New("the server is no primary any more: another one takes its writes")

// outcome is what became of the proving write.
type outcome string

const (
	outcomeExecuted outcome = "executed"
	outcomeRefused  outcome = "refused for want of replicas"
	outcomeDenied   outcome = "denied by ACL"
	outcomeParked   outcome = "parked"
)

// probe sends a write: a DEL of a key with a random name. Should it be executed
// after all, it deletes nothing and leaves no trace in the replication stream. One
// that stays parked is withdrawn by closing the connection, which has to be one of
// its own therefore.
func (n *Node) probe(ctx context.Context) (outcome, error) {
	answers, err := n.askWithin(ctx, probeWait, []any{"DEL", probePrefix + rand.Text()})
	if err == nil {
		err = answers[0].err
	}
	return judgeProbe(ctx, err)
}

// judgeProbe takes the answer to the proving write.
func judgeProbe(ctx context.Context, err error) (outcome, error) {
	switch {
	case err == nil:
		return outcomeExecuted, nil
	case isReply(err, "NOREPLICAS"):
		return outcomeRefused, nil
	case isReply(err, "NOPERM"):
		return outcomeDenied, nil
	case ctx.Err() == nil && IsTimeout(err):
		return outcomeParked, nil
	case isReply(err, "READONLY"):
		err = fmt.Errorf("%w: %w", ErrNotPrimary, err)
	}
	return "", fmt.Errorf("the fence could not be proved: %w", err)
}

// prove tries a write on a connection of its own, which has to be refused by the fence
// that was closed, or parked; in the latter case the setting is read back as well.
func (n *Node) prove(ctx context.Context, second *Node, v fenceView, rung preflight.FenceRung) error {
	got, err := second.probe(ctx)
	if err != nil {
		return err
	}
	return n.judgeProof(ctx, got, v, rung)
}

func (n *Node) confirmFence(ctx context.Context) error {
	v, err := n.fenceSettings(ctx)
	if err == nil && (v.value < fenceOffset || v.maxLag == 0) {
		err = n.failed("fence", errors.New("its setting was changed by somebody else"))
	}
	return err
}

// FenceClosed reports whether the server acknowledges no writes because of
// [Node.CloseFence], whichever process called it. It is read from the server: the
// settings, and if they say so, a write on a fresh connection that has to be
// refused. A pause alone, which ends by itself, does not count; nor does the fence of a
// rehearsal, but for the node that closed it. Where the write is parked, or the user may not
// write, the settings have to do, read again. If the server was made a replica, the error is
// an [ErrNotPrimary].
func (n *Node) FenceClosed(ctx context.Context) (bool, error) {
	v, err := n.fenceSettings(ctx)
	switch {
	case err != nil:
		return false, err
	case n.noFence(v):
		return false, nil
	}
	fresh := Open(n.cfg)
	defer fresh.Close()
	got, err := fresh.probe(ctx)
	if err != nil {
		return false, err
	}
	return n.judgeClosed(ctx, v, got)
}

// noFence reports whether the settings show that there is no fence that holds, or one
// that is not to count.
func (n *Node) noFence(v fenceView) bool {
	n.mu.Lock()
	rehearses := n.rehearses
	n.mu.Unlock()
	return !v.closed() && !v.blind || v.value >= fenceOffset && v.maxLag == 0 || v.rehearsal() && !rehearses
}

// FenceHolds is [Node.FenceClosed] for a caller that has closed the fence, and waits
// for the answer: the settings and the write are asked for in one round trip, on a
// connection that is kept for this and on which nothing else is sent. The server judges a
// write by its settings and by the user, so that it is as good as that of a new client. If
// that connection is dead, or the write stays parked, the answer is that of FenceClosed. Its
// errors are the same. On a fence that is open the write is executed.
func (n *Node) FenceHolds(ctx context.Context) (bool, error) {
	second := n.takeSecond()
	answers, err := second.askWithin(ctx, probeWait, append(settingsQuestions(), []any{"DEL", probePrefix + rand.Text()})...)
	if err != nil {
		_ = second.Close()
		if ctx.Err() != nil {
			return false, err
		}
		return n.FenceClosed(ctx) // parked, or slow, or the connection is dead
	}
	defer n.giveSecond(second)
	v, err := n.readSettings(answers)
	if err != nil {
		return false, err
	}
	got, err := judgeProbe(ctx, answers[len(answers)-1].err)
	if err != nil || n.noFence(v) {
		return false, err
	}
	return n.judgeClosed(ctx, v, got)
}

// judgeClosed puts the settings and what became of a write together.
func (n *Node) judgeClosed(ctx context.Context, v fenceView, got outcome) (bool, error) {
	switch {
	case got == outcomeRefused:
		return true, nil
	case got == outcomeDenied:
		return n.closedToUser(ctx, v)
	case got == outcomeParked:
		return n.settingsHold(ctx)
	}
	return false, nil
}

// settingsHold reads the settings again, after a write that proved nothing: they may have
// been changed before it.
func (n *Node) settingsHold(ctx context.Context) (bool, error) {
	v, err := n.fenceSettings(ctx)
	return err == nil && v.value >= fenceOffset && !n.noFence(v), err
}

// closedToUser judges where the user may not write. A replica says so too, before it says
// that it is one.
func (n *Node) closedToUser(ctx context.Context, v fenceView) (bool, error) {
	info, err := n.Info(ctx)
	if err == nil && info.Str("role") == string(redisinfo.Slave) {
		err = n.failed("fence", ErrNotPrimary)
	}
	switch {
	case err != nil:
		return false, err
	case len(v.kept) == 0:
		return n.settingsHold(ctx)
	}
	err = n.allDenied(ctx, info)
	if errors.Is(err, errMayWrite) {
		return false, nil
	}
	return err == nil, err
}

// errMayWrite tells that the fence by ACL has a hole.
var errMayWrite = errors.New("the user may write")

// allDenied makes sure that no user may write: each has lost its rights to this
// fence, or has none. From Redis 7.0 on the server is asked what each may do now, by
// dry runs of common writes on keys that its own patterns match; before, that
// somebody gave rights back in the meantime is not seen.
func (n *Node) allDenied(ctx context.Context, info redisinfo.Info) error {
	users, err := n.aclUsers(ctx)
	if err != nil {
		return err
	}
	version, err := info.Version()
	dry := err == nil && version.AtLeast(redisinfo.Version{Major: 7})
	for _, name := range sortedNames(users) {
		u := users[name]
		if isKept(name) || !u.permits() {
			continue
		}
		if _, taken := users[keptPrefix+name]; !taken {
			return n.failed("fence", fmt.Errorf("%w: %q was made after the fence was closed", errMayWrite, name))
		}
		if !dry {
			continue
		}
		commands := u.dryWrites()
		answers, err := n.ask(ctx, commands...)
		if err != nil {
			return err
		}
		for i, a := range answers {
			if judgeDryRun(a) == preflight.Permitted {
				return n.failed("fence", fmt.Errorf("%w: %q may run %v", errMayWrite, name, commands[i][3]))
			}
		}
	}
	return nil
}

// dryWrites are dry runs of common writes for the user.
func (u aclUser) dryWrites() [][]any {
	dry := [][]any{{"ACL", "DRYRUN", u.name, "FLUSHALL"}}
	for _, key := range append(u.patterns(), probePrefix) {
		for _, write := range [][]any{
			{"SET", key, "v"}, {"DEL", key}, {"INCR", key}, {"EXPIRE", key, "1"}, {"LPUSH", key, "v"}, {"LPOP", key},
			{"HSET", key, "f", "v"}, {"SADD", key, "m"}, {"ZADD", key, "0", "m"}, {"XADD", key, "*", "f", "v"},
		} {
			dry = append(dry, append([]any{"ACL", "DRYRUN", u.name}, write...))
		}
	}
	return dry
}

// takesWrites makes sure, where not all settings can be seen, that nothing keeps
// writes out.
func (n *Node) takesWrites(ctx context.Context) error {
	fresh := Open(n.cfg)
	defer fresh.Close()
	got, err := fresh.probe(ctx)
	if err == nil && got == outcomeRefused {
		err = n.failed("fence", errors.New("writes are refused, and the user may not see or change min-replicas-to-write: it takes one who may"))
	}
	return err
}
