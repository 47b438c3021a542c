package node_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cachelift/cachelift/internal/node"
	"github.com/cachelift/cachelift/internal/redisinfo"
	"github.com/cachelift/cachelift/preflight"
	"github.com/cachelift/cachelift/simulator"
)

// tableOf are the commands of a version.
func tableOf(engine redisinfo.Engine, v redisinfo.Version) []redisinfo.Command {
	return slices.DeleteFunc(redisinfo.Commands(), func(c redisinfo.Command) bool { return !c.In(engine, v) })
}

// replicaOf starts a server that follows another.
func replicaOf(t *testing.T, upstream string) *simulator.Redis {
	t.Helper()
	host, port, err := net.SplitHostPort(upstream)
	if err != nil {
		t.Fatal(err)
	}
	return startRedis(t, "--replicaof", host+" "+port, "--repl-ping-replica-period", "1")
}

func TestUpstream(t *testing.T) {
	t.Parallel()
	top := startRedis(t)
	middle := replicaOf(t, top.Addr())
	bottom := replicaOf(t, middle.Addr())
	n := open(t, node.Config{Address: bottom.Addr()})
	look := func() (f preflight.Node, chain []preflight.Node, gaps []preflight.Gap) {
		f, fgaps, err := n.Facts(t.Context())
		if err != nil || len(fgaps) != 0 {
			t.Fatalf("gaps %v, err %v", fgaps, err)
		}
		chain, gaps = node.Upstream(t.Context(), node.Config{Timeout: 5 * time.Second}, f)
		return f, chain, gaps
	}
	eventually(t, "the chain is up", func() bool {
		f, chain, _ := look()
		return f.UpstreamLink == "up" && len(chain) == 2 && chain[0].UpstreamLink == "up"
	})
	f, chain, gaps := look()
	if f.Role != "slave" || f.UpstreamAddress != middle.Addr() || len(gaps) != 0 {
		t.Errorf("facts %+v, gaps %v", f, gaps)
	}
	if c := chain[0]; c.Address != middle.Addr() || c.Role != "slave" || c.UpstreamAddress != top.Addr() || c.Version == "" {
		t.Errorf("middle %+v", c)
	}
	if c := chain[1]; c.Address != top.Addr() || c.Role != "master" || c.UpstreamAddress != "" || c.UpstreamLink != "" {
		t.Errorf("top %+v", c)
	}

	top.Kill()
	eventually(t, "the link above is down", func() bool {
		f, chain, _ := look()
		return f.UpstreamLink == "up" && len(chain) == 1 && chain[0].UpstreamLink == "down"
	})
	if _, chain, gaps = look(); len(gaps) != 1 || gaps[0].Subject != "upstream" || !strings.Contains(gaps[0].Reason, top.Addr()) {
		t.Errorf("chain %v, gaps %v", chain, gaps)
	}
	if chain, gaps := node.Upstream(t.Context(), node.Config{}, preflight.Node{Role: "master"}); chain != nil || gaps != nil {
		t.Errorf("above a primary: %v, %v", chain, gaps)
	}
}

// TestUpstreamEnds: loops, endless chains, and servers that do not tell.
func TestUpstreamEnds(t *testing.T) {
	t.Parallel()
	follower := func(of func() string) string {
		return serve(t, respond(func(args []string) string {
			if args[0] != "INFO" {
				return "-ERR no"
			}
			host, port, _ := net.SplitHostPort(of())
			return bulk("redis_version:7.0.15\nrole:slave\nmaster_host:" + host + "\nmaster_port:" + port + "\nmaster_link_status:up")
		}))
	}
	slave := func(of string) preflight.Node {
		return preflight.Node{Address: "source:6379", Role: "slave", UpstreamAddress: of}
	}
	var loop string
	loop = follower(func() string { return loop })
	long := startRedis(t).Addr()
	for range 9 {
		next := long
		long = follower(func() string { return next })
	}
	mute := serve(t, respond(func([]string) string { return "-NOPERM no" }))
	for _, row := range []struct {
		why   string
		first preflight.Node
		count int
		text  string
	}{
		{"a loop", slave(loop), 1, "below it"},
		{"itself", slave("source:6379"), 0, "below it"},
		{"a long chain", slave(long), 8, "after 8 servers"},
		{"refused", slave(mute), 0, "NOPERM"},
		{"role unknown", preflight.Node{Address: "source:6379"}, 0, "role"},
		{"no address", slave(""), 0, "does not tell"},
	} {
		chain, gaps := node.Upstream(t.Context(), node.Config{}, row.first)
		if len(chain) != row.count || len(gaps) != 1 || gaps[0].Subject != "upstream" || !strings.Contains(gaps[0].Reason, row.text) {
			t.Errorf("%s: %d servers, gaps %v", row.why, len(chain), gaps)
		}
	}
}

func TestTLSOnlyPort(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pool := certificate(t, dir)
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := free.Addr().String()
	_, port, _ := net.SplitHostPort(addr)
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	startRedis(t, "--port", "0", "--tls-port", port, "--tls-auth-clients", "no", "--tls-cert-file", filepath.Join(dir, "cert.pem"),
		"--tls-key-file", filepath.Join(dir, "key.pem"), "--tls-ca-cert-file", filepath.Join(dir, "cert.pem"))
	if p := node.Probe(t.Context(), addr, nil, 0); !p.Reached || !p.TLS || p.Reply != "" || !strings.Contains(p.Err, "TLS") {
		t.Errorf("probe %+v", p)
	}
	f, gaps, err := open(t, node.Config{Address: addr, TLS: &tls.Config{RootCAs: pool, ServerName: "127.0.0.1"}}).Facts(t.Context())
	if err != nil || len(gaps) != 0 || f.Config == nil || f.Config.Port != 0 || fmt.Sprint(f.Config.TLSPort) != port {
		t.Errorf("facts %+v, gaps %v, err %v", f.Config, gaps, err)
	}
	if _, _, err := open(t, node.Config{Address: addr}).Facts(t.Context()); err == nil {
		t.Error("plain text was answered")
	}
}

// certificate writes one for 127.0.0.1 that signs itself.
func certificate(t *testing.T, dir string) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{
		"cert.pem": {Type: "CERTIFICATE", Bytes: cert}, "key.pem": {Type: "PRIVATE KEY", Bytes: private},
	} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	parsed, err := x509.ParseCertificate(cert)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return pool
}
