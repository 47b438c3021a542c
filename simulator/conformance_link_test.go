package simulator_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

// slowLink makes a place of which a server is reached at the rate of the links
// in memory. Loopback is too fast to look at a transfer.
func (l *lab) slowLink(name, server string) error {
	to := l.endpoint(server)
	if !l.real {
		l.places = append(l.places, name, to.Address, fmt.Sprint(to.Port))
		return nil
	}
	listener, err := new(net.ListenConfig).Listen(l.t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(l.t.Context()))
	var running sync.WaitGroup
	l.t.Cleanup(func() {
		cancel()
		_ = listener.Close()
		running.Wait()
	})
	running.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			running.Go(func() { forward(ctx, conn, to.String()) })
		}
	})
	port := listener.Addr().(*net.TCPAddr).Port
	l.places = append(l.places, name, "127.0.0.1", fmt.Sprint(port))
	return nil
}

// forward joins a connection with another one until either ends.
func forward(ctx context.Context, down net.Conn, address string) {
	up, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		_ = down.Close()
		return
	}
	stop := context.AfterFunc(ctx, func() { _, _ = up.Close(), down.Close() })
	defer stop()
	var both sync.WaitGroup
	both.Go(func() {
		_, _ = io.Copy(up, down)
		_, _ = up.Close(), down.Close()
	})
	both.Go(func() {
		slowCopy(ctx, down, up)
		_, _ = up.Close(), down.Close()
	})
	both.Wait()
}

// slowCopy copies at wireRate, in small parts, until either end or ctx is done.
func slowCopy(ctx context.Context, to io.Writer, from io.Reader) {
	part := make([]byte, 6<<10)
	for {
		n, err := from.Read(part)
		if err != nil {
			return
		}
		if _, err := to.Write(part[:n]); err != nil {
			return
		}
		wait := time.NewTimer(time.Duration(n) * time.Second / wireRate)
		select {
		case <-wait.C:
		case <-ctx.Done():
			wait.Stop()
			return
		}
	}
}
