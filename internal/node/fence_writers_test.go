package node_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/cachelift/cachelift/internal/node"
	"github.com/cachelift/cachelift/preflight"
	"github.com/cachelift/cachelift/simulator"
)

// writers keep writing, each in its own way, whatever they are answered, until
// the test ends. Writer i counts up the key "n<i>".
type writers struct {
	acked   [4]atomic.Int64
	refused [4]atomic.Int64
}

func startWriters(t *testing.T, addr string) *writers {
	t.Helper()
	w := &writers{}
	clients := [4]*redis.Client{application(t, addr), application(t, addr), application(t, addr), application(t, addr)}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	var wg sync.WaitGroup
	t.Cleanup(func() { stop(); wg.Wait() })
	for i, write := range []func(context.Context, *redis.Client, string) error{
		func(ctx context.Context, c *redis.Client, key string) error { return c.Incr(ctx, key).Err() },
		func(ctx context.Context, c *redis.Client, key string) error {
			return c.Eval(ctx, "return redis.call('INCR', KEYS[1])", []string{key}).Err()
		},
		func(ctx context.Context, c *redis.Client, key string) error {
			_, err := c.TxPipelined(ctx, func(p redis.Pipeliner) error { p.Incr(ctx, key); return nil })
			return err
		},
		func(ctx context.Context, c *redis.Client, key string) error { // a new connection each time
			conn := c.Conn()
			defer conn.Close()
			return conn.Incr(ctx, key).Err()
		},
	} {
		c := clients[i]
		wg.Go(func() {
			for ctx.Err() == nil {
				err := write(ctx, c, fmt.Sprintf("n%d", i))
				switch {
				case err == nil:
					w.acked[i].Add(1)
				case refusedByFence(err):
					w.refused[i].Add(1)
				}
			}
		})
	}
	return w
}

// refusedByFence reports whether a write was refused by one of the fences, in a
// transaction or a script as well.
func refusedByFence(err error) bool {
	return err != nil && slices.ContainsFunc([]string{"NOREPLICAS", "EXECABORT", "NOPERM", "can't run this command", "ACL failure in script"},
		func(text string) bool { return strings.Contains(err.Error(), text) })
}

func counters(t *testing.T, c *redis.Client) [4]int64 {
	t.Helper()
	var out [4]int64
	for i := range out {
		n, err := c.Get(t.Context(), fmt.Sprintf("n%d", i)).Int64()
		if err != nil {
			t.Fatal(err)
		}
		out[i] = n
	}
	return out
}

func all(counts *[4]atomic.Int64, atLeast int64) func() bool {
	return func() bool {
		for i := range counts {
			if counts[i].Load() < atLeast {
				return false
			}
		}
		return true
	}
}

func offset(t *testing.T, n *node.Node) int64 {
	t.Helper()
	role, err := n.Role(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return role.Offset
}

// rungs are the fences that can be had on Redis 7.0, each with the rules of a
// user for whom it is the best one.
func rungs() map[preflight.FenceRung][]string {
	return map[preflight.FenceRung][]string{
		preflight.FencePause:       {"+@all"},
		preflight.FenceMinReplicas: {"+@all", "-client|pause"},
		preflight.FenceACL:         {"+@all", "-config"},
	}
}

// TestFenceStopsEveryWriter: once CloseFence has returned nothing is written any
// more, also after the pause has run out, although nobody obeys.
func TestFenceStopsEveryWriter(t *testing.T) {
	t.Parallel()
	for rung, rules := range rungs() {
		t.Run(string(rung), func(t *testing.T) {
			t.Parallel()
			server := startRedis(t, "--repl-ping-replica-period", "3600")
			addUser(t, server.Addr(), rules...)
			stopEveryWriter(t, server, open(t, node.Config{Address: server.Addr(), Username: "lift", Password: password("sesame")}), rung)
		})
	}
}

func stopEveryWriter(t *testing.T, server *simulator.Redis, n *node.Node, rung preflight.FenceRung) {
	t.Helper()
	app := application(t, server.Addr())
	w := startWriters(t, server.Addr())
	eventually(t, "every writer has written", all(&w.acked, 20))
	queued := queueTransaction(t, server.Addr())

	got, err := n.CloseFence(t.Context(), node.FenceOrder{Budget: 300 * time.Millisecond})
	if err != nil || got != rung {
		t.Fatalf("closed by %s, %v", got, err)
	}
	atFence, counted, closedAt := offset(t, n), counters(t, app), time.Now()
	eventually(t, "every writer is refused, long after the pause has run out", func() bool {
		return all(&w.refused, 50)() && time.Since(closedAt) > 600*time.Millisecond
	})
	if err := queued(); !refusedByFence(err) {
		t.Errorf("EXEC of a transaction queued before the fence: %v", err)
	}
	if got := offset(t, n); got != atFence {
		t.Errorf("the replication offset moved from %d to %d behind the fence", atFence, got)
	}
	if got := counters(t, app); got != counted {
		t.Errorf("counters moved from %v to %v behind the fence", counted, got)
	}
	for i := range counted {
		if acked := w.acked[i].Load(); acked > counted[i] {
			t.Errorf("writer %d had %d acknowledged, the server has %d", i, acked, counted[i])
		}
	}

	if err := openFence(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	before := [4]int64{}
	for i := range before {
		before[i] = w.acked[i].Load()
	}
	eventually(t, "every writer writes again", func() bool {
		for i := range before {
			if w.acked[i].Load() <= before[i] {
				return false
			}
		}
		return true
	})
}

// queueTransaction begins a transaction with a write; the returned function
// executes it.
func queueTransaction(t *testing.T, addr string) func() error {
	t.Helper()
	conn := application(t, addr).Conn()
	t.Cleanup(func() { _ = conn.Close() })
	for _, args := range [][]any{{"MULTI"}, {"SET", "queued", "1"}} {
		if err := conn.Do(t.Context(), args...).Err(); err != nil {
			t.Fatal(err)
		}
	}
	return func() error { return conn.Do(t.Context(), "EXEC").Err() }
}

// park pauses writes for long and sends one write; it returns when the server
// holds it back. The channel gets the write's outcome.
func park(t *testing.T, addr string) <-chan error {
	t.Helper()
	admin, conn := application(t, addr), application(t, addr).Conn()
	t.Cleanup(func() { _ = conn.Close() })
	if err := admin.Do(t.Context(), "CLIENT", "PAUSE", 60000, "WRITE").Err(); err != nil {
		t.Fatal(err)
	}
	if err := conn.ClientSetName(t.Context(), "parked").Err(); err != nil {
		t.Fatal(err)
	}
	ctx, out := context.WithoutCancel(t.Context()), make(chan error, 1)
	go func() { out <- conn.Set(ctx, "parked", "1", 0).Err() }()
	eventually(t, "the write is parked", func() bool {
		list, err := admin.ClientList(t.Context()).Result()
		for line := range strings.Lines(list) {
			if strings.Contains(line, "name=parked") && strings.Contains(line, "flags=b") {
				return true
			}
		}
		return err != nil
	})
	return out
}

func TestOpenFenceLetsParkedWritesThrough(t *testing.T) {
	t.Parallel()
	server := startRedis(t)
	n := open(t, node.Config{Address: server.Addr()})
	parked := park(t, server.Addr())
	if err := closeFence(t.Context(), n, time.Minute); err != nil {
		t.Fatal(err)
	}
	if err := openFence(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	if err := <-parked; err != nil {
		t.Errorf("a parked write after an aborted cut-over: %v", err)
	}
}

func TestReleaseParkedRefusesThem(t *testing.T) {
	t.Parallel()
	server := startRedis(t)
	n, app := open(t, node.Config{Address: server.Addr()}), application(t, server.Addr())
	if err := n.ReleaseParked(t.Context()); err == nil {
		t.Error("ReleaseParked with an open fence would let parked writes through")
	}
	parked := park(t, server.Addr())
	if err := closeFence(t.Context(), n, time.Minute); err != nil {
		t.Fatal(err)
	}
	if err := n.ReleaseParked(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-parked; err == nil || !strings.Contains(err.Error(), "NOREPLICAS") {
		t.Errorf("the parked write: %v, want it refused", err)
	}
	if got, err := app.Exists(t.Context(), "parked").Result(); err != nil || got != 0 {
		t.Errorf("the parked write was executed: %d, %v", got, err)
	}
	if closed, err := n.FenceClosed(t.Context()); err != nil || !closed {
		t.Errorf("the fence must stay closed: %t, %v", closed, err)
	}
}
