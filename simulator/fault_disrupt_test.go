package simulator_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/redis/go-redis/v9"

	"github.com/cachelift/cachelift/simulator"
)

// ends are a group and a source of either kind.
type ends struct {
	sim    *simulator.Sim
	group  *simulator.Group
	source simulator.Endpoint
	src    *redis.Client
	api    *elasticache.Client
	dial   func(t *testing.T, addr string) *redis.Client
}

// primary is a client of the node that the API names as the primary.
func (e ends) primary(t *testing.T) *redis.Client {
	t.Helper()
	return e.dial(t, e.group.PrimaryEndpoint().String())
}

// migrating starts a migration of a source with the key "before".
func (e ends) migrating(t *testing.T) {
	t.Helper()
	if err := e.src.Set(t.Context(), "before", "v", 0).Err(); err != nil {
		t.Fatal(err)
	}
	if err := start(t.Context(), e.api, "rg", e.source); err != nil {
		t.Fatal(err)
	}
	awaitStatus(t, e.group, "migrating")
}

// eachKind runs a test with processes and with servers in memory.
func eachKind(t *testing.T, spec simulator.ReplicationGroup, timing simulator.Timing, test func(t *testing.T, e ends)) {
	t.Helper()
	spec.ID = "rg"
	t.Run("processes", func(t *testing.T) {
		t.Parallel()
		sim := newSim(t, simulator.Options{Timing: timing})
		source := newSource(t)
		test(t, ends{sim, newGroup(t, sim, spec), source.Endpoint(), connect(t, source.Addr()), newAPI(sim), connect})
	})
	t.Run("memory", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			sim := newMemorySim(t, simulator.Options{Timing: timing})
			source := newMemory(t, sim, simulator.MemoryOptions{Config: map[string]string{"repl-diskless-sync-delay": "0"}})
			to := func(t *testing.T, addr string) *redis.Client { return dial(t, sim, addr) }
			test(t, ends{sim, newGroup(t, sim, spec), source.Endpoint(), to(t, source.Addr()), newAPI(sim), to})
		})
	})
}

// clusterEvents are the messages of cache clusters, with their ids, oldest first.
func clusterEvents(t *testing.T, api *elasticache.Client) []string {
	t.Helper()
	out, err := api.DescribeEvents(t.Context(), &elasticache.DescribeEventsInput{SourceType: "cache-cluster"})
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, e := range slices.Backward(out.Events) {
		if m := aws.ToString(e.Message); m != "Cache cluster created" {
			lines = append(lines, aws.ToString(e.SourceIdentifier)+": "+m)
		}
	}
	return lines
}

// arrives writes a key to the source and waits until a node has it.
func (e ends) arrives(t *testing.T, node *redis.Client, key string) {
	t.Helper()
	if err := e.src.Set(t.Context(), key, "v", 0).Err(); err != nil {
		t.Fatal(err)
	}
	eventually(t, key+" arrives", func() bool { return node.Get(t.Context(), key).Val() == "v" })
}

// TestFailoverWhileMigrating: a replica takes over, the endpoint leads to it, and
// the migration goes on with it or is over.
func TestFailoverWhileMigrating(t *testing.T) {
	t.Parallel()
	for _, then := range []simulator.Aftermath{simulator.AftermathResumes, simulator.AftermathEnds} {
		t.Run(string(then), func(t *testing.T) {
			eachKind(t, simulator.ReplicationGroup{Replicas: 2}, simulator.FastTiming(), func(t *testing.T, e ends) {
				before := e.group.Nodes()
				in := inject(t, e.sim, simulator.Fault{
					Kind: simulator.FaultFailover, Operation: "DescribeEvents", When: simulator.When{Phase: simulator.PhaseMigrating},
					Count: 1, Then: then, Lasts: 50 * time.Millisecond,
				})
				e.migrating(t)
				if in.Hits() != 0 {
					t.Fatal("it struck before the call")
				}
				e.arrives(t, e.primary(t), "one")
				groupEvents(t, e.api, "rg")
				const text = "Failover from primary node rg-001 to replica node rg-002 completed"
				eventually(t, "the failover", func() bool { return hasEvent(groupEvents(t, e.api, "rg"), text) })
				after := e.group.Nodes()
				if after[0].ClusterID != "rg-002" || after[0].Role != "primary" || after[1].ClusterID != "rg-001" || after[1].Role != "replica" {
					t.Errorf("nodes %+v", after)
				}
				if before[0].PID != 0 && e.group.PrimaryEndpoint() != after[0].Endpoint {
					t.Errorf("the primary endpoint is %v", e.group.PrimaryEndpoint())
				}
				primary := e.primary(t)
				if then == simulator.AftermathResumes {
					e.arrives(t, primary, "two")
					if got := e.group.Status(); got != "migrating" {
						t.Errorf("the group is %s", got)
					}
				} else {
					awaitStatus(t, e.group, "available")
					if !hasEvent(groupEvents(t, e.api, "rg")[:1], "Migration operation failed for replication group rg.") {
						t.Errorf("events %q", groupEvents(t, e.api, "rg"))
					}
					if err := primary.Set(t.Context(), "two", "v", 0).Err(); err != nil {
						t.Errorf("the new primary refuses a write: %v", err)
					}
				}
				for _, n := range after[1:] { // the former primary, too, follows the new one
					eventually(t, n.ClusterID+" follows", func() bool { return e.dial(t, n.Endpoint.String()).Get(t.Context(), "two").Val() == "v" })
				}
				eventually(t, "the events of the clusters", func() bool {
					return slices.Equal(clusterEvents(t, e.api), []string{
						"rg-002: " + text, "rg-001: Recovering cache nodes 0001", "rg-001: Finished recovery for cache nodes 0001",
					})
				})
			})
		})
	}
}

// TestReplacementRefusesCompletions: while the node is replaced a completion is
// refused with an event; afterwards it succeeds, and nothing is missing.
func TestReplacementRefusesCompletions(t *testing.T) {
	t.Parallel()
	eachKind(t, simulator.ReplicationGroup{MultiAZ: simulator.Disabled}, simulator.FastTiming(), func(t *testing.T, e ends) {
		e.migrating(t)
		before := e.group.Nodes()[0]
		inject(t, e.sim, simulator.Fault{Kind: simulator.FaultReplacement, Operation: "CompleteMigration", Count: 1, Lasts: 200 * time.Millisecond})
		const refused = "Complete Migration failed for rg: a node is being replaced"
		for range 2 { // one that is under way when it begins, and one that is sent meanwhile
			if err := complete(t.Context(), e.api, "rg", nil); err != nil {
				t.Fatal(err)
			}
			eventually(t, "the end of the completion", func() bool {
				return e.group.Status() == "migrating" && strings.HasPrefix(groupEvents(t, e.api, "rg")[0], "Complete Migration failed")
			})
		}
		if got := groupEvents(t, e.api, "rg"); got[0] != refused {
			t.Errorf("events %q, want %q", got, refused)
		}
		eventually(t, "the replacement", func() bool {
			return slices.Equal(clusterEvents(t, e.api), []string{"rg-001: Recovering cache nodes 0001", "rg-001: Finished recovery for cache nodes 0001"})
		})
		if after := e.group.Nodes()[0]; after.Endpoint != before.Endpoint || before.PID != 0 && after.PID == before.PID {
			t.Errorf("before %+v, after %+v, want another process at the same address", before, after)
		}
		primary := e.primary(t)
		e.arrives(t, primary, "two")
		eventually(t, "a completion", func() bool {
			if err := complete(t.Context(), e.api, "rg", nil); err != nil {
				return false
			}
			pause(t, 100*time.Millisecond)
			return hasEvent(groupEvents(t, e.api, "rg"), "Complete Migration successful for rg")
		})
		awaitStatus(t, e.group, "available")
		if got := primary.Exists(t.Context(), "before", "two").Val(); got != 2 {
			t.Errorf("%d of 2 keys", got)
		}
	})
}

// TestPrimaryLostWhileStarting: the next attempt is made with the new primary;
// without a replica, with the node that took its place.
func TestPrimaryLostWhileStarting(t *testing.T) {
	t.Parallel()
	for name, spec := range map[string]simulator.ReplicationGroup{
		"replica": {Replicas: 1}, "none": {MultiAZ: simulator.Disabled},
	} {
		t.Run(name, func(t *testing.T) {
			eachKind(t, spec, simulator.FastTiming(), func(t *testing.T, e ends) {
				in := inject(t, e.sim, simulator.Fault{
					Kind: simulator.FaultFailover, When: simulator.When{Phase: simulator.PhaseStarting}, Count: 1, Lasts: 30 * time.Millisecond,
				})
				e.migrating(t)
				if in.Hits() != 1 {
					t.Errorf("%d hits", in.Hits())
				}
				want := map[string]string{"replica": "rg-002", "none": "rg-001"}[name]
				if got := e.group.Nodes()[0].ClusterID; got != want {
					t.Errorf("the primary is %s, want %s", got, want)
				}
				e.arrives(t, e.primary(t), "after")
			})
		})
	}
}

// TestStuckModifying: for a time, until the fault is removed, and until the
// migration is stopped by force.
func TestStuckModifying(t *testing.T) {
	t.Parallel()
	eachKind(t, simulator.ReplicationGroup{MultiAZ: simulator.Disabled}, simulator.FastTiming(), func(t *testing.T, e ends) {
		stop := func() {
			t.Helper()
			if err := complete(t.Context(), e.api, "rg", aws.Bool(true)); err != nil {
				t.Fatal(err)
			}
			awaitStatus(t, e.group, "available")
		}
		begun := time.Now()
		inject(t, e.sim, simulator.Fault{Kind: simulator.FaultStuckModifying, Count: 1, Lasts: 300 * time.Millisecond})
		e.migrating(t)
		if took := time.Since(begun); took < 300*time.Millisecond {
			t.Errorf("it took %v", took)
		}
		stop()

		in := inject(t, e.sim, simulator.Fault{Kind: simulator.FaultStuckModifying, Count: 1})
		for _, release := range []func(){in.Remove, stop} {
			if err := start(t.Context(), e.api, "rg", e.source); err != nil {
				t.Fatal(err)
			}
			pause(t, 150*time.Millisecond)
			if role := field(e.primary(t).Info(t.Context(), "replication").Val(), "role"); role != "master" || e.group.Status() != "modifying" {
				t.Errorf("role %s, status %s, want a master that is modifying", role, e.group.Status())
			}
			release()
			if e.group.Status() == "available" {
				return
			}
			awaitStatus(t, e.group, "migrating")
			stop()
			inject(t, e.sim, simulator.Fault{Kind: simulator.FaultStuckModifying, Count: 1})
		}
	})
}
