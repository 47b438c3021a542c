package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/cachelift/cachelift/simulator"
)

// startTLS is a server that speaks TLS on one port and plain text on another, with a
// certificate of its own.
func startTLS(t *testing.T) (server *simulator.Redis, secure, certificate string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	certificate = filepath.Join(dir, "cert.pem")
	keyFile := filepath.Join(dir, "key.pem")
	for name, block := range map[string]*pem.Block{certificate: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	secure = l.Addr().String()
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	server = startSource(t, "--tls-port", strconv.Itoa(port), "--tls-cert-file", certificate, "--tls-key-file", keyFile,
		"--tls-ca-cert-file", certificate, "--tls-auth-clients", "no")
	return server, secure, certificate
}

// TestVerifyTLS: with the right certificate it compares, without it says that it is not
// trusted. A process of its own, since that reads the certificates once.
func TestVerifyTLS(t *testing.T) {
	t.Parallel()
	server, secure, certificate := startTLS(t)
	plain := startSource(t)
	for _, addr := range []string{server.Addr(), plain.Addr()} {
		if err := dial(t, addr).Set(t.Context(), "greeting", "hello", 0).Err(); err != nil {
			t.Fatal(err)
		}
	}
	verify := func(trusted string, args ...string) (out, errOut string, code int) {
		c := exec.CommandContext(t.Context(), os.Args[0], append([]string{"verify", "--wait-for", "1s"}, args...)...)
		c.Env = append(os.Environ(), programVariable+"=1", "SSL_CERT_FILE="+trusted)
		var o, e bytes.Buffer
		c.Stdout, c.Stderr = &o, &e
		_ = c.Run() // the exit code tells
		return o.String(), e.String(), c.ProcessState.ExitCode()
	}
	for _, args := range [][]string{
		{"--source", secure, "--source-tls", "--target", plain.Addr()},
		{"--source", plain.Addr(), "--target", secure, "--target-tls"},
	} {
		out, errOut, code := verify(certificate, args...)
		if code != exitDone {
			t.Errorf("%v: exit code %d\n%s%s", args, code, out, errOut)
		}
		contains(t, out, "EQUAL: ", "1 and 1 keys")
		out, errOut, code = verify(os.DevNull, args...)
		if code != exitFailed {
			t.Errorf("%v: exit code %d without a certificate\n%s", args, code, out)
		}
		contains(t, errOut, "certificate")
	}
}
