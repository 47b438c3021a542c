package node_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/cachelift/cachelift/internal/node"
	"github.com/cachelift/cachelift/internal/redisinfo"
	"github.com/cachelift/cachelift/internal/retry"
)

func password(p string) func(context.Context) (string, error) {
	return func(context.Context) (string, error) { return p, nil }
}

func TestRoleAndInfo(t *testing.T) {
	t.Parallel()
	primary := startRedis(t)
	host, port, _ := net.SplitHostPort(primary.Addr())
	replica := startRedis(t, "--replicaof", host+" "+port)
	p, r := open(t, node.Config{Address: primary.Addr()}), open(t, node.Config{Address: replica.Addr()})
	eventually(t, "the replica is linked", func() bool {
		role, err := r.Role(t.Context())
		return err == nil && role.Name == redisinfo.Slave && role.Upstream == primary.Addr() && role.Link == redisinfo.LinkConnected
	})
	if err := application(t, primary.Addr()).Set(t.Context(), "k", "v", 0).Err(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the replica has applied what the primary has written", func() bool {
		from, err1 := p.Role(t.Context())
		to, err2 := r.Role(t.Context())
		return err1 == nil && err2 == nil && from.Name == redisinfo.Master && from.Offset > 0 &&
			to.Offset == from.Offset && len(from.Replicas) == 1
	})
	info, err := r.Info(t.Context())
	if err != nil || info.Str("master_link_status") != "up" || info.Keyspace()[0].Keys != 1 {
		t.Errorf("INFO of the replica: %v, %v", info, err)
	}
}

func TestClosedPortIsTransportAndHeals(t *testing.T) {
	t.Parallel()
	server := startRedis(t)
	up := false
	n := open(t, node.Config{Address: server.Addr(), Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
		if !up {
			return nil, &net.OpError{Op: "dial", Err: errors.New("connection refused")}
		}
		return (&net.Dialer{}).DialContext(ctx, network, addr)
	}})
	for i := range 10 { // more often than the pool has connections
		_, err := n.Role(t.Context())
		var op *net.OpError
		if !errors.As(err, &op) || node.Classify(err) != retry.Transport || !strings.Contains(err.Error(), server.Addr()) {
			t.Fatalf("try %d: %v is %s", i, err, node.Classify(err))
		}
	}
	up = true
	if _, err := n.Role(t.Context()); err != nil {
		t.Errorf("the first call after the server came back: %v", err)
	}
}

func TestAuthentication(t *testing.T) {
	t.Parallel()
	server := startRedis(t)
	addUser(t, server.Addr(), "+@all")
	if err := application(t, server.Addr()).ConfigSet(t.Context(), "requirepass", "hush-hush").Err(); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		why   string
		cfg   node.Config
		class retry.Class
		text  string
	}{
		{"default user", node.Config{Password: password("hush-hush")}, "", ""},
		{"ACL user", node.Config{Username: "lift", Password: password("sesame")}, "", ""},
		{"wrong password", node.Config{Username: "lift", Password: password("wrong-secret")}, retry.Permission, "AUTH: WRONGPASS"},
		{"no password", node.Config{}, retry.Permission, "NOAUTH"},
		{"no password to be had", node.Config{Password: func(context.Context) (string, error) { return "", errors.New("vault sealed") }}, retry.Unknown, "password: vault sealed"},
	} {
		row.cfg.Address = server.Addr()
		n := open(t, row.cfg)
		_, err := n.Role(t.Context())
		if row.class == "" {
			if err != nil {
				t.Errorf("%s: %v", row.why, err)
			}
			continue
		}
		if err == nil || node.Classify(err) != row.class || !strings.Contains(err.Error(), row.text) {
			t.Errorf("%s: %v is %s, want %s", row.why, err, node.Classify(err), row.class)
		}
		if strings.Contains(fmt.Sprintf("%v %+v %s", err, err, n), "wrong-secret") {
			t.Errorf("%s: %v holds the password", row.why, err)
		}
	}
}

// TestPasswordEchoedByServer: a server without AUTH repeats its arguments in the
// error, as Redis does for a command that was renamed.
func TestPasswordEchoedByServer(t *testing.T) {
	t.Parallel()
	addr := serve(t, respond(func(args []string) string {
		return "-ERR unknown command '" + args[0] + "', with args beginning with: '" + strings.Join(args[1:], "' '") + "'"
	}))
	_, err := open(t, node.Config{Address: addr, Password: password("s3cret")}).Role(t.Context())
	if err == nil || strings.Contains(err.Error(), "s3cret") || !strings.Contains(err.Error(), "AUTH") {
		t.Errorf("err %v", err)
	}
}

func TestLoadingAndSlowDiffer(t *testing.T) {
	t.Parallel()
	loading := serve(t, respond(func([]string) string { return "-LOADING Redis is loading the dataset in memory" }))
	_, err := open(t, node.Config{Address: loading}).Info(t.Context())
	if node.IsTimeout(err) || node.Classify(err) != retry.Busy {
		t.Errorf("loading: %v is %s", err, node.Classify(err))
	}
	silent := serve(t, func(net.Conn) {})
	_, err = open(t, node.Config{Address: silent, Timeout: 50 * time.Millisecond}).Info(t.Context())
	if !node.IsTimeout(err) || node.Classify(err) != retry.Transport {
		t.Errorf("silent: %v is %s", err, node.Classify(err))
	}
	hangsUp := serve(t, func(c net.Conn) { _ = c.Close() })
	_, err = open(t, node.Config{Address: hangsUp}).Info(t.Context())
	if err == nil || node.IsTimeout(err) || node.Classify(err) != retry.Transport {
		t.Errorf("closed connection: %v is %s", err, node.Classify(err))
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = open(t, node.Config{Address: silent}).Info(ctx)
	if node.Classify(err) != retry.Canceled {
		t.Errorf("canceled: %v is %s", err, node.Classify(err))
	}
}

func TestTLS(t *testing.T) {
	t.Parallel()
	web := httptest.NewTLSServer(nil) // for its certificate
	t.Cleanup(web.Close)
	pool := x509.NewCertPool()
	pool.AddCert(web.Certificate())
	addr := serve(t, func(c net.Conn) {
		respond(func([]string) string { return "-READONLY spoken over TLS" })(tls.Server(c, web.TLS))
	})
	_, err := open(t, node.Config{Address: addr, TLS: &tls.Config{RootCAs: pool}}).Role(t.Context())
	if err == nil || !strings.Contains(err.Error(), "READONLY spoken over TLS") || node.Classify(err) != retry.Permanent {
		t.Errorf("trusted: %v is %s", err, node.Classify(err))
	}
	_, err = open(t, node.Config{Address: addr, TLS: &tls.Config{}}).Role(t.Context())
	if err == nil || node.Classify(err) != retry.Permanent {
		t.Errorf("unknown authority: %v is %s", err, node.Classify(err))
	}
	plain := startRedis(t)
	_, err = open(t, node.Config{Address: plain.Addr(), TLS: &tls.Config{RootCAs: pool}, Timeout: time.Second}).Role(t.Context())
	if err == nil || node.Classify(err) != retry.Transport {
		t.Errorf("a server without TLS: %v is %s", err, node.Classify(err))
	}
}

// TestCancelEndsTheWait: also while the server is silent, or does not even
// accept the connection.
func TestCancelEndsTheWait(t *testing.T) {
	t.Parallel()
	for what, cfg := range map[string]node.Config{
		"silent": {Address: serve(t, func(net.Conn) {})},
		"dialing": {Address: "h:1", Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}},
	} {
		cfg.Timeout = time.Hour
		n := open(t, cfg)
		stop := errors.New("operator said stop")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(20*time.Millisecond, func() { cancel(stop) })
		if _, err := n.Role(ctx); !errors.Is(err, stop) {
			t.Errorf("%s: %v", what, err)
		}
		time.AfterFunc(20*time.Millisecond, func() { _ = n.Close() })
		if _, err := n.Role(t.Context()); err == nil || node.Classify(err) != retry.Permanent {
			t.Errorf("%s: a call on a node that is closed: %v is %s", what, err, node.Classify(err))
		}
	}
}

// TestReconnects: a server that closed the idle connection costs no error.
func TestReconnects(t *testing.T) {
	t.Parallel()
	server := startRedis(t)
	n, admin := open(t, node.Config{Address: server.Addr()}), application(t, server.Addr())
	for range 3 {
		if _, err := n.Role(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := admin.Do(t.Context(), "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes").Err(); err != nil {
			t.Fatal(err)
		}
	}
}
