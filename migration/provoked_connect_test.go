package migration_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/progress"
)

// A target that cannot connect, or not get further, for each reason there is. What is
// evidence is said in unlinked.
func TestProvokedWithoutConnection(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name    string
		args    []string
		prepare func(*provoked)
		cause   progress.Cause
	}{
		{"AUTH", []string{"--requirepass", "s3cret-passw0rd"}, func(p *provoked) { p.opts.SourceRedis.Password = secret("s3cret-passw0rd") }, progress.CauseSourceAuth},
		{"refused", nil, func(p *provoked) { p.behind().close() }, progress.CauseSourceUnreachable},
		{"dropped", nil, func(p *provoked) { p.behind().set(func(x *proxy) { x.silent = true }) }, progress.CauseNetworkDrop},
		{"SYNC and PSYNC renamed", []string{"--rename-command", "SYNC", "s1", "--rename-command", "PSYNC", "s2"}, func(*provoked) {}, progress.CauseSyncRenamed},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			p := provoke(t, row.args...)
			row.prepare(p)
			p.attach()
			d := p.names(row.cause, p.unlinked())
			p.goesOn()
			if d.Retryable || !d.NeedsOperator || strings.Contains(d.String(), "s3cret") {
				t.Errorf("diagnosis %+v", d)
			}
		})
	}
}

// A server in protected mode lets in who comes over loopback, as all do here. So the
// proxy answers what it answers others; the library's own questions go past it, but
// not the one that it asks as the target does.
func TestProvokedProtectedMode(t *testing.T) {
	t.Parallel()
	p := provoke(t)
	middle := p.behind()
	middle.set(func(x *proxy) {
		x.deny = "-DENIED Redis is running in protected mode because protected mode is enabled and no password is set for the default user."
	})
	direct := p.opts.DialContext
	p.opts.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := direct(ctx, network, address)
		return &asTarget{Conn: c, proxy: middle.addr}, err
	}
	p.attach()
	d := p.names(progress.CauseSourceProtected, p.unlinked())
	if !strings.Contains(d.String(), "protected-mode") {
		t.Errorf("diagnosis %v", d)
	}
}

// asTarget is a connection that goes through the proxy if it begins with a plain PING,
// as the one does that is made to learn what the target gets.
type asTarget struct {
	net.Conn
	proxy string
	begun bool
}

func (c *asTarget) Write(b []byte) (int, error) {
	if !c.begun && bytes.HasPrefix(b, []byte("PING")) {
		through, err := net.Dial("tcp", c.proxy)
		if err != nil {
			return 0, err
		}
		c.Conn.Close()
		c.Conn = through
	}
	c.begun = true
	return c.Conn.Write(b)
}

func TestProvokedTLSPort(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	roots := writeCertificate(t, dir)
	port := freePort(t)
	p := provoke(t, "--tls-port", strconv.Itoa(port), "--tls-cert-file", filepath.Join(dir, "cert.pem"), "--tls-key-file", filepath.Join(dir, "key.pem"),
		"--tls-ca-cert-file", filepath.Join(dir, "cert.pem"), "--tls-auth-clients", "no")
	p.from = migration.Source{Address: "127.0.0.1", Port: port}
	p.opts.SourceRedis.TLS = &tls.Config{RootCAs: roots}
	p.attach()
	p.names(progress.CauseSourceTLS, p.unlinked())
	p.goesOn()
}
