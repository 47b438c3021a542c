package simulator_test

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cachelift/cachelift/simulator"
)

func TestStartRedis(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	dir := t.TempDir()
	r, err := simulator.StartRedis(ctx, simulator.RedisOptions{Dir: dir, Args: []string{"--databases", "3"}})
	if err != nil {
		t.Fatal(err)
	}
	c := connect(t, r.Addr())
	if got := c.ConfigGet(ctx, "databases").Val()["databases"]; got != "3" {
		t.Errorf("databases %q, want that of Args", got)
	}
	if got := c.ConfigGet(ctx, "save").Val()["save"]; got != "" {
		t.Errorf("save %q, want none", got)
	}
	if r.PID() <= 0 || r.LogFile() != filepath.Join(dir, "redis.log") || r.Addr() != r.Endpoint().String() {
		t.Errorf("pid %d, log %s, address %s", r.PID(), r.LogFile(), r.Addr())
	}
	r.Stop()
	r.Stop()
	select {
	case <-r.Done():
	default:
		t.Error("Done is open after Stop")
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(r.LogFile()); err != nil {
		t.Errorf("the log in the caller's folder is gone: %v", err)
	}
	// The same port again, and a folder that goes with Close.
	again, err := simulator.StartRedis(ctx, simulator.RedisOptions{Port: r.Endpoint().Port})
	if err != nil {
		t.Fatal(err)
	}
	again.Kill()
	if err := errors.Join(again.Close(), again.Close()); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(again.LogFile()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the temporary folder is left: %v", err)
	}
}

func TestStartRedisFails(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	fails := func(ctx context.Context, want string, opts simulator.RedisOptions) {
		t.Helper()
		if r, err := simulator.StartRedis(ctx, opts); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want an error with %q", opts, err, want)
			if r != nil {
				_ = r.Close()
			}
		}
	}
	fails(t.Context(), "install redis-server", simulator.RedisOptions{Server: "no-such-server"})
	fails(t.Context(), "port taken", simulator.RedisOptions{Port: l.Addr().(*net.TCPAddr).Port})
	fails(t.Context(), "no-such-directive", simulator.RedisOptions{Args: []string{"--no-such-directive", "1"}})
	fails(t.Context(), "RedisOptions.Port", simulator.RedisOptions{Port: 70000})
	fails(cancelled, "context canceled", simulator.RedisOptions{})
	fails(t.Context(), "no such file or direc", simulator.RedisOptions{Dir: "/no/such/folder"})
}

// Ports do not collide, however many servers start at once.
func TestStartManyAtOnce(t *testing.T) {
	t.Parallel()
	const servers = 20
	ports := make([]int, servers)
	var starting sync.WaitGroup
	for i := range servers {
		starting.Go(func() {
			r, err := simulator.StartRedis(t.Context(), simulator.RedisOptions{})
			if err != nil {
				t.Error(err)
				return
			}
			ports[i] = r.Endpoint().Port
			t.Cleanup(func() { _ = r.Close() })
		})
	}
	starting.Wait()
	seen := map[int]bool{}
	for _, p := range ports {
		if seen[p] {
			t.Errorf("port %d twice", p)
		}
		seen[p] = true
	}
}

// Close ends every process and answers calls with an error, in the middle of
// whatever is going on.
func TestCloseLeavesNothing(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	sim, err := simulator.New(fast())
	if err != nil {
		t.Fatal(err)
	}
	g := newGroup(t, sim, simulator.ReplicationGroup{ID: "rg"})
	api := newAPI(sim)
	if err := start(ctx, api, "rg", closedPort(t)); err != nil {
		t.Fatal(err)
	}
	creating := make(chan error, 1)
	go func() {
		_, err := sim.CreateReplicationGroup(ctx, simulator.ReplicationGroup{ID: "late"})
		creating <- err
	}()
	begun := time.Now()
	if err := errors.Join(sim.Close(), sim.Close()); err != nil {
		t.Error(err)
	}
	if took := time.Since(begun); took > 4*time.Second {
		t.Errorf("Close took %v", took)
	}
	for _, n := range g.Nodes() {
		if c, err := net.Dial("tcp", n.Endpoint.String()); err == nil {
			_ = c.Close()
			t.Errorf("%s still listens", n.ClusterID)
		}
	}
	<-creating // it may have won or lost; its nodes are gone either way
	wantCode(t, describe(ctx, api), "ServiceUnavailable")
	if _, err := sim.CreateReplicationGroup(ctx, simulator.ReplicationGroup{ID: "after"}); !errors.Is(err, simulator.ErrClosed) {
		t.Errorf("creating after Close: %v, want ErrClosed", err)
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	_, err := simulator.New(simulator.Options{RedisServer: "no-such-server", Dir: "/no/such/folder"})
	if err == nil || !strings.Contains(err.Error(), "install redis-server") || !strings.Contains(err.Error(), "Options.Dir") {
		t.Errorf("%v, want both problems", err)
	}
}
