package memory

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Dial connects to a server by one of its names. It takes a round trip.
func (w *World) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	fail := func(err error) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Net: network, Addr: address(addr), Err: err}
	}
	timer := time.NewTimer(w.figures.RoundTrip)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
		return fail(ctx.Err())
	}
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fail(err)
	}
	w.lock()
	s, known := w.names[addr], w.hosts[host]
	var d *door
	var denied bool
	if s != nil {
		d, denied = s.door, s.refusesConnections()
	}
	w.dials++
	from := address(fmt.Sprintf("10.0.200.1:%d", 20000+w.dials%40000))
	w.mu.Unlock()
	switch {
	case d == nil && !known && net.ParseIP(host) == nil:
		return fail(&net.DNSError{Err: "no such host", Name: host, IsNotFound: true})
	case d == nil:
		return fail(os.NewSyscallError("connect", syscall.ECONNREFUSED))
	}
	client, server := newPair(from, address(addr))
	if denied {
		_, _ = io.WriteString(server, "-"+string(errDenied)+"\r\n")
		_ = server.Close()
		return client, nil
	}
	select {
	case d.incoming <- server:
		return client, nil
	case <-d.closed:
		return fail(os.NewSyscallError("connect", syscall.ECONNREFUSED))
	case <-ctx.Done():
		return fail(ctx.Err())
	}
}

// Lookup returns the addresses of the servers that have the name; an address
// stands for itself.
func (w *World) Lookup(host string) ([]string, error) {
	w.lock()
	defer w.mu.Unlock()
	var found []string
	for _, s := range w.servers {
		if strings.EqualFold(s.spec.Host, host) && !slices.Contains(found, s.spec.IP) {
			found = append(found, s.spec.IP)
		}
	}
	switch {
	case net.ParseIP(host) != nil:
		return []string{host}, nil
	case len(found) == 0:
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	return found, nil
}
