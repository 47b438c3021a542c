package simulator_test

import (
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/redis/go-redis/v9"

	"github.com/cachelift/cachelift/simulator"
)

func TestInMemoryRefuses(t *testing.T) {
	t.Parallel()
	_, err := simulator.New(simulator.Options{Network: simulator.Network{Load: 1}, Nodes: "other"})
	if err == nil || !strings.Contains(err.Error(), "Options.Network") || !strings.Contains(err.Error(), "Options.Nodes") {
		t.Errorf("%v, want both problems", err)
	}
	_, err = simulator.New(simulator.Options{Nodes: simulator.InMemory, Network: simulator.Network{Load: -1}, Dir: "x"})
	if err == nil || !strings.Contains(err.Error(), "Options.Network") || !strings.Contains(err.Error(), "Options.Dir") && !strings.Contains(err.Error(), "Dir and") {
		t.Errorf("%v, want both problems", err)
	}
	sim := newMemorySim(t, fast())
	_, err = sim.StartMemory(simulator.MemoryOptions{
		Address: "a b", Port: -1, Version: "x", Databases: -1, MaxMemory: -1, Keys: -1, Dataset: -1, WriteRate: -1,
	})
	for _, name := range []string{"Address", "Port", "Version", "Databases", "MaxMemory", "Keys", "Dataset", "WriteRate"} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v, want a word about %s", err, name)
		}
	}
	if _, err := sim.StartMemory(simulator.MemoryOptions{Config: map[string]string{"nothing": "1"}}); err == nil {
		t.Error("an unknown parameter is taken")
	}
	newMemory(t, sim, simulator.MemoryOptions{})
	if _, err := sim.StartMemory(simulator.MemoryOptions{}); err == nil {
		t.Error("one address is taken twice")
	}
	if _, err := newSim(t, fast()).StartMemory(simulator.MemoryOptions{}); err == nil {
		t.Error("processes and servers in memory mix")
	}
}

func TestDialContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := newMemorySim(t, fast())
		m := newMemory(t, sim, simulator.MemoryOptions{Address: "redis.internal", Port: 7000})
		var dns *net.DNSError
		if _, err := sim.DialContext(t.Context(), "tcp", "no.such.host:7000"); !errors.As(err, &dns) || !dns.IsNotFound {
			t.Errorf("an unknown name: %v", err)
		}
		for _, addr := range []string{"redis.internal:7001", "10.1.2.3:6379"} {
			if _, err := sim.DialContext(t.Context(), "tcp", addr); !errors.Is(err, syscall.ECONNREFUSED) {
				t.Errorf("%s: %v, want it refused", addr, err)
			}
		}
		c := dial(t, sim, m.Addr())
		if err := c.Ping(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}
		m.Stop()
		m.Stop()
		if err := c.Ping(t.Context()).Err(); err == nil {
			t.Error("a server that was stopped answers")
		}
		if _, err := sim.DialContext(t.Context(), "tcp", m.Addr()); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("a server that was stopped: %v, want it refused", err)
		}
		m.Restart()
		if err := c.Ping(t.Context()).Err(); err != nil {
			t.Errorf("a server that was started again: %v", err)
		}
		if err := errors.Join(sim.Close(), sim.Close()); err != nil {
			t.Error(err)
		}
		if _, err := sim.DialContext(t.Context(), "tcp", m.Addr()); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("after Close: %v, want it refused", err)
		}
		if _, err := sim.StartMemory(simulator.MemoryOptions{Port: 1}); !errors.Is(err, simulator.ErrClosed) {
			t.Errorf("starting after Close: %v, want ErrClosed", err)
		}
	})
}

// TestOrdinaryClient: go-redis as it comes, with version 3 of the protocol.
func TestOrdinaryClient(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := newMemorySim(t, fast())
		m := newMemory(t, sim, simulator.MemoryOptions{Password: "secret"})
		c := redis.NewClient(&redis.Options{Addr: m.Addr(), Dialer: sim.DialContext, Password: "secret", DB: 3, ClientName: "app"})
		defer func() { _ = c.Close() }()
		if err := c.Set(t.Context(), "k", "v", time.Minute).Err(); err != nil {
			t.Fatal(err)
		}
		pause(t, 30*time.Second)
		if left := c.TTL(t.Context(), "k").Val(); left != 30*time.Second {
			t.Errorf("after 30 s of 60 the key has %v left", left)
		}
		pause(t, 31*time.Second)
		if n := c.DBSize(t.Context()).Val(); n != 0 {
			t.Errorf("%d keys after their time", n)
		}
		if got := c.ConfigGet(t.Context(), "databases").Val(); got["databases"] != "16" {
			t.Errorf("CONFIG GET: %v", got)
		}
	})
}

func TestRestartLosesSettings(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := newMemorySim(t, fast())
		m := newMemory(t, sim, simulator.MemoryOptions{Keys: 10})
		c := dial(t, sim, m.Addr())
		before := c.Info(t.Context()).Val()
		if err := errors.Join(c.Set(t.Context(), "k", "v", 0).Err(), c.ConfigSet(t.Context(), "min-replicas-to-write", "1000000").Err()); err != nil {
			t.Fatal(err)
		}
		m.Restart()
		_ = c.Ping(t.Context()) // notices the broken connection
		after := c.Info(t.Context()).Val()
		if field(before, "run_id") == field(after, "run_id") || field(before, "master_replid") == field(after, "master_replid") {
			t.Error("the ids are the same after a restart")
		}
		if n := c.DBSize(t.Context()).Val(); n != 11 {
			t.Errorf("%d keys after a restart, want 11", n)
		}
		if err := c.Set(t.Context(), "k", "w", 0).Err(); err != nil {
			t.Errorf("a setting outlived the restart: %v", err)
		}
	})
}

// TestCallTakesTime: the API answers late, and not at all to who gives up.
func TestCallTakesTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		opts := fast()
		opts.Timing.Call = 83 * time.Millisecond
		sim := newMemorySim(t, opts)
		newGroup(t, sim, simulator.ReplicationGroup{ID: "rg"})
		m := newMemory(t, sim, simulator.MemoryOptions{})
		begun := time.Now()
		if err := describe(t.Context(), newAPI(sim)); err != nil || time.Since(begun) != opts.Timing.Call {
			t.Errorf("a call took %v, %v", time.Since(begun), err)
		}
		ctx, cancel := contextFor(t, 10*time.Millisecond)
		defer cancel()
		begun = time.Now()
		err := start(ctx, newAPI(sim), "rg", m.Endpoint())
		if took := time.Since(begun); !errors.Is(err, ctx.Err()) || took != 10*time.Millisecond {
			t.Errorf("after %v: %v, want the end of the context", took, err)
		}
		calls := sim.Calls()
		if last := calls[len(calls)-1]; !last.Accepted || last.Operation != "StartMigration" {
			t.Errorf("%+v, want it accepted all the same", last)
		}
	})
}

// TestNodesInMemory: names, roles and restrictions of a group's nodes.
func TestNodesInMemory(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		opts := fast()
		opts.Region = "ap-southeast-2"
		sim := newMemorySim(t, opts)
		g := newGroup(t, sim, simulator.ReplicationGroup{ID: "Test-Cluster", Replicas: 2, Engine: "valkey", AuthToken: "", MaxMemory: 1 << 30})
		want := []string{
			"test-cluster.abc123.ng.0001.apse2.cache.amazonaws.com:6379",
			"test-cluster-ro.abc123.ng.0001.apse2.cache.amazonaws.com:6379",
			"test-cluster-001.abc123.0001.apse2.cache.amazonaws.com:6379",
		}
		nodes := g.Nodes()
		for i, got := range []simulator.Endpoint{g.PrimaryEndpoint(), g.ReaderEndpoint(), nodes[0].Endpoint} {
			if got.String() != want[i] {
				t.Errorf("endpoint %s, want %s", got, want[i])
			}
		}
		primary, reader := dial(t, sim, want[0]), dial(t, sim, want[1])
		if err := primary.Set(ctx, "k", "v", 0).Err(); err != nil {
			t.Fatal(err)
		}
		pause(t, 10*time.Millisecond)
		info := primary.Info(ctx).Val()
		if reader.Get(ctx, "k").Val() != "v" || field(info, "connected_slaves") != "2" || field(info, "valkey_version") != "8.0" ||
			field(info, "maxmemory") != "1073741824" || field(reader.Info(ctx).Val(), "role") != "slave" || nodes[0].PID != 0 {
			t.Errorf("the primary says %s", info)
		}
		if err := primary.ConfigGet(ctx, "databases").Err(); err == nil || !strings.HasPrefix(err.Error(), "ERR unknown command") {
			t.Errorf("CONFIG: %v", err)
		}
		if g.AppliedOffset() != -1 {
			t.Errorf("a group that never followed a source has applied %d of it", g.AppliedOffset())
		}
		out, err := newAPI(sim).DescribeReplicationGroups(ctx, nil)
		if err != nil || aws.ToString(out.ReplicationGroups[0].NodeGroups[0].PrimaryEndpoint.Address)+":6379" != want[0] {
			t.Errorf("the API shows %+v, %v", out, err)
		}
	})
}

// TestInRealTime: outside of a bubble.
func TestInRealTime(t *testing.T) {
	t.Parallel()
	r := newTrial(t, simulator.Network{}, simulator.ReplicationGroup{}, simulator.MemoryOptions{
		Keys: 1000, WriteRate: 100_000, Config: map[string]string{"repl-diskless-sync-delay": "0"},
	})
	r.start(t)
	awaitStatus(t, r.group, "migrating")
	if err := r.src.Do(t.Context(), "CLIENT", "PAUSE", 5000, "WRITE").Err(); err != nil {
		t.Fatal(err)
	}
	acknowledged := r.source.AcknowledgedOffset()
	if err := complete(t.Context(), newAPI(r.sim), "rg", nil); err != nil {
		t.Fatal(err)
	}
	awaitStatus(t, r.group, "available")
	if applied := r.group.AppliedOffset(); applied < acknowledged || acknowledged == 0 {
		t.Errorf("applied %d, acknowledged %d", applied, acknowledged)
	}
}

// TestProtectedMode: a client reads why it is refused, whatever it sends.
func TestProtectedMode(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := newMemorySim(t, fast())
		m := newMemory(t, sim, simulator.MemoryOptions{Protected: true})
		conn, err := sim.DialContext(t.Context(), "tcp", m.Addr())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Write([]byte("PING\r\n")); err != nil {
			t.Fatal(err)
		}
		answer, err := io.ReadAll(conn)
		if err != nil || !strings.HasPrefix(string(answer), "-DENIED Redis is running in protected mode") {
			t.Errorf("PING: %q, %v, want DENIED", answer, err)
		}
	})
}
