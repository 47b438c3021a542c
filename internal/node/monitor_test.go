package node_test

import (
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cachelift/cachelift/internal/node"
	"github.com/cachelift/cachelift/internal/redisinfo"
)

func TestMonitor(t *testing.T) {
	t.Parallel()
	source := startRedis(t, "--client-output-buffer-limit", "replica", "4mb", "1mb", "7", "--repl-timeout", "33")
	n := open(t, node.Config{Address: source.Addr()})
	m := node.NewMonitor(n)
	f, err := m.Look(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if f.Clients == nil || len(f.Clients) != 0 || f.Limit == nil || *f.Limit != (redisinfo.BufferLimit{Hard: 4 << 20, Soft: 1 << 20, SoftSeconds: 7}) ||
		f.ReplTimeout != 33*time.Second || f.Info.Str("role") != "master" {
		t.Errorf("clients %v, limit %+v, timeout %v, role %q", f.Clients, f.Limit, f.ReplTimeout, f.Info.Str("role"))
	}
	replica := startRedis(t)
	host, port, _ := net.SplitHostPort(source.Addr())
	if err := application(t, replica.Addr()).ReplicaOf(t.Context(), host, port).Err(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the replica is listed", func() bool {
		f, err = m.Look(t.Context())
		return err == nil && len(f.Clients) == 1 && f.Clients[0].Replica
	})
	follower := open(t, node.Config{Address: replica.Addr()})
	eventually(t, "the link is up", func() bool {
		info, role, err := follower.Following(t.Context())
		return err == nil && role.Link == redisinfo.LinkConnected && role.Upstream == source.Addr() && info.Str("master_link_status") == "up"
	})
}

// A user that may do little is asked for it once: each refusal is written down by
// the server.
func TestMonitorDoesNotAskAgain(t *testing.T) {
	t.Parallel()
	source := startRedis(t)
	addUser(t, source.Addr(), "+info")
	n := open(t, node.Config{Address: source.Addr(), Username: "lift", Password: password("sesame")})
	m := node.NewMonitor(n)
	for range 3 {
		f, err := m.Look(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if f.Clients != nil || f.Limit != nil || f.ReplTimeout != 0 {
			t.Errorf("what was refused is told: %+v", f)
		}
	}
	list, err := application(t, source.Addr()).Do(t.Context(), "INFO", "commandstats").Text()
	if err != nil {
		t.Fatal(err)
	}
	for command, want := range map[string]string{"client|list": "rejected_calls=1,", "config|get": "rejected_calls=2,"} {
		if line := lineOf(list, "cmdstat_"+command+":"); !strings.Contains(line, want) {
			t.Errorf("%s: %q, want %s", command, line, want)
		}
	}
}

// A server that is busy has refused nothing.
func TestMonitorAsksABusyServerAgain(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	busy := true
	addr := serve(t, respond(func(args []string) string {
		mu.Lock()
		defer mu.Unlock()
		switch {
		case strings.EqualFold(args[0], "INFO"):
			return bulk("role:master\r\n")
		case busy:
			return "-BUSY Redis is busy running a script."
		case strings.EqualFold(args[0], "CLIENT"):
			return bulk("addr=a:1 flags=S omem=7\n")
		}
		return "*0"
	}))
	m := node.NewMonitor(open(t, node.Config{Address: addr}))
	if f, err := m.Look(t.Context()); err != nil || f.Clients != nil {
		t.Fatalf("busy: %+v, %v", f, err)
	}
	mu.Lock()
	busy = false
	mu.Unlock()
	f, err := m.Look(t.Context())
	if err != nil || len(f.Clients) != 1 || f.Clients[0].OutputMemory != 7 || f.Limit != nil {
		t.Errorf("not busy any more: %+v, %v", f, err)
	}
}

func lineOf(text, prefix string) string {
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, prefix) {
			return line
		}
	}
	return ""
}
