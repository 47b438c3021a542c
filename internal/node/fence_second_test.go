package node_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cachelift/cachelift/internal/node"
	"github.com/cachelift/cachelift/internal/redisinfo"
	"github.com/cachelift/cachelift/preflight"
)

// counting counts the connections that are made and those that are open, and breaks all
// when it is told to: what is written then is an error, as on one that was reset.
type counting struct {
	made, open atomic.Int64
	broken     atomic.Bool
}

type countingConn struct {
	net.Conn
	c      *counting
	closed atomic.Bool
	dead   bool // it was made before they broke
}

func (c *counting) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	c.made.Add(1)
	c.open.Add(1)
	return &countingConn{Conn: conn, c: c, dead: !c.broken.Load()}, nil
}

func (c *countingConn) Write(b []byte) (int, error) {
	if c.dead && c.c.broken.Load() {
		return 0, errors.New("the connection was reset")
	}
	return c.Conn.Write(b)
}

func (c *countingConn) Close() error {
	if !c.closed.Swap(true) {
		c.c.open.Add(-1)
	}
	return c.Conn.Close()
}

// Looks at a closed fence need no new connection, and none is left when the node is
// closed.
func TestLooksAtTheFenceUseOneConnection(t *testing.T) {
	t.Parallel()
	for rung, rules := range rungs() {
		server, c := startRedis(t), &counting{}
		addUser(t, server.Addr(), rules...)
		n := node.Open(node.Config{Address: server.Addr(), Username: "lift", Password: password("sesame"), Dial: c.dial})
		if err := closeFence(t.Context(), n, time.Minute); err != nil {
			t.Fatal(err)
		}
		for range 5 {
			if holds, err := n.FenceHolds(t.Context()); err != nil || !holds {
				t.Fatalf("%s: holds %t, %v", rung, holds, err)
			}
		}
		if made := c.made.Load(); made != 2 {
			t.Errorf("%s: %d connections were made, want one for the fence and one for the looks", rung, made)
		}
		if err := n.Close(); err != nil || c.open.Load() != 0 {
			t.Errorf("%s: %d connections are open after Close, %v", rung, c.open.Load(), err)
		}
	}
}

// A connection that has died in the meantime, however it did, gives no answer.
func TestLookOnADeadConnection(t *testing.T) {
	t.Parallel()
	for why, die := range map[string]func(t *testing.T, addr string, c *counting){
		"closed by the server": func(t *testing.T, addr string, _ *counting) {
			command(t, application(t, addr), "CLIENT KILL TYPE normal SKIPME yes")
		},
		"reset": func(_ *testing.T, _ string, c *counting) { c.broken.Store(true) },
	} {
		for _, holds := range []bool{true, false} {
			server, c := startRedis(t), &counting{}
			n := open(t, node.Config{Address: server.Addr(), Dial: c.dial})
			if err := closeFence(t.Context(), n, time.Minute); err != nil {
				t.Fatal(err)
			}
			if !holds {
				command(t, application(t, server.Addr()), "CONFIG SET min-replicas-to-write 0")
			}
			die(t, server.Addr(), c)
			var got bool
			eventually(t, why, func() (answered bool) {
				var err error
				got, err = n.FenceHolds(t.Context())
				return err == nil
			})
			if got != holds {
				t.Errorf("%s: holds %t, want %t", why, got, holds)
			}
		}
	}
}

// What INFO tells with the proof is of after the refusal: all that was executed before is
// in its offset. It is told only then.
func TestInfoBehindTheProof(t *testing.T) {
	t.Parallel()
	server := startRedis(t, "--repl-ping-replica-period", "3600")
	w := startWriters(t, server.Addr())
	eventually(t, "every writer has written", all(&w.acked, 20))
	n := open(t, node.Config{Address: server.Addr()})
	told := int64(-1)
	order := node.FenceOrder{Budget: 300 * time.Millisecond, Behind: func(i redisinfo.Info) { told = i.Int("master_repl_offset") }}
	if _, err := n.CloseFence(t.Context(), order); err != nil {
		t.Fatal(err)
	}
	eventually(t, "every writer was refused", all(&w.refused, 20))
	if now := offset(t, n); told != now {
		t.Errorf("it was told %d, and the offset is %d", told, now)
	}
}

// A write that is executed behind the setting, or only parked, is none that was refused:
// the fence is opened again, and nothing is told.
func TestFenceThatRefusesNothing(t *testing.T) {
	t.Parallel()
	for rung, text := range map[preflight.FenceRung]string{preflight.FenceMinReplicas: "was executed", preflight.FencePause: "was changed"} {
		server := startRedis(t)
		addUser(t, server.Addr(), rungs()[rung]...)
		app, told := application(t, server.Addr()), false
		_, err := asLift(t, server.Addr()).CloseFence(t.Context(), node.FenceOrder{
			Budget: time.Minute,
			Record: func(context.Context, []node.Change) error {
				command(t, app, "CONFIG SET min-replicas-max-lag 0")
				return nil
			},
			Behind: func(redisinfo.Info) { told = true },
		})
		if err == nil || !strings.Contains(err.Error(), text) || told {
			t.Errorf("%s: %v, told %t", rung, err, told)
		}
		if got := minReplicas(t, app); got != "0" {
			t.Errorf("%s: the value is %s, want 0 back", rung, got)
		}
		if err := app.Set(t.Context(), "k", "v", 0).Err(); err != nil {
			t.Errorf("%s: a write after it: %v", rung, err)
		}
	}
}

// A server that does not answer for a while, as when somebody else has paused all of it,
// does not make the fence fail: all is done again.
func TestFenceOnAServerThatIsSlow(t *testing.T) {
	t.Parallel()
	server := startRedis(t)
	app := application(t, server.Addr())
	n := open(t, node.Config{Address: server.Addr()})
	if _, err := n.CloseFence(t.Context(), node.FenceOrder{Budget: time.Minute, Record: func(context.Context, []node.Change) error {
		command(t, app, "CLIENT PAUSE 1500 ALL")
		return nil
	}}); err != nil {
		t.Fatal(err)
	}
	if holds, err := n.FenceHolds(t.Context()); err != nil || !holds {
		t.Errorf("holds %t, %v", holds, err)
	}
	if err := app.Set(t.Context(), "k", "v", 0).Err(); !refusedByFence(err) {
		t.Errorf("a write: %v", err)
	}
}
