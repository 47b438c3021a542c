package simulator_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/redis/go-redis/v9"

	"github.com/cachelift/cachelift/simulator"
)

// writeUntil writes numbered keys until stop and returns how many were acknowledged.
func writeUntil(t *testing.T, c *redis.Client, stop <-chan struct{}, count *atomic.Int64) {
	for {
		select {
		case <-stop:
			return
		default:
		}
		n := count.Load()
		if err := c.Set(t.Context(), fmt.Sprintf("live:%d", n), n, 0).Err(); err != nil {
			t.Errorf("writing to the source: %v", err)
			return
		}
		count.Add(1)
	}
}

func TestMigrationWithWriters(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	sim := newSim(t, fast())
	g := newGroup(t, sim, simulator.ReplicationGroup{ID: "Test-Cluster"})
	api := newAPI(sim)
	source := newSource(t)
	src, primary, replica := connect(t, source.Addr()), connect(t, g.PrimaryEndpoint().String()), connect(t, g.ReaderEndpoint().String())
	if err := primary.Set(ctx, "before", 1, 0).Err(); err != nil {
		t.Fatalf("an idle group refuses a write: %v", err)
	}
	pipe := src.Pipeline()
	for i := range 5000 {
		pipe.HSet(ctx, fmt.Sprintf("hash:%d", i), "field", strings.Repeat("x", 100))
	}
	if _, err := pipe.Exec(ctx); err != nil {
		t.Fatal(err)
	}

	var written atomic.Int64
	stop := make(chan struct{})
	var writers sync.WaitGroup
	writers.Go(func() { writeUntil(t, src, stop, &written) })
	out, err := api.StartMigration(ctx, &elasticache.StartMigrationInput{
		ReplicationGroupId: aws.String("TEST-cluster"), CustomerNodeEndpointList: endpoints(source.Endpoint()),
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := aws.ToString(out.ReplicationGroup.Status); got != "modifying" {
		t.Errorf("StartMigration answers status %q, want modifying", got)
	}
	wantCode(t, start(ctx, api, "test-cluster", source.Endpoint()), "ReplicationGroupAlreadyUnderMigrationFault")
	awaitStatus(t, g, "migrating")
	if err := primary.Set(ctx, "refused", 1, 0).Err(); err == nil || !strings.HasPrefix(err.Error(), "READONLY") {
		t.Errorf("a write while migrating: %v, want READONLY", err)
	}
	if n, err := primary.Exists(ctx, "before").Result(); err != nil || n != 0 {
		t.Errorf("what the target held before: exists %d, %v, want it gone", n, err)
	}
	at := written.Load()
	eventually(t, "writers go on", func() bool { return written.Load() > at+100 })
	close(stop)
	writers.Wait()
	size, err := src.DBSize(ctx).Result()
	if err != nil || size != 5000+written.Load() {
		t.Fatalf("source holds %d keys, %v, want %d", size, err, 5000+written.Load())
	}
	for name, node := range map[string]*redis.Client{"primary": primary, "replica": replica} {
		eventually(t, "all keys on the "+name, func() bool { return node.DBSize(ctx).Val() == size })
	}

	if err := complete(ctx, api, "test-cluster", nil); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the primary is promoted", func() bool { return strings.Contains(primary.Info(ctx, "replication").Val(), "role:master") })
	awaitStatus(t, g, "available")
	if err := primary.Set(ctx, "after", "done", 0).Err(); err != nil {
		t.Errorf("a write after the migration: %v", err)
	}
	eventually(t, "the replica follows the new primary", func() bool { return replica.Get(ctx, "after").Val() == "done" })
	if err := src.Set(ctx, "late", 1, 0).Err(); err != nil {
		t.Fatal(err)
	}
	if n := primary.Exists(ctx, "late").Val(); n != 0 {
		t.Error("the promoted group still replicates")
	}
	want := []string{
		"Complete Migration successful for test-cluster",
		fmt.Sprintf("Starting migration operation for target cluster test-cluster with source cluster endpoint 127.0.0.1 and port %d", source.Endpoint().Port),
	}
	if got := groupEvents(t, api, "test-cluster"); !slices.Equal(got, want) {
		t.Errorf("events %q, want %q", got, want)
	}
	wantCode(t, complete(ctx, api, "test-cluster", nil), "ReplicationGroupNotUnderMigrationFault")
}

// A second migration has to work like the first: the promoted primary turns to
// another source, and its replica keeps following it.
func TestMigrateTwice(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	sim := newSim(t, fast())
	g := newGroup(t, sim, simulator.ReplicationGroup{ID: "twice"})
	api := newAPI(sim)
	replica := connect(t, g.ReaderEndpoint().String())
	for _, key := range []string{"first", "second"} {
		source := newSource(t)
		if err := connect(t, source.Addr()).Set(ctx, key, 1, 0).Err(); err != nil {
			t.Fatal(err)
		}
		if err := start(ctx, api, g.ID(), source.Endpoint()); err != nil {
			t.Fatal(err)
		}
		awaitStatus(t, g, "migrating")
		eventually(t, key+" on the replica", func() bool { return replica.Exists(ctx, key).Val() == 1 })
		if err := complete(ctx, api, g.ID(), aws.Bool(false)); err != nil {
			t.Fatal(err)
		}
		awaitStatus(t, g, "available")
	}
	if n := replica.DBSize(ctx).Val(); n != 1 {
		t.Errorf("the replica holds %d keys, want those of the second source alone", n)
	}
}

// A source that waits before its snapshot, as Redis 7 does by default, sends
// nothing for longer than an attempt may stand still, and yet is not stuck.
func TestSlowSnapshotIsNotAFailure(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	sim := newSim(t, fast())
	g := newGroup(t, sim, simulator.ReplicationGroup{ID: "slow", MultiAZ: simulator.Disabled})
	api := newAPI(sim)
	source := newSource(t, "--repl-diskless-sync-delay", "2")
	if err := start(ctx, api, g.ID(), source.Endpoint()); err != nil {
		t.Fatal(err)
	}
	awaitStatus(t, g, "migrating")
	if got := groupEvents(t, api, g.ID()); len(got) != 1 {
		t.Errorf("events %q, want the start alone", got)
	}
	if log, err := source.Log(); err != nil || strings.Count(log, "asks for synchronization") != 1 {
		t.Errorf("the primary did not connect exactly once, %v:\n%s", err, log)
	}
}
