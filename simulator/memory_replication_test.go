package simulator_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/redis/go-redis/v9"

	"github.com/cachelift/cachelift/simulator"
)

func contextFor(t *testing.T, d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(t.Context(), d)
}

// trial is a group and a source that are about to replicate.
type trial struct {
	sim    *simulator.Sim
	group  *simulator.Group
	source *simulator.Memory
	src    *redis.Client
	target *redis.Client
}

func newTrial(t *testing.T, network simulator.Network, spec simulator.ReplicationGroup, o simulator.MemoryOptions) trial {
	t.Helper()
	opts := fast()
	opts.Network = network
	sim := newMemorySim(t, opts)
	spec.ID = "rg"
	g, m := newGroup(t, sim, spec), newMemory(t, sim, o)
	return trial{sim, g, m, dial(t, sim, m.Addr()), dial(t, sim, g.PrimaryEndpoint().String())}
}

func (r trial) start(t *testing.T) {
	t.Helper()
	if err := start(t.Context(), newAPI(r.sim), "rg", r.source.Endpoint()); err != nil {
		t.Fatal(err)
	}
}

// offsets returns master_repl_offset of the source and slave_repl_offset of the target.
func (r trial) offsets(t *testing.T) (source, target int64) {
	t.Helper()
	_, err1 := fmt.Sscan(field(r.src.Info(t.Context()).Val(), "master_repl_offset"), &source)
	_, err2 := fmt.Sscan(field(r.target.Info(t.Context()).Val(), "slave_repl_offset"), &target)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	return source, target
}

// TestFailedStarts: what makes a start fail shows on both ends, and the service
// gives up.
func TestFailedStarts(t *testing.T) {
	t.Parallel()
	const failed, rejected = "Migration operation failed for replication group rg.", "invalid RDB received"
	for _, row := range []struct {
		why    string
		source simulator.MemoryOptions
		spec   simulator.ReplicationGroup
		event  string
		syncs  bool // the source counts full syncs
	}{
		{why: "password", source: simulator.MemoryOptions{Password: "secret"}, event: failed},
		{why: "protected mode", source: simulator.MemoryOptions{Protected: true}, event: failed},
		{why: "newer format", source: simulator.MemoryOptions{Version: "7.2.4"}, event: rejected, syncs: true},
		{why: "too many databases", source: simulator.MemoryOptions{Databases: 32}, event: failed, syncs: true},
	} {
		t.Run(row.why, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newTrial(t, simulator.Network{}, row.spec, row.source)
				if row.source.Databases == 32 {
					if err := r.src.Do(t.Context(), "SELECT", "20").Err(); err != nil {
						t.Fatal(err)
					}
					if err := r.src.Set(t.Context(), "k", "v", 0).Err(); err != nil {
						t.Fatal(err)
					}
				}
				r.start(t)
				awaitStatus(t, r.group, "available")
				if got := groupEvents(t, newAPI(r.sim), "rg"); !hasEvent(got[:1], row.event) {
					t.Errorf("events %q, want %q", got, row.event)
				}
				if err := r.target.Set(t.Context(), "k", "v", 0).Err(); err != nil {
					_ = r.target.Ping(t.Context())
					if err := r.target.Set(t.Context(), "k", "v", 0).Err(); err != nil {
						t.Errorf("the target refuses writes afterwards: %v", err)
					}
				}
				if syncs := field(r.src.Info(t.Context()).Val(), "sync_full"); row.syncs && (syncs == "0" || syncs == "") {
					t.Errorf("sync_full is %q", syncs)
				}
			})
		})
	}
}

// TestNotConverging: a source that writes faster than the target applies.
func TestNotConverging(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newTrial(t, simulator.Network{Apply: 1_000_000}, simulator.ReplicationGroup{}, simulator.MemoryOptions{WriteRate: 3_000_000})
		r.start(t)
		awaitStatus(t, r.group, "migrating")
		pause(t, time.Minute)
		s, d := r.offsets(t)
		if lag := s - d; lag < 110_000_000 || lag > 150_000_000 {
			t.Errorf("after a minute the lag is %d, want two thirds of 180 MB", lag)
		}
		r.source.SetWriteRate(500_000)
		pause(t, 5*time.Minute)
		s, d = r.offsets(t)
		if lag := s - d; lag < -2000 || lag > 2000 { // asked one after the other
			t.Errorf("the lag is still %d", lag)
		}
	})
}

// TestLinkThatBreaks: with a backlog that reaches it costs nothing, else a full sync.
func TestLinkThatBreaks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		r := newTrial(t, simulator.Network{}, simulator.ReplicationGroup{Replicas: 1}, simulator.MemoryOptions{WriteRate: 10_000})
		r.start(t)
		awaitStatus(t, r.group, "migrating")
		counts := func() string {
			info := r.src.Info(ctx).Val()
			return field(info, "sync_full") + field(info, "sync_partial_ok") + field(info, "sync_partial_err")
		}
		if got := counts(); got != "101" {
			t.Errorf("full, partial ok, partial err: %s, want 101", got)
		}
		r.source.CutLinks(20 * time.Second)
		pause(t, 10*time.Second)
		info := r.target.Info(ctx).Val()
		if field(info, "master_link_status") != "down" || field(info, "master_link_down_since_seconds") != "10" || field(r.src.Info(ctx).Val(), "connected_slaves") != "0" {
			t.Errorf("while the link is down the target says %s", info)
		}
		if err := r.src.Set(ctx, "meanwhile", "v", 0).Err(); err != nil {
			t.Fatal(err)
		}
		pause(t, 12*time.Second)
		if got := counts(); got != "111" || r.target.Get(ctx, "meanwhile").Val() != "v" {
			t.Errorf("full, partial ok, partial err: %s, want 111, and the key %q", got, r.target.Get(ctx, "meanwhile").Val())
		}
		r.source.CutLinks(5 * time.Minute) // 3 MB into a backlog of 1 MB
		pause(t, 6*time.Minute)
		reader := dial(t, r.sim, r.group.ReaderEndpoint().String())
		if got := counts(); got != "212" || r.target.Get(ctx, "meanwhile").Val() != "v" || reader.Get(ctx, "meanwhile").Val() != "v" {
			t.Errorf("full, partial ok, partial err: %s, want 212", got)
		}
		// Group and source share a history until the promotion.
		if err := complete(ctx, newAPI(r.sim), "rg", aws.Bool(true)); err != nil {
			t.Fatal(err)
		}
		awaitStatus(t, r.group, "available")
		s, d := r.src.Info(ctx).Val(), r.target.Info(ctx).Val()
		if field(d, "master_replid2") != field(s, "master_replid") || field(d, "second_repl_offset") != fmt.Sprint(r.group.AppliedOffset()+1) {
			t.Errorf("the promoted node says %s", d)
		}
		if err := r.target.Set(ctx, "own", "v", 0).Err(); err != nil {
			t.Error(err)
		}
		pause(t, time.Second)
		if got := reader.Get(ctx, "own").Val(); got != "v" {
			t.Errorf("the replica has %q", got)
		}
	})
}

// TestFencesStopTheLoad: the model's own writers obey pause and min-replicas.
func TestFencesStopTheLoad(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		r := newTrial(t, simulator.Network{}, simulator.ReplicationGroup{}, simulator.MemoryOptions{WriteRate: 1_000_000})
		r.start(t)
		awaitStatus(t, r.group, "migrating")
		grows := func() bool {
			before := r.source.AcknowledgedOffset()
			pause(t, 30*time.Second)
			return r.source.AcknowledgedOffset() > before+900_000
		}
		if !grows() {
			t.Error("the load does not write")
		}
		if err := r.src.Do(ctx, "CLIENT", "PAUSE", 60_000, "WRITE").Err(); err != nil || grows() {
			t.Errorf("paused, %v, and it writes", err)
		}
		if source, _ := r.offsets(t); source <= r.source.AcknowledgedOffset() || source != r.source.Offset() {
			t.Errorf("offset %d, acknowledged %d: PINGs should have moved the first alone", source, r.source.AcknowledgedOffset())
		}
		if err := r.src.ConfigSet(ctx, "min-replicas-to-write", "1000000").Err(); err != nil || grows() {
			t.Errorf("fenced, %v, and it writes", err)
		}
		if err := r.src.Do(ctx, "CLIENT", "UNPAUSE").Err(); err != nil || grows() {
			t.Errorf("fenced without a pause, %v, and it writes", err)
		}
		if err := r.src.ConfigSet(ctx, "min-replicas-max-lag", "0").Err(); err != nil || !grows() {
			t.Errorf("the fence is switched off, %v, and it does not write", err)
		}
	})
}

// TestParkedWriteIsWithdrawn: a client that goes away takes its write with it,
// and those that stay are served in the order of their coming.
func TestParkedWriteIsWithdrawn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := newMemorySim(t, fast())
		m := newMemory(t, sim, simulator.MemoryOptions{})
		c := dial(t, sim, m.Addr())
		if err := c.Do(t.Context(), "CLIENT", "PAUSE", 5000, "WRITE").Err(); err != nil {
			t.Fatal(err)
		}
		done := make(chan error, 3)
		for i := range 3 {
			go func() {
				ctx, cancel := contextFor(t, 10*time.Second)
				if i == 1 {
					ctx, cancel = contextFor(t, time.Second)
				}
				defer cancel()
				done <- dial(t, sim, m.Addr()).Append(ctx, "k", fmt.Sprint(i)).Err()
			}()
			pause(t, 10*time.Millisecond)
		}
		if err := <-done; !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("the impatient client got %v", err)
		}
		if got := field(c.Info(t.Context()).Val(), "blocked_clients"); got != "2" {
			t.Errorf("%s clients wait, want 2", got)
		}
		if err := errors.Join(<-done, <-done); err != nil {
			t.Error(err)
		}
		if got := c.Get(t.Context(), "k").Val(); got != "02" {
			t.Errorf("written %q, want 02", got)
		}
	})
}

// TestFaultsInMemory: the control plane's faults need no processes.
func TestFaultsInMemory(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newTrial(t, simulator.Network{Transfer: 1000}, simulator.ReplicationGroup{}, simulator.MemoryOptions{Keys: 10, Dataset: 10_000})
		for _, f := range []simulator.Fault{
			{Kind: simulator.FaultRejectedRDB, Count: 1}, {Kind: simulator.FaultPromotionFails, Count: 1}, {Kind: simulator.FaultPromotionSlow, Delay: 30 * time.Minute, Count: 1},
		} {
			if _, err := r.sim.Inject(f); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := newAPI(r.sim).TestMigration(t.Context(), testInput("rg", r.source.Endpoint())); err != nil {
			t.Fatal(err)
		}
		awaitStatus(t, r.group, "available")
		r.start(t)
		awaitStatus(t, r.group, "available")
		r.start(t)
		awaitStatus(t, r.group, "migrating")
		begun := time.Now()
		for range 2 {
			if err := complete(t.Context(), newAPI(r.sim), "rg", nil); err != nil {
				t.Fatal(err)
			}
			pause(t, time.Second)
			for r.group.Status() == "modifying" {
				pause(t, time.Minute)
			}
		}
		if took := time.Since(begun); r.group.Status() != "available" || took < 30*time.Minute || took > time.Hour {
			t.Errorf("the group is %s after %v", r.group.Status(), took)
		}
		events := strings.Join(groupEvents(t, newAPI(r.sim), "rg"), "\n")
		for _, part := range []string{"Test migration successful", "invalid RDB", "Complete Migration failed", "Complete Migration successful"} {
			if !strings.Contains(events, part) {
				t.Errorf("no event %q in:\n%s", part, events)
			}
		}
	})
}
