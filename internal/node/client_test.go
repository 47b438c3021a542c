package node_test

import (
	"context"
	"errors"
	"net"
	"syscall"
	"testing"
	"time"

	"github.com/cachelift/cachelift/internal/node"
)

// A client for a host's own commands: it connects when it is used, tells why it
// could not, and is of use again as soon as the server is.
func TestNewClient(t *testing.T) {
	t.Parallel()
	server := startRedis(t)
	if err := application(t, server.Addr()).ConfigSet(t.Context(), "requirepass", "hush-hush").Err(); err != nil {
		t.Fatal(err)
	}
	up := false
	client := node.NewClient(node.Config{
		Address: server.Addr(), Password: password("hush-hush"), Timeout: 5 * time.Second,
		Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			if !up {
				return nil, &net.OpError{Op: "dial", Net: network, Err: syscall.ECONNREFUSED}
			}
			return (&net.Dialer{}).DialContext(ctx, network, address)
		},
	})
	defer client.Close()
	for range 3 { // go-redis would answer from memory after a while
		if err := client.Set(t.Context(), "k", "v", 0).Err(); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Fatalf("the server is down: %v", err)
		}
	}
	up = true
	if err := client.Set(t.Context(), "k", "v", 0).Err(); err != nil {
		t.Fatalf("the first command after it came back: %v", err)
	}
	if got, err := client.Get(t.Context(), "k").Result(); got != "v" || err != nil {
		t.Errorf("read %q, %v", got, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := client.Get(ctx, "k").Err(); !errors.Is(err, context.Canceled) {
		t.Errorf("with a cancelled context: %v", err)
	}
}
