package simulator_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/cachelift/cachelift/simulator"
)

// newMemorySim returns a simulator of servers in memory, which ends with the test.
func newMemorySim(t *testing.T, opts simulator.Options) *simulator.Sim {
	t.Helper()
	opts.Nodes = simulator.InMemory
	return newSim(t, opts)
}

func newMemory(t *testing.T, sim *simulator.Sim, o simulator.MemoryOptions) *simulator.Memory {
	t.Helper()
	m, err := sim.StartMemory(o)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// dial returns a client of a server in memory.
func dial(t *testing.T, sim *simulator.Sim, addr string) *redis.Client {
	t.Helper()
	c := redis.NewClient(&redis.Options{
		Addr: addr, Dialer: sim.DialContext, Protocol: 2, DisableIdentity: true, MaxRetries: -1, ContextTimeoutEnabled: true,
		// Else go-redis looks up the name by the system's resolver.
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled, EndpointType: maintnotifications.EndpointTypeNone},
	})
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// TestSixHours is a migration with a full sync of 40 minutes, by the real SDK
// and the real go-redis, in virtual time.
func TestSixHours(t *testing.T) {
	t.Parallel()
	begun := time.Now()
	var first, second []string
	synctest.Test(t, func(t *testing.T) { first = sixHours(t) })
	synctest.Test(t, func(t *testing.T) { second = sixHours(t) })
	t.Logf("twice six hours took %v", time.Since(begun))
	for i := range max(len(first), len(second)) {
		if i >= len(first) || i >= len(second) || first[i] != second[i] {
			t.Fatalf("two runs differ at look %d:\n%q\n%q", i, first[min(i, len(first)):], second[min(i, len(second)):])
		}
	}
}

func sixHours(t *testing.T) (looks []string) {
	ctx := t.Context()
	// 180 GB at 100 MB/s take 30 minutes, at 300 MB/s another 10.
	sim := newMemorySim(t, simulator.Options{Network: simulator.Network{Transfer: 100_000_000, Load: 300_000_000, Apply: 20_000_000}})
	g := newGroup(t, sim, simulator.ReplicationGroup{ID: "test-cluster", MaxMemory: 400_000_000_000})
	source := newMemory(t, sim, simulator.MemoryOptions{Keys: 1_000_000_000, Dataset: 180_000_000_000, WriteRate: 1_000_000})
	api, src, target := newAPI(sim), dial(t, sim, source.Addr()), dial(t, sim, g.PrimaryEndpoint().String())
	if err := start(ctx, api, "test-cluster", source.Endpoint()); err != nil {
		t.Fatal(err)
	}
	begun, synced := time.Now(), time.Duration(0)
	for g.Status() != "migrating" {
		looks = append(looks, look(t, begun, g, src, target))
		pause(t, 10*time.Second)
		if time.Since(begun) > time.Hour {
			t.Fatal(looks)
		}
	}
	if synced = time.Since(begun); synced < 40*time.Minute || synced > 42*time.Minute {
		t.Errorf("the full sync took %v, want 40 minutes", synced)
	}
	for time.Since(begun) < 6*time.Hour {
		looks = append(looks, look(t, begun, g, src, target))
		pause(t, time.Minute)
	}
	if err := src.Do(ctx, "CLIENT", "PAUSE", 600_000, "WRITE").Err(); err != nil {
		t.Fatal(err)
	}
	w := source.AcknowledgedOffset()
	if err := complete(ctx, api, "test-cluster", nil); err != nil {
		t.Fatal(err)
	}
	for g.Status() != "available" {
		pause(t, time.Second)
	}
	if got := g.AppliedOffset(); got < w || w < 6*3600*900_000 || source.AcknowledgedOffset() != w {
		t.Errorf("applied %d, acknowledged %d and then %d", got, w, source.AcknowledgedOffset())
	}
	return append(looks, look(t, begun, g, src, target))
}

// look tells what both ends and the service say.
func look(t *testing.T, begun time.Time, g *simulator.Group, src, target *redis.Client) string {
	t.Helper()
	return time.Since(begun).String() + " " + g.Status() + "\n" +
		src.Info(t.Context(), "replication").Val() + target.Info(t.Context(), "replication").Val() + target.Info(t.Context(), "persistence").Val()
}

// pause waits in virtual time.
func pause(t *testing.T, d time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	<-ctx.Done()
}
