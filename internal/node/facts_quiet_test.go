package node_test

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cachelift/cachelift/internal/node"
	"github.com/cachelift/cachelift/internal/retry"
	"github.com/cachelift/cachelift/preflight"
	"github.com/cachelift/cachelift/simulator"
)

// TestGatheringWritesNothing: the server's own statistics of the commands it has
// got, those it refused included.
func TestGatheringWritesNothing(t *testing.T) {
	t.Parallel()
	allowed := []string{
		"acl|dryrun", "acl|users", "auth", "cluster|info", "command|info", "command|list", "config|get", "info", "module|list", "ping", "replconf", "select",
	}
	top := startRedis(t)
	for _, row := range []struct {
		why    string
		server *simulator.Redis
	}{
		{"a primary", startRedis(t)},
		{"a replica", replicaOf(t, top.Addr())},
		{"CONFIG is renamed", startRedis(t, "--rename-command", "CONFIG", "")},
		{"a password", startRedis(t, "--requirepass", "sesame")},
	} {
		cfg := node.Config{Address: row.server.Addr()}
		if row.why == "a password" {
			cfg.Password = password("sesame")
		}
		n := open(t, cfg)
		node.Probe(t.Context(), cfg.Address, nil, time.Second)
		f, _, err := n.Facts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := n.TargetFacts(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := n.Load(t.Context(), time.Millisecond); err != nil {
			t.Fatal(err)
		}
		node.Upstream(t.Context(), cfg, f)
		_, _ = n.FenceFacts(t.Context())

		stats := node.NewClient(cfg)
		text, err := stats.Info(t.Context(), "commandstats").Result()
		_ = stats.Close()
		if err != nil || !strings.Contains(text, "cmdstat_info:") {
			t.Fatalf("%s: %q, %v", row.why, text, err)
		}
		for line := range strings.Lines(text) {
			name, _, ok := strings.Cut(strings.TrimPrefix(line, "cmdstat_"), ":")
			if ok && !slices.Contains(allowed, name) && name != "hello" { // HELLO is go-redis's
				t.Errorf("%s: %s was called", row.why, name)
			}
		}
	}
}

// TestFactsTakeFewRoundTrips: it matters where one takes 20 ms and more. One of
// each connection is go-redis's HELLO.
func TestFactsTakeFewRoundTrips(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		why  string
		args []string
		do   func(n *node.Node) error
		most int64
	}{
		{"a source", nil, facts, 2},
		{"a source without CONFIG", []string{"--rename-command", "CONFIG", ""}, facts, 5},
		{"100 databases, without CONFIG", []string{"--rename-command", "CONFIG", "", "--databases", "100"}, facts, 7},
		{"a target", nil, targetFacts, 3},
		{"a target in cluster mode", []string{"--cluster-enabled", "yes"}, targetFacts, 3},
	} {
		server := startRedis(t, row.args...)
		var writes atomic.Int64
		n := open(t, node.Config{Address: server.Addr(), Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := (&net.Dialer{}).DialContext(ctx, network, addr)
			return &countedConn{Conn: conn, onWrite: func() { writes.Add(1) }}, err
		}})
		if err := row.do(n); err != nil {
			t.Errorf("%s: %v", row.why, err)
		}
		if got := writes.Load(); got < 1 || got > row.most {
			t.Errorf("%s: %d round trips, want %d at the most", row.why, got, row.most)
		}
	}
}

func facts(n *node.Node) error {
	f, _, err := n.Facts(context.Background())
	if err == nil && (f.Databases < 16 || f.Commands == nil) {
		err = fmt.Errorf("facts %+v", f)
	}
	return err
}

// targetFacts wants no gap: what a target refuses is not asked of it.
func targetFacts(n *node.Node) error {
	f, gaps, err := n.TargetFacts(context.Background())
	if err == nil && (len(gaps) > 0 || f.Databases == 0 || f.UsedMemory == 0 || f.Config != nil || f.ClusterEnabled != (f.Databases == 1)) {
		err = fmt.Errorf("facts %+v, gaps %v", f, gaps)
	}
	return err
}

// TestLoad: a primary that never had a replica does not count its offset.
func TestLoad(t *testing.T) {
	t.Parallel()
	server := startRedis(t)
	n := open(t, node.Config{Address: server.Addr()})
	startWriters(t, server.Addr())
	measured := func(ok func(preflight.Load) bool) func() bool {
		return func() bool {
			l, err := n.Load(t.Context(), 50*time.Millisecond)
			return err == nil && l.WindowSeconds >= 0.05 && l.WindowSeconds < 10 && ok(l)
		}
	}
	eventually(t, "writes show, and no offset", measured(func(l preflight.Load) bool {
		return !l.OffsetTracked && l.ReplicationBytesPerSecond == 0 && l.InputBytesPerSecond > 1000 && l.ChangesPerSecond > 10 && l.CommandsPerSecond > 10 &&
			l.Scripts > 1 && l.InputAverage > 1000 && l.ReplicationAverage == 0
	}))
	replica := replicaOf(t, server.Addr())
	eventually(t, "the offset shows", measured(func(l preflight.Load) bool {
		return l.OffsetTracked && l.ReplicationBytesPerSecond > 1000 && l.ReplicationAverage > 100
	}))
	follower, err := open(t, node.Config{Address: replica.Addr()}).Load(t.Context(), 0)
	if err != nil || !follower.OffsetTracked || follower.ReplicationAverage != 0 {
		t.Errorf("a replica's offset is not its own: %+v, %v", follower, err)
	}
	once, err := n.Load(t.Context(), 0)
	if err != nil || once.WindowSeconds != 0 || !once.OffsetTracked || once.ReplicationBytesPerSecond != 0 || once.CommandsPerSecond == 0 ||
		once.InputAverage == 0 || once.ReplicationAverage == 0 || once.MemoryBytesPerSecond != 0 || once.Scripts == 0 {
		t.Errorf("one look: %+v, %v", once, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := n.Load(ctx, time.Hour); err == nil {
		t.Error("a context that has ended is not honoured")
	}
	replica.Stop()
}

// TestLoadOfMemory: what is used goes up and down.
func TestLoadOfMemory(t *testing.T) {
	t.Parallel()
	server := startRedis(t)
	app := application(t, server.Addr())
	between := func() {}
	n := open(t, node.Config{Address: server.Addr(), Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, addr)
		return &hookedConn{Conn: conn, before: func() { between() }}, err
	}})
	if _, err := n.Load(t.Context(), 0); err != nil { // now there is a connection
		t.Fatal(err)
	}
	for _, row := range []struct {
		why         string
		do          func() error
		least, most float64
	}{
		{"a large key", func() error { return app.Set(t.Context(), "k", strings.Repeat("x", 10<<20), 0).Err() }, 9 << 20, 40 << 20},
		{"it is deleted", func() error { return app.Del(t.Context(), "k").Err() }, -40 << 20, -9 << 20},
	} {
		looks := 0
		between = func() {
			if looks++; looks == 2 {
				if err := row.do(); err != nil {
					t.Error(err)
				}
			}
		}
		l, err := n.Load(t.Context(), time.Millisecond)
		if grown := l.MemoryBytesPerSecond * l.WindowSeconds; err != nil || grown < row.least || grown > row.most {
			t.Errorf("%s: %f bytes more, %v", row.why, grown, err)
		}
	}
}

// hookedConn is a connection that tells when something is about to be sent.
type hookedConn struct {
	net.Conn
	before func()
}

func (c *hookedConn) Write(b []byte) (int, error) {
	c.before()
	return c.Conn.Write(b)
}

// TestLoadAcrossRestart: two histories have no slope.
func TestLoadAcrossRestart(t *testing.T) {
	t.Parallel()
	const same = "run_id:a\nrepl_backlog_active:1\nmaster_replid:x\nmaster_repl_offset:5\nrdb_changes_since_last_save:9\nrdb_last_save_time:100\n" +
		"total_net_input_bytes:900\ninstantaneous_input_kbps:2.00\ninstantaneous_ops_per_sec:7\n"
	for _, row := range []struct{ why, old, new, err string }{
		{"nothing new", "", "", ""},
		{"restarted", "run_id:a", "run_id:b", "restarted"},
		{"offset went back", "offset:5", "offset:4", "history"},
		{"another history", "replid:x", "replid:y", "history"},
		{"a save ended", "save:9", "save:1", ""},
		{"a save ended, and more was written since", "save:9\nrdb_last_save_time:100", "save:99\nrdb_last_save_time:101", ""},
		{"statistics reset", "bytes:900", "bytes:1", ""},
	} {
		var looks atomic.Int64
		n := open(t, node.Config{Address: serve(t, respond(func(args []string) string {
			switch {
			case args[0] != "INFO" || len(args) > 1:
				return "-ERR no"
			case looks.Add(1) == 1:
				return bulk(same)
			}
			return bulk(strings.Replace(same, row.old, row.new, 1))
		}))})
		l, err := n.Load(t.Context(), time.Millisecond)
		if (row.err == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), row.err) {
			t.Errorf("%s: %v", row.why, err)
		}
		if err != nil && (node.Classify(err) != retry.Busy || !node.Classify(err).Retryable()) {
			t.Errorf("%s: %v is %s, which is not tried again", row.why, err, node.Classify(err))
		}
		if err == nil && (l.ChangesPerSecond != 0 || l.InputBytesPerSecond != 2048 || l.CommandsPerSecond != 7) {
			t.Errorf("%s: %+v", row.why, l)
		}
	}
}

// TestLoadAverages: what the counters tell of the time since the start.
func TestLoadAverages(t *testing.T) {
	t.Parallel()
	const info = "uptime_in_seconds:10\nrole:master\nrepl_backlog_active:1\nmaster_repl_offset:500\nsecond_repl_offset:-1\n" +
		"total_net_input_bytes:900\nused_memory:7000"
	for _, row := range []struct {
		why, old, new      string
		input, replication float64
	}{
		{"a primary", "", "", 90, 50},
		{"before 4.0", "second_repl_offset:-1\n", "", 90, 50},
		{"it was a replica, or has loaded a history", "second_repl_offset:-1", "second_repl_offset:400", 90, 0},
		{"a replica", "role:master", "role:slave", 90, 0},
		{"no backlog", "backlog_active:1", "backlog_active:0", 90, 0},
		{"just started", "seconds:10", "seconds:0", 0, 0},
	} {
		n := open(t, node.Config{Address: serve(t, respond(func(args []string) string {
			if len(args) > 1 {
				return "-NOPERM no"
			}
			return bulk(strings.Replace(info, row.old, row.new, 1))
		}))})
		if l, err := n.Load(t.Context(), 0); err != nil || l.InputAverage != row.input || l.ReplicationAverage != row.replication || l.Scripts != -1 {
			t.Errorf("%s: %+v, %v", row.why, l, err)
		}
	}
	var looks atomic.Int64
	n := open(t, node.Config{Address: serve(t, respond(func(args []string) string {
		if args[0] != "INFO" {
			return "-ERR no"
		}
		if len(args) > 1 {
			k := looks.Add(1)
			return bulk(fmt.Sprintf("# Commandstats\r\ncmdstat_info:calls=%d", k))
		}
		return bulk(strings.Replace(info, "7000", fmt.Sprint(7000-1000*looks.Load()), 1))
	}))})
	l, err := n.Load(t.Context(), 10*time.Millisecond)
	if err != nil || l.Scripts != 0 {
		t.Errorf("%d scripts, %v, want none", l.Scripts, err)
	}
	if lost := l.MemoryBytesPerSecond * l.WindowSeconds; lost > -999 || lost < -1001 {
		t.Errorf("memory grew by %f, want -1000", lost)
	}
}
