package simulator_test

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/cachelift/cachelift/simulator"
)

// foreignSource plays a source whose snapshot has a format that no node can
// read. It speaks as much of the protocol as a replica needs to get there.
func foreignSource(t *testing.T) simulator.Endpoint {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	serve := func(c net.Conn) {
		defer func() { _ = c.Close() }()
		in := bufio.NewScanner(c)
		for in.Scan() {
			switch strings.ToUpper(strings.TrimSpace(in.Text())) {
			case "PING":
				_, _ = fmt.Fprint(c, "+PONG\r\n")
			case "REPLCONF":
				_, _ = fmt.Fprint(c, "+OK\r\n")
			case "PSYNC":
				rdb := "REDIS0099" + strings.Repeat("\xff", 32)
				_, _ = fmt.Fprintf(c, "+FULLRESYNC %s 0\r\n$%d\r\n%s", strings.Repeat("a", 40), len(rdb), rdb)
			}
		}
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go serve(c)
		}
	}()
	addr := l.Addr().(*net.TCPAddr)
	return simulator.Endpoint{Address: addr.IP.String(), Port: addr.Port}
}

func TestFailedStart(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		source func(t *testing.T) simulator.Endpoint
		event  string
	}{
		"closed port":   {closedPort, "Migration operation failed for replication group rg."},
		"AUTH required": {func(t *testing.T) simulator.Endpoint { return newSource(t, "--requirepass", "secret").Endpoint() }, "Migration operation failed for replication group rg."},
		"newer format":  {foreignSource, "Migration operation failed for replication group rg because of invalid RDB received"},
		"more databases than the node has": {func(t *testing.T) simulator.Endpoint {
			r := newSource(t, "--databases", "40")
			if err := connect(t, r.Addr()).Do(t.Context(), "SELECT", "39").Err(); err != nil {
				t.Fatal(err)
			}
			pipe := connect(t, r.Addr()).Pipeline()
			pipe.Do(t.Context(), "SELECT", "39")
			pipe.Set(t.Context(), "key", 1, 0)
			if _, err := pipe.Exec(t.Context()); err != nil {
				t.Fatal(err)
			}
			return r.Endpoint()
		}, "Migration operation failed for replication group rg."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := t.Context()
			sim := newSim(t, fast())
			g := newGroup(t, sim, simulator.ReplicationGroup{ID: "rg", MultiAZ: simulator.Disabled})
			api := newAPI(sim)
			if err := start(ctx, api, "rg", tc.source(t)); err != nil {
				t.Fatalf("a source that turns out bad is accepted at first: %v", err)
			}
			awaitStatus(t, g, "available")
			got := groupEvents(t, api, "rg")
			if len(got) != 2 || got[0] != tc.event {
				t.Errorf("events %q, want the start and %q", got, tc.event)
			}
			if err := connect(t, g.PrimaryEndpoint().String()).Set(ctx, "k", 1, 0).Err(); err != nil {
				t.Errorf("the group does not take writes again: %v", err)
			}
			wantCode(t, complete(ctx, api, "rg", nil), "ReplicationGroupNotUnderMigrationFault")
		})
	}
}

func TestCompleteNotInSync(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	sim := newSim(t, fast())
	g := newGroup(t, sim, simulator.ReplicationGroup{ID: "rg"})
	api := newAPI(sim)
	source := newSource(t)
	if err := connect(t, source.Addr()).Set(ctx, "k", "v", 0).Err(); err != nil {
		t.Fatal(err)
	}
	if err := start(ctx, api, "rg", source.Endpoint()); err != nil {
		t.Fatal(err)
	}
	awaitStatus(t, g, "migrating")
	source.Kill()
	primary := connect(t, g.PrimaryEndpoint().String())
	eventually(t, "the link is down", func() bool {
		return strings.Contains(primary.Info(ctx, "replication").Val(), "master_link_status:down")
	})
	if err := complete(ctx, api, "rg", nil); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the refusal's event", func() bool {
		return hasEvent(groupEvents(t, api, "rg"), "Complete Migration failed for rg: data is not in sync")
	})
	if got := g.Status(); got != "migrating" {
		t.Errorf("status %q after the refusal, want migrating", got)
	}
	if v := primary.Get(ctx, "k").Val(); v != "v" {
		t.Errorf("the group does not serve reads: %q", v)
	}
	if err := complete(ctx, api, "rg", aws.Bool(true)); err != nil {
		t.Fatal(err)
	}
	awaitStatus(t, g, "available")
	if err := primary.Set(ctx, "k", "w", 0).Err(); err != nil {
		t.Errorf("a write after Force: %v", err)
	}
	if got := groupEvents(t, api, "rg"); got[0] != "Complete Migration successful for rg" {
		t.Errorf("events %q, want the newest to report the completion", got)
	}
}

// Force while the start is under way takes its place.
func TestForceDuringStart(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	opts := fast()
	opts.Timing.AttemptTimeout = time.Minute // would try for minutes
	opts.Timing.Settle = 2 * time.Second     // the second Force meets the first
	sim := newSim(t, opts)
	g := newGroup(t, sim, simulator.ReplicationGroup{ID: "rg", MultiAZ: simulator.Disabled})
	api := newAPI(sim)
	if err := start(ctx, api, "rg", closedPort(t)); err != nil {
		t.Fatal(err)
	}
	wantCode(t, complete(ctx, api, "rg", nil), "InvalidReplicationGroupState")
	primary := connect(t, g.PrimaryEndpoint().String())
	eventually(t, "the primary has turned to the source", func() bool {
		return strings.Contains(primary.Info(ctx, "replication").Val(), "role:slave")
	})
	if err := complete(ctx, api, "rg", aws.Bool(true)); err != nil {
		t.Fatal(err)
	}
	wantCode(t, complete(ctx, api, "rg", aws.Bool(true)), "InvalidReplicationGroupState")
	awaitStatus(t, g, "available")
	if err := primary.Set(ctx, "k", 1, 0).Err(); err != nil {
		t.Errorf("a write after Force: %v", err)
	}
}

func TestTestMigration(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	opts := fast()
	opts.Messages.TestFailed = "no luck with {id}: {reason}"
	sim := newSim(t, opts)
	g := newGroup(t, sim, simulator.ReplicationGroup{ID: "rg", MultiAZ: simulator.Disabled})
	api := newAPI(sim)
	good, locked := newSource(t), newSource(t, "--requirepass", "secret")
	for _, tc := range []struct {
		source simulator.Endpoint
		event  string
	}{
		{good.Endpoint(), "Test migration successful for replication group rg"},
		{locked.Endpoint(), "no luck with rg: " + locked.Addr() + ` answers PING with "NOAUTH Authentication required."`},
		{closedPort(t), "no luck with rg: cannot connect to "},
	} {
		out, err := api.TestMigration(ctx, testInput("rg", tc.source))
		if err != nil {
			t.Fatal(err)
		}
		if got := aws.ToString(out.ReplicationGroup.Status); got != "modifying" {
			t.Errorf("TestMigration answers status %q, want modifying", got)
		}
		awaitStatus(t, g, "available")
		if got := groupEvents(t, api, "rg"); len(got) == 0 || !strings.HasPrefix(got[0], tc.event) {
			t.Errorf("events %q, want the newest to begin with %q", got, tc.event)
		}
	}
	if log, err := good.Log(); err != nil || strings.Contains(log, "asks for synchronization") {
		t.Errorf("TestMigration asked the source for its data, %v", err)
	}
}

func TestNothingElseBeginsDuringTestMigration(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	opts := fast()
	opts.Timing.Test = time.Hour // the refusals below meet it under way
	sim := newSim(t, opts)
	newGroup(t, sim, simulator.ReplicationGroup{ID: "rg", MultiAZ: simulator.Disabled})
	api, source := newAPI(sim), closedPort(t)
	if _, err := api.TestMigration(ctx, testInput("rg", source)); err != nil {
		t.Fatal(err)
	}
	wantCode(t, start(ctx, api, "rg", source), "InvalidReplicationGroupState")
	wantCode(t, complete(ctx, api, "rg", nil), "ReplicationGroupNotUnderMigrationFault")
}
