package node_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/cachelift/cachelift/internal/node"
)

// wrapped is a connection of which only NetConn tells what is inside.
type wrapped struct{ net.Conn }

func (w wrapped) NetConn() net.Conn { return w.Conn }

// A call that is given up leaves nothing behind that could be delivered later: its
// connection is reset. One that has nothing under way is closed in the orderly way.
func TestCallGivenUpIsReset(t *testing.T) {
	t.Parallel()
	web := httptest.NewTLSServer(nil)
	t.Cleanup(web.Close)
	pool := x509.NewCertPool()
	pool.AddCert(web.Certificate())
	direct := (&net.Dialer{}).DialContext
	inside := func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := direct(ctx, network, addr)
		return wrapped{c}, err
	}
	for _, row := range []struct {
		why     string
		tls     bool
		dial    func(context.Context, string, string) (net.Conn, error)
		timeout time.Duration // of the node
		within  time.Duration // of the context
		ends    bool          // the server answers, and the node is closed
	}{
		{why: "the node's timeout", dial: direct, timeout: 100 * time.Millisecond, within: time.Minute},
		{why: "the caller's deadline", dial: direct, within: 100 * time.Millisecond},
		{why: "behind a wrapper", dial: inside, within: 100 * time.Millisecond},
		{why: "TLS", tls: true, dial: direct, within: time.Second},
		{why: "TLS behind a wrapper", tls: true, dial: inside, within: time.Second},
		{why: "answered, and closed", dial: direct, within: time.Minute, ends: true},
	} {
		t.Run(row.why, func(t *testing.T) {
			t.Parallel()
			end := make(chan error, 1)
			cfg := node.Config{Dial: row.dial, Timeout: row.timeout}
			if row.tls {
				cfg.TLS = &tls.Config{RootCAs: pool}
			}
			cfg.Address = serve(t, func(c net.Conn) {
				defer c.Close()
				in := c
				if row.tls {
					in = tls.Server(c, web.TLS)
				}
				if row.ends {
					_, _ = in.Write([]byte("-ERR unknown command 'HELLO'\r\n$2\r\nok\r\n"))
				}
				_, err := io.Copy(io.Discard, in)
				if err == nil { // TLS says good-bye, if that is still delivered
					_, err = c.Read(make([]byte, 1))
				}
				end <- err
			})
			n := open(t, cfg)
			ctx, cancel := context.WithTimeout(t.Context(), row.within)
			defer cancel()
			_, err := n.Info(ctx)
			if row.ends != (err == nil) {
				t.Fatalf("the call: %v", err)
			}
			if row.ends {
				err = n.Close()
			}
			got := <-end
			if reset := errors.Is(got, syscall.ECONNRESET); reset == row.ends {
				t.Errorf("the server's end saw %v, reset %t (%v)", got, reset, err)
			}
		})
	}
}

// tunnel holds back what contains a word, and delivers it when it is told to, although its
// client is gone.
type tunnel struct {
	word    atomic.Value // string; "": nothing more is held back
	deliver chan func()
}

type tunnelConn struct {
	net.Conn
	t    *tunnel
	held atomic.Bool
}

func (t *tunnel) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	c, err := (&net.Dialer{}).DialContext(ctx, network, addr)
	return &tunnelConn{Conn: c, t: t}, err
}

func (c *tunnelConn) Write(b []byte) (int, error) {
	word := c.t.word.Load().(string)
	if word == "" || !bytes.Contains(b, []byte(word)) {
		return c.Conn.Write(b)
	}
	c.t.word.Store("")
	c.held.Store(true)
	b = bytes.Clone(b)
	c.t.deliver <- func() { // returns when the server has done it, or has hung up
		_ = c.SetDeadline(time.Now().Add(20 * time.Second))
		_, _ = c.Conn.Write(b)
		_, _ = c.Conn.Read(make([]byte, 1))
		_ = c.Conn.Close()
	}
	return len(b), nil
}

// Close ends the client's side only, if the tunnel holds something.
func (c *tunnelConn) Close() error {
	if c.held.Load() {
		return c.SetReadDeadline(time.Unix(1, 0))
	}
	return c.Conn.Close()
}

// A change that was given up, and arrives after the next one, changes nothing.
func TestChangeThatArrivesLate(t *testing.T) {
	t.Parallel()
	fence := strings.Fields(node.FactsRules + " " + node.FenceRules)
	all := append(slices.Clone(fence), strings.Fields(node.EndingRules)...)
	raised, put := "min-replicas-to-write\r\n$7\r\n1000000", "min-replicas-to-write\r\n$1\r\n0"
	for _, row := range []struct {
		why, word string
		rules     []string
		closed    bool // the fence before, and at the end
		late      bool // it has its effect, for want of the right
		gone      bool // the node that gave up is not the one that goes on
	}{
		{"an opening after a fence was closed", put, all, true, false, false},
		{"a closing after the fence was opened", raised, all, false, false, false},
		{"an opening by a node that is gone", put, all, true, false, true},
		{"it may not kill", put, append(slices.Clone(fence), "+client|id"), true, true, false},
		{"it may not ask who it is", put, append(slices.Clone(fence), "+client|kill"), true, true, false},
	} {
		t.Run(row.why, func(t *testing.T) {
			t.Parallel()
			server := startRedis(t)
			addUser(t, server.Addr(), append([]string{"resetkeys"}, row.rules...)...)
			app, way := application(t, server.Addr()), &tunnel{deliver: make(chan func(), 1)}
			way.word.Store("")
			cfg := node.Config{Address: server.Addr(), Username: "lift", Password: password("sesame"), Dial: way.dial, Lost: new(node.Lost)}
			n := open(t, cfg)
			change := func(ctx context.Context, closed bool) error {
				if closed {
					return closeFence(ctx, n, time.Second)
				}
				return openFence(ctx, n)
			}
			if err := change(t.Context(), row.closed); err != nil {
				t.Fatal(err)
			}
			way.word.Store(row.word)
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			defer cancel()
			if err := change(ctx, !row.closed); err == nil {
				t.Fatal("what the tunnel holds back was answered")
			}
			if row.gone {
				n = open(t, cfg)
			}
			if err := change(t.Context(), row.closed); err != nil {
				t.Fatal(err)
			}
			(<-way.deliver)()
			want := map[bool]string{true: "1000000", false: "0"}[row.closed != row.late]
			if got := minReplicas(t, app); got != want {
				t.Errorf("the value is %s, want %s", got, want)
			}
			err := app.Set(t.Context(), "k", "v", 0).Err()
			if refused := err != nil && strings.HasPrefix(err.Error(), "NOREPLICAS"); refused != (row.closed != row.late) {
				t.Errorf("a write: %v", err)
			}
		})
	}
}
