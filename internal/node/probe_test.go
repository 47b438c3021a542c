package node_test

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/cachelift/cachelift/internal/node"
)

func TestProbe(t *testing.T) {
	t.Parallel()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	say := func(text string) string {
		return serve(t, func(c net.Conn) { _, _ = c.Write([]byte(text)) })
	}
	for _, row := range []struct {
		why, address string
		reached      bool
		reply, err   string // beginning of the reply; part of the error
	}{
		{"open server", startRedis(t).Addr(), true, "PONG", ""},
		{"hangs up on REPLCONF", say("+PONG\r\n"), true, "PONG", "answer to REPLCONF: no answer within"},
		{"no Redis after all", say("+PONG\r\nHTTP/1.1\r\n"), true, "PONG", "not Redis"},
		{"password", startRedis(t, "--requirepass", "x").Addr(), true, "NOAUTH ", ""},
		{"protected mode", say("-DENIED Redis is running in protected mode\r\n"), true, "DENIED ", ""},
		{"TLS only", say("\x15\x03\x03\x00\x02\x02\x46"), true, "", "TLS"},
		{"web server", say("HTTP/1.1 400 Bad Request\r\n\r\n"), true, "", "not Redis"},
		{"endless line", say(strings.Repeat("x", 4096)), true, "", "not Redis"},
		{"hangs up", serve(t, func(c net.Conn) { _ = c.Close() }), true, "", "read the answer"},
		{"silent", serve(t, func(net.Conn) {}), true, "", "no answer within 300ms"},
		{"closed port", closed.Addr().String(), false, "", "refused"},
		{"no such name", "nowhere.invalid:6379", false, "", "does not resolve"},
		{"no port", "127.0.0.1", false, "", "missing port"},
	} {
		p := node.Probe(t.Context(), row.address, nil, 300*time.Millisecond)
		if p.Address != row.address || p.Reached != row.reached || !strings.HasPrefix(p.Reply, row.reply) ||
			(row.reply == "") != (p.Reply == "") || (row.err == "") != (p.Err == "") || !strings.Contains(p.Err, row.err) {
			t.Errorf("%s: got %+v", row.why, p)
		}
	}
}

func TestProbeHonoursContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	silent := serve(t, func(net.Conn) { cancel() })
	began := time.Now()
	p := node.Probe(ctx, silent, nil, time.Minute)
	if p.Err == "" || time.Since(began) > 20*time.Second {
		t.Errorf("got %+v after %s", p, time.Since(began))
	}
}
