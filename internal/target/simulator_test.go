package target_test

import (
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/elasticache"

	"github.com/cachelift/cachelift/internal/retry"
	"github.com/cachelift/cachelift/internal/target"
	"github.com/cachelift/cachelift/simulator"
)

// TestAgainstSimulator goes through a migration, with the real SDK client and
// real servers.
func TestAgainstSimulator(t *testing.T) {
	t.Parallel()
	sim, err := simulator.New(simulator.Options{Timing: simulator.FastTiming()})
	if err != nil {
		t.Fatal(err)
	}
	source, err := simulator.StartRedis(t.Context(), simulator.RedisOptions{Args: []string{"--repl-diskless-sync-delay", "0"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = source.Close(); _ = sim.Close() })
	if _, err := sim.CreateReplicationGroup(t.Context(), simulator.ReplicationGroup{ID: "prod", Databases: 32}); err != nil {
		t.Fatal(err)
	}
	g, began := target.New(elasticache.NewFromConfig(sim.Config()), "prod"), time.Now().Add(-time.Minute)

	facts, gaps, err := g.Facts(t.Context())
	if err != nil || len(gaps) != 0 || !facts.Exists || facts.Status != "available" || facts.Databases != 32 ||
		facts.EngineVersion == "" || facts.Primary == "" || facts.MultiAZ != "enabled" {
		t.Fatalf("facts %+v, gaps %v, err %v", facts, gaps, err)
	}
	if err := g.Complete(t.Context()); !target.IsNotUnderMigration(err) {
		t.Errorf("completing what was not begun: %v", err)
	}
	at := source.Endpoint()
	if err := g.Start(t.Context(), at.Address, at.Port); err != nil {
		t.Fatal(err)
	}
	await(t, g, "migrating")
	if err := g.Start(t.Context(), at.Address, at.Port); !target.IsAlreadyUnderMigration(err) || target.Classify(err) != retry.Permanent {
		t.Errorf("starting twice: %v is %s", err, target.Classify(err))
	}
	await(t, g, "migrating")
	if err := g.Complete(t.Context()); err != nil {
		t.Fatal(err)
	}
	await(t, g, "available")
	events, err := g.Events(t.Context(), began)
	if err != nil {
		t.Fatal(err)
	}
	var verdicts []target.Verdict
	for _, e := range events {
		if v := g.Verdict(e); v != target.VerdictNone {
			verdicts = append(verdicts, v)
		}
	}
	if want := []target.Verdict{target.VerdictStarted, target.VerdictCompleted}; !slices.Equal(verdicts, want) {
		t.Errorf("the events %v read %v, want %v", events, verdicts, want)
	}
	if missing, _, err := target.New(elasticache.NewFromConfig(sim.Config()), "nobody").Facts(t.Context()); err != nil || missing.Exists {
		t.Errorf("a group that is not there: %+v, %v", missing, err)
	}
}

func await(t *testing.T, g *target.Group, status string) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(30 * time.Second)
	for {
		d, err := g.Describe(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if d.Status == status {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("the status is %q, want %q", d.Status, status)
		}
	}
}
