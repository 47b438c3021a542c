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

	"github.com/cachelift/cachelift/progress"
)

// A target that cannot connect, or not get further, for each reason there is. What is
// evidence is said in unlinked. They all fail at once, since each takes its time.
func TestProvokedWithoutConnection(t *testing.T) {
	t.Parallel()
	dir, port := t.TempDir(), freePort(t)
	roots := writeCertificate(t, dir)
	tlsArgs := []string{
		"--tls-port", strconv.Itoa(port), "--tls-cert-file", filepath.Join(dir, "cert.pem"), "--tls-key-file", filepath.Join(dir, "key.pem"),
		"--tls-ca-cert-file", filepath.Join(dir, "cert.pem"), "--tls-auth-clients", "no",
	}
	rows := []struct {
		name    string
		args    []string
		prepare func(*provoked)
		cause   progress.Cause
	}{
		{"AUTH", []string{"--requirepass", "s3cret-passw0rd"}, func(p *provoked) { p.opts.SourceRedis.Password = secret("s3cret-passw0rd") }, progress.CauseSourceAuth},
		{"refused", nil, func(p *provoked) { p.behind().close() }, progress.CauseSourceUnreachable},
		{"dropped", nil, func(p *provoked) { p.behind().set(func(x *proxy) { x.silent = true }) }, progress.CauseNetworkDrop},
		{"SYNC and PSYNC renamed", []string{"--rename-command", "SYNC", "s1", "--rename-command", "PSYNC", "s2"}, func(*provoked) {}, progress.CauseSyncRenamed},
		{"ACL", nil, func(p *provoked) {
			doing([]any{"ACL", "SETUSER", "default", "-psync", "-sync"})(t, p.client(p.source.Addr()))
		}, progress.CauseSourceAuth},
		{"protected mode", nil, protect, progress.CauseSourceProtected},
		{"TLS alone", tlsArgs, func(p *provoked) {
			p.from.Port = port
			p.opts.SourceRedis.TLS = &tls.Config{RootCAs: roots}
		}, progress.CauseSourceTLS},
	}
	all := make([]*provoked, len(rows))
	for i, row := range rows {
		all[i] = provoke(t, row.args...)
		row.prepare(all[i])
		all[i].attach()
	}
	for i, row := range rows {
		d := all[i].names(row.cause, all[i].unlinked())
		all[i].goesOn()
		if d.Retryable || !d.NeedsOperator || strings.Contains(d.String(), "s3cret") {
			t.Errorf("%s: diagnosis %+v", row.name, d)
		}
	}
}

// protect is protected mode. A server in it lets in who comes over loopback, as all do
// here. So the proxy answers what it answers others; the library's own questions go past
// it, but not the one that it asks as the target does.
func protect(p *provoked) {
	middle := p.behind()
	middle.set(func(x *proxy) {
		x.deny = "-DENIED Redis is running in protected mode because protected mode is enabled and no password is set for the default user."
	})
	direct := p.opts.DialContext
	p.opts.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := direct(ctx, network, address)
		return &asTarget{Conn: c, proxy: middle.addr}, err
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
