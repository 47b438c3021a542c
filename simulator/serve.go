package simulator

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// shutdownGrace is how long calls under way may take when serving ends.
const shutdownGrace = 5 * time.Second

// ListenAndServe serves the API on a TCP address until ctx is done, and then
// ends in order and returns nil. Any AWS client reaches it by its endpoint
// URL setting, over plain HTTP. The address should be a loopback one: anybody
// who reaches it can use it.
func (s *Sim) ListenAndServe(ctx context.Context, addr string) error {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("simulator: listening on %s: %w", addr, err)
	}
	return s.Serve(ctx, l)
}

// Serve is [Sim.ListenAndServe] on a listener, which it closes.
func (s *Sim) Serve(ctx context.Context, l net.Listener) error {
	// Connections on which nothing was asked yet: Shutdown would wait for them.
	var unused sync.Map
	server := &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second, ConnState: func(c net.Conn, state http.ConnState) {
		if state == http.StateNew {
			unused.Store(c, nil)
		} else {
			unused.Delete(c)
		}
	}}
	ended := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownGrace)
		defer cancel()
		unused.Range(func(c, _ any) bool {
			_ = c.(net.Conn).Close() // there is nothing to lose
			return true
		})
		err := server.Shutdown(grace)
		if err != nil {
			err = errors.Join(err, server.Close())
		}
		ended <- err
	})
	err := server.Serve(l)
	if stop() { // ctx goes on: serving failed by itself
		return fmt.Errorf("simulator: serving on %s: %w", l.Addr(), err)
	}
	return <-ended
}
