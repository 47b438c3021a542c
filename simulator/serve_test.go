package simulator_test

import (
	"context"
	"net"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
)

func TestServeEnds(t *testing.T) {
	t.Parallel()
	sim := newSim(t, fast())
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	if err := sim.ListenAndServe(t.Context(), addr); err == nil || !strings.Contains(err.Error(), addr) {
		t.Errorf("listening on a taken address: %v, want an error that names it", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- sim.Serve(ctx, l) }()
	cfg := sim.Config()
	cfg.HTTPClient, cfg.BaseEndpoint = nil, aws.String("http://"+addr)
	if err := describe(ctx, elasticache.NewFromConfig(cfg)); err != nil {
		t.Errorf("a call over HTTP: %v", err)
	}
	unused, err := net.Dial("tcp", addr) // as clients that call in parallel leave them
	if err != nil {
		t.Fatal(err)
	}
	defer unused.Close()
	if err := describe(ctx, elasticache.NewFromConfig(cfg)); err != nil { // the server has accepted it by now
		t.Errorf("another call over HTTP: %v", err)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("Serve ended with %v, want nil at the end of its context", err)
	}
	if err := sim.Serve(t.Context(), l); err == nil {
		t.Error("Serve on a closed listener returned nil")
	}
}
