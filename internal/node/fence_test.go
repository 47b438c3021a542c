package node_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/cachelift/cachelift/internal/node"
	"github.com/cachelift/cachelift/internal/retry"
)

// closeFence closes it as it can be.
func closeFence(ctx context.Context, n *node.Node, budget time.Duration) error {
	_, err := n.CloseFence(ctx, node.FenceOrder{Budget: budget})
	return err
}

func openFence(ctx context.Context, n *node.Node) error {
	_, err := n.OpenFence(ctx)
	return err
}

func minReplicas(t *testing.T, c *redis.Client) string {
	t.Helper()
	got, err := c.ConfigGet(t.Context(), "min-replicas-to-write").Result()
	if err != nil {
		t.Fatal(err)
	}
	return got["min-replicas-to-write"]
}

// TestFenceRestoresOldValue: also when the process that closed the fence is
// gone, and however often either is called.
func TestFenceRestoresOldValue(t *testing.T) {
	t.Parallel()
	for _, old := range []string{"0", "2"} {
		server := startRedis(t, "--min-replicas-to-write", old)
		app := application(t, server.Addr())
		first := open(t, node.Config{Address: server.Addr()})
		for range 2 {
			if err := closeFence(t.Context(), first, time.Minute); err != nil {
				t.Fatal(err)
			}
			if got := minReplicas(t, app); got != "100000"+old {
				t.Errorf("behind the fence the value is %s, want 1000000 and %s", got, old)
			}
		}
		second := open(t, node.Config{Address: server.Addr()})
		if closed, err := second.FenceClosed(t.Context()); err != nil || !closed {
			t.Errorf("closed %t, %v, want another process to see it", closed, err)
		}
		if holds, err := first.FenceHolds(t.Context()); err != nil || !holds {
			t.Errorf("holds %t, %v", holds, err)
		}
		for range 2 {
			if err := openFence(t.Context(), second); err != nil {
				t.Fatal(err)
			}
			if got := minReplicas(t, app); got != old {
				t.Errorf("the value is %s, want %s back", got, old)
			}
		}
		if closed, err := first.FenceClosed(t.Context()); err != nil || closed {
			t.Errorf("closed %t, %v after opening", closed, err)
		}
		if holds, err := first.FenceHolds(t.Context()); err != nil || holds {
			t.Errorf("holds %t, %v after opening", holds, err)
		}
	}
}

// TestOpenFenceEndsForgottenPause: a crash may leave a pause without the rest.
func TestOpenFenceEndsForgottenPause(t *testing.T) {
	t.Parallel()
	server := startRedis(t)
	parked := park(t, server.Addr())
	if err := openFence(t.Context(), open(t, node.Config{Address: server.Addr()})); err != nil {
		t.Fatal(err)
	}
	if err := <-parked; err != nil {
		t.Error(err)
	}
}

func TestProofLeavesNoTrace(t *testing.T) {
	t.Parallel()
	server := startRedis(t)
	n, app := open(t, node.Config{Address: server.Addr()}), application(t, server.Addr())
	if err := app.Set(t.Context(), "k", "v", 0).Err(); err != nil {
		t.Fatal(err)
	}
	before := offset(t, n)
	if _, err := n.FenceFacts(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := closeFence(t.Context(), n, time.Minute); err != nil {
		t.Fatal(err)
	}
	if err := openFence(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	size, err := app.DBSize(t.Context()).Result()
	if got := offset(t, n); got != before || size != 1 || err != nil {
		t.Errorf("offset went from %d to %d, %d keys, %v", before, got, size, err)
	}
}

func TestNoFence(t *testing.T) {
	t.Parallel()
	primary := startRedis(t)
	host, port, _ := net.SplitHostPort(primary.Addr())
	old := serve(t, respond(func(args []string) string {
		if args[0] == "INFO" {
			return bulk("redis_version:5.0.14\nrole:master\ncluster_enabled:0")
		}
		return "-ERR no"
	}))
	for _, row := range []struct{ why, addr, text string }{
		{"replica", startRedis(t, "--replicaof", host+" "+port).Addr(), `role is "slave"`},
		{"cluster", startRedis(t, "--cluster-enabled", "yes").Addr(), "cluster mode"},
		{"neither CONFIG nor ACL", startRedis(t, "--rename-command", "CONFIG", "", "--rename-command", "ACL", "").Addr(), "does not have CONFIG"},
		{"switched off, no ACL", startRedis(t, "--min-replicas-max-lag", "0", "--rename-command", "ACL", "").Addr(), "set it to 10"},
		{"Redis 5", old, "5.0.14"},
	} {
		err := closeFence(t.Context(), open(t, node.Config{Address: row.addr}), time.Minute)
		if !errors.Is(err, node.ErrNoFence) || !strings.Contains(err.Error(), row.text) || node.Classify(err) != retry.Permanent {
			t.Errorf("%s: %v is %s", row.why, err, node.Classify(err))
		}
	}
	unreachable := open(t, node.Config{Address: serve(t, func(c net.Conn) { _ = c.Close() })})
	if _, err := unreachable.FenceFacts(t.Context()); err == nil || errors.Is(err, node.ErrNoFence) {
		t.Errorf("a server out of reach: %v, want no judgement", err)
	}
	if err := closeFence(t.Context(), open(t, node.Config{Address: primary.Addr()}), 0); err == nil {
		t.Error("a budget of 0 must be refused")
	}
}

// TestFailedFenceIsUndone: the right to prove it is lost between the look and the
// proof.
func TestFailedFenceIsUndone(t *testing.T) {
	t.Parallel()
	server := startRedis(t, "--min-replicas-to-write", "0")
	addUser(t, server.Addr(), "+@all")
	n := open(t, node.Config{Address: server.Addr(), Username: "lift", Password: password("sesame")})
	_, err := n.CloseFence(t.Context(), node.FenceOrder{Budget: time.Minute, Record: func(context.Context, []node.Change) error {
		addUser(t, server.Addr(), "-del")
		return nil
	}})
	if err == nil || !strings.Contains(err.Error(), "denied by ACL") {
		t.Fatalf("CloseFence: %v", err)
	}
	app := application(t, server.Addr())
	if got := minReplicas(t, app); got != "0" {
		t.Errorf("the value is %s, want 0 back", got)
	}
	if err := app.Set(t.Context(), "k", "v", 0).Err(); err != nil {
		t.Errorf("a write after a fence that failed: %v", err)
	}
}

// TestCancelledFenceIsUndone cuts the caller's context at every connection and
// command in turn.
func TestCancelledFenceIsUndone(t *testing.T) {
	t.Parallel()
	server := startRedis(t)
	app := application(t, server.Addr())
	for at := int64(1); ; at++ {
		if at > 100 {
			t.Fatal("it never succeeds")
		}
		ctx, cancel := context.WithCancel(t.Context())
		var writes atomic.Int64
		n := open(t, node.Config{Address: server.Addr(), Dial: func(dctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := (&net.Dialer{}).DialContext(dctx, network, addr)
			return &countedConn{Conn: conn, onWrite: func() {
				if writes.Add(1) == at {
					cancel()
				}
			}}, err
		}})
		err := closeFence(ctx, n, time.Minute)
		cancel()
		if err == nil {
			if at < 6 {
				t.Errorf("only %d writes were cut", at)
			}
			break
		}
		if got := minReplicas(t, app); got != "0" {
			t.Fatalf("cut at write %d (%v): the value is %s, want 0 back", at, err, got)
		}
		if err := app.Set(t.Context(), "k", "v", 0).Err(); err != nil {
			t.Fatalf("cut at write %d: a write after it: %v", at, err)
		}
	}
}

// TestFailedProofKeepsClosedFence: what an earlier call closed stays closed.
func TestFailedProofKeepsClosedFence(t *testing.T) {
	t.Parallel()
	server := startRedis(t)
	if err := closeFence(t.Context(), open(t, node.Config{Address: server.Addr()}), time.Minute); err != nil {
		t.Fatal(err)
	}
	addUser(t, server.Addr(), "+@all", "-del")
	n := open(t, node.Config{Address: server.Addr(), Username: "lift", Password: password("sesame")})
	if err := closeFence(t.Context(), n, time.Minute); err == nil {
		t.Error("a proof that is not permitted succeeded")
	}
	if closed, err := n.FenceClosed(t.Context()); err != nil || !closed {
		t.Errorf("closed %t, %v", closed, err)
	}
}

type countedConn struct {
	net.Conn
	onWrite func()
}

func (c *countedConn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	c.onWrite()
	return n, err
}
