package node_test

import (
	"slices"
	"testing"
	"time"

	"github.com/cachelift/cachelift/internal/node"
	"github.com/cachelift/cachelift/preflight"
	"github.com/cachelift/cachelift/simulator"
)

// rehearsed is a server with one fence, and who closes it.
type rehearsed struct {
	*simulator.Redis
	t *testing.T
}

// process is a node as another process has it.
func (r rehearsed) process() *node.Node {
	return open(r.t, node.Config{Address: r.Addr(), Username: "lift", Password: password("sesame")})
}

func (r rehearsed) close(n *node.Node, rehearsal bool) {
	r.t.Helper()
	if _, err := n.CloseFence(r.t.Context(), node.FenceOrder{Budget: time.Minute, Rehearsal: rehearsal}); err != nil {
		r.t.Fatal(err)
	}
}

// want is whether a node takes the fence for closed, and what it takes for left behind.
func (r rehearsed) want(n *node.Node, closed bool, left string) {
	r.t.Helper()
	got, err := n.FenceClosed(r.t.Context())
	holds, herr := n.FenceHolds(r.t.Context())
	what, lerr := n.FenceLeft(r.t.Context())
	if err != nil || herr != nil || lerr != nil || got != closed || holds != closed || what != left {
		r.t.Errorf("closed %t %v, holds %t %v, left %q %v; want %t and %q", got, err, holds, herr, what, lerr, closed, left)
	}
}

// TestFenceOfARehearsal is closed for who closed it, and left behind for anybody else,
// who opens it or makes it the fence of a cut-over; that stays one.
func TestFenceOfARehearsal(t *testing.T) {
	t.Parallel()
	const part, whole = "a part of the fence is closed", "the fence of a rehearsal is closed"
	for rung, rules := range rungs() {
		t.Run(string(rung), func(t *testing.T) {
			t.Parallel()
			r := rehearsed{startRedis(t), t}
			addUser(t, r.Addr(), rules...)
			before := aclList(t, r.Addr())
			first, second := r.process(), r.process()
			r.close(first, true)
			r.want(first, true, whole)
			r.want(second, false, whole)
			if err := application(t, r.Addr()).Set(t.Context(), "k", "v", 0).Err(); err == nil {
				t.Error("it lets writes through")
			}
			if err := openFence(t.Context(), second); err != nil {
				t.Fatal(err)
			}
			r.want(first, false, "")
			if now := aclList(t, r.Addr()); !slices.Equal(now, before) {
				t.Errorf("users are %q, want %q", now, before)
			}

			r.close(first, true)
			r.close(second, false)
			r.want(r.process(), true, part)
			r.close(first, true)
			r.want(r.process(), true, part)
			if err := openFence(t.Context(), r.process()); err != nil {
				t.Fatal(err)
			}
			r.want(second, false, "")
			command(t, application(t, r.Addr()), "SET k v")
			if now := aclList(t, r.Addr()); !slices.Equal(now, before) || minReplicas(t, application(t, r.Addr())) != "0" {
				t.Errorf("users are %q, want %q", now, before)
			}
		})
	}
}

// TestFenceFactsLeaveARehearsalsFence: the examination may come while a rehearsal goes on,
// or after it was killed, and what it marked stays marked.
func TestFenceFactsLeaveARehearsalsFence(t *testing.T) {
	t.Parallel()
	r := rehearsed{startRedis(t), t}
	addUser(t, r.Addr(), "+@all", "-config", "-acl|dryrun") // what it may is tried then
	first, second := r.process(), r.process()
	r.close(first, true)
	before := aclList(t, r.Addr())
	if facts, err := second.FenceFacts(t.Context()); err != nil || facts.ACL != preflight.Permitted {
		t.Errorf("%+v, %v", facts, err)
	}
	if now := aclList(t, r.Addr()); !slices.Equal(now, before) {
		t.Errorf("users are %q, want %q", now, before)
	}
	r.want(second, false, "the fence of a rehearsal is closed")
}
