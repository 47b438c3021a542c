package node_test

import (
	"context"
	"errors"
	"net"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cachelift/cachelift/internal/node"
)

// TestDeadAtAnyPoint: a process dies at any of its commands, with nothing undone;
// another one puts everything back, on every fence.
func TestDeadAtAnyPoint(t *testing.T) {
	t.Parallel()
	for rung, rules := range rungs() {
		t.Run(string(rung), func(t *testing.T) {
			t.Parallel()
			server := startRedis(t)
			app := application(t, server.Addr())
			command(t, app, "ACL SETUSER app on nopass ~app:* +@all -@admin")
			addUser(t, server.Addr(), rules...)
			before := aclList(t, server.Addr())
			for at := int64(1); ; at++ {
				if at > 100 {
					t.Fatal("it never succeeds")
				}
				err := closeAndDie(t, server.Addr(), at)
				if err := openFence(t.Context(), asLift(t, server.Addr())); err != nil {
					t.Fatalf("dead at command %d: %v", at, err)
				}
				if now := aclList(t, server.Addr()); !slices.Equal(now, before) || minReplicas(t, app) != "0" {
					t.Fatalf("dead at command %d: users %v, min-replicas-to-write %s", at, now, minReplicas(t, app))
				}
				if err := app.Set(t.Context(), "k", "v", 0).Err(); err != nil {
					t.Fatalf("dead at command %d: a write: %v", at, err)
				}
				if err == nil {
					if at < 8 {
						t.Errorf("it died at %d commands only", at-1)
					}
					return
				}
			}
		})
	}
}

// closeAndDie closes the fence as a process that dies when it sends its command
// number at: whether that arrived is not known to it, and it does nothing more.
func closeAndDie(t *testing.T, addr string, at int64) error {
	t.Helper()
	var writes atomic.Int64
	dead := func() bool { return writes.Load() >= at }
	n := open(t, node.Config{
		Address: addr, Username: "lift", Password: password("sesame"), Timeout: 5 * time.Second,
		Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
			if dead() {
				return nil, errors.New("the process is dead")
			}
			conn, err := (&net.Dialer{}).DialContext(ctx, network, addr)
			return &countedConn{Conn: conn, onWrite: func() {
				if writes.Add(1) >= at {
					_ = conn.Close()
				}
			}}, err
		},
	})
	return closeFence(t.Context(), n, time.Minute)
}
