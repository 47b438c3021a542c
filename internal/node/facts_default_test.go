package node_test

import (
	"context"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cachelift/cachelift/internal/node"
	"github.com/cachelift/cachelift/internal/retry"
	"github.com/cachelift/cachelift/preflight"
)

// TestDefaultUserWithoutReplication: PING is answered, and yet a replica gets
// nothing.
func TestDefaultUserWithoutReplication(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		rules, replconf string
		denied          []string
	}{
		{"+@all", "OK", nil},
		{"+@all -@dangerous", "NOPERM ", []string{"replconf", "psync", "sync"}},
		{"+@all -psync -sync", "OK", []string{"psync", "sync"}},
		{"+@all -replconf", "NOPERM ", []string{"replconf"}},
		{"-@all +ping +psync +replconf", "OK", []string{"sync"}},
		{"+@all -ping", "", []string{"ping"}},
	} {
		server := startRedis(t)
		addUser(t, server.Addr(), "+@all")
		command(t, application(t, server.Addr()), "ACL SETUSER default reset on nopass ~* "+row.rules)
		p := node.Probe(t.Context(), server.Addr(), nil, 0)
		if p.Err != "" || (p.Reply == "PONG") != (row.replconf != "") || !strings.HasPrefix(p.Replconf, row.replconf) || row.replconf == "" && p.Replconf != "" {
			t.Errorf("%s: probe %+v", row.rules, p)
		}
		f, gaps, err := open(t, node.Config{Address: server.Addr(), Username: "lift", Password: password("sesame")}).Facts(t.Context())
		if err != nil || len(gaps) != 0 || !slices.Equal(f.DefaultUserDenied, row.denied) || f.DefaultUserDenied == nil {
			t.Errorf("%s: denied %v, want %v, gaps %v, err %v", row.rules, f.DefaultUserDenied, row.denied, gaps, err)
		}
	}
}

// TestProbeIsNoReplica: what greets as a replica does is not listed as one, and
// is gone afterwards.
func TestProbeIsNoReplica(t *testing.T) {
	t.Parallel()
	server := startRedis(t)
	app := application(t, server.Addr())
	var seen string
	p := node.Probe(t.Context(), server.Addr(), func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, addr)
		return &closingConn{Conn: conn, before: func() {
			seen = app.Info(t.Context(), "replication").Val() + app.ClientList(t.Context()).Val()
		}}, err
	}, 0)
	if p.Replconf != "OK" || !strings.Contains(seen, "connected_slaves:0") || !strings.Contains(seen, "repl_backlog_active:0") || !strings.Contains(seen, "cmd=replconf") {
		t.Errorf("probe %+v, before it ends: %s", p, seen)
	}
	eventually(t, "the connection is gone", func() bool {
		list, err := app.ClientList(t.Context()).Result()
		return err == nil && !strings.Contains(list, "cmd=replconf")
	})
}

// closingConn is a connection that tells when it is about to be closed.
type closingConn struct {
	net.Conn
	once   sync.Once
	before func()
}

func (c *closingConn) Close() error {
	c.once.Do(c.before)
	return c.Conn.Close()
}

// TestPasswordNobodyAskedFor: which is so after the operator took the password off,
// as the migration wants it.
func TestPasswordNobodyAskedFor(t *testing.T) {
	t.Parallel()
	for why, addr := range map[string]string{
		"7.0":        startRedis(t).Addr(),
		"before 6.0": serve(t, respond(func([]string) string { return "-ERR Client sent AUTH, but no password is set" })),
	} {
		for _, secret := range []string{"sesame", "configured", "AUTH"} {
			_, _, err := open(t, node.Config{Address: addr, Password: password(secret)}).Facts(t.Context())
			if err == nil || !strings.Contains(err.Error(), "asks for no password") || !strings.Contains(err.Error(), "leave out the option Password") {
				t.Errorf("%s: %v", why, err)
				continue
			}
			if secret != "AUTH" && strings.Contains(err.Error(), secret) {
				t.Errorf("%s: the error holds the password: %v", why, err)
			}
			if got := node.Classify(err); got != retry.Permission {
				t.Errorf("%s: class %s", why, got)
			}
		}
	}
}

// TestUpstreamCredentials: they are shown to those alone that ask for some.
func TestUpstreamCredentials(t *testing.T) {
	t.Parallel()
	const info = "redis_version:7.0.15\nrole:master"
	for _, row := range []struct {
		why, refusal string
		cfg          node.Config
		shown, known bool
	}{
		{"open", "", node.Config{Password: password("sesame")}, false, true},
		{"a password", "-NOAUTH Authentication required.", node.Config{Password: password("sesame")}, true, true},
		{"a user", "-NOPERM this user has no permissions", node.Config{Username: "lift", Password: password("sesame")}, true, true},
		{"protected mode", "-DENIED Redis is running in protected mode", node.Config{Password: password("sesame")}, false, false},
		{"another error", "-ERR unknown command", node.Config{Password: password("sesame")}, false, false},
		{"no credentials", "-NOAUTH Authentication required.", node.Config{}, false, false},
	} {
		var mu sync.Mutex
		shown := 0
		addr := serve(t, func(conn net.Conn) {
			in := false
			respond(func(args []string) string {
				mu.Lock()
				defer mu.Unlock()
				switch {
				case args[0] == "auth":
					shown++
					in = args[len(args)-1] == "sesame"
					return "+OK"
				case args[0] != "INFO":
					return "-ERR no"
				case row.refusal != "" && !in:
					return row.refusal
				}
				return bulk(info)
			})(conn)
		})
		row.cfg.Timeout = 10 * time.Second
		first := replicaFacts(addr)
		chain, gaps := node.Upstream(t.Context(), row.cfg, first)
		mu.Lock()
		if (shown > 0) != row.shown || (len(chain) == 1) != row.known || (len(gaps) == 0) != row.known {
			t.Errorf("%s: AUTH was sent %d times, chain %v, gaps %v", row.why, shown, chain, gaps)
		}
		mu.Unlock()
	}
}

// TestUpstreamWithUser: a real server whose default user may do nothing.
func TestUpstreamWithUser(t *testing.T) {
	t.Parallel()
	server := startRedis(t)
	addUser(t, server.Addr(), "+info")
	command(t, application(t, server.Addr()), "ACL SETUSER default -@all")
	cfg := node.Config{Username: "lift", Password: password("sesame")}
	if chain, gaps := node.Upstream(t.Context(), cfg, replicaFacts(server.Addr())); len(chain) != 1 || len(gaps) != 0 || chain[0].Role != "master" {
		t.Errorf("chain %v, gaps %v", chain, gaps)
	}
	if _, gaps := node.Upstream(t.Context(), node.Config{}, replicaFacts(server.Addr())); len(gaps) != 1 || !strings.Contains(gaps[0].Reason, "NOPERM") {
		t.Errorf("without credentials: gaps %v", gaps)
	}
}

// replicaFacts are those of a server that follows another.
func replicaFacts(upstream string) preflight.Node {
	return preflight.Node{Address: "source:6379", Role: "slave", UpstreamAddress: upstream}
}
