package target_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/elasticache"

	"github.com/cachelift/cachelift/internal/target"
	"github.com/cachelift/cachelift/preflight"
	"github.com/cachelift/cachelift/simulator"
)

// gathered are the facts of a group in a simulator, by the real SDK client.
func gathered(t *testing.T, sim *simulator.Sim, spec simulator.ReplicationGroup) (preflight.Target, []preflight.Gap) {
	t.Helper()
	if _, err := sim.CreateReplicationGroup(t.Context(), spec); err != nil {
		t.Fatal(err)
	}
	got, gaps, err := target.New(elasticache.NewFromConfig(sim.Config()), spec.ID).Facts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return got, gaps
}

func newMemorySim(t *testing.T, timing simulator.Timing) *simulator.Sim {
	t.Helper()
	sim, err := simulator.New(simulator.Options{Nodes: simulator.InMemory, Timing: timing})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sim.Close() })
	return sim
}

// Everything that can be wrong with a target arrives in the facts.
func TestFactsOfAMisconfiguredGroup(t *testing.T) {
	t.Parallel()
	sim := newMemorySim(t, simulator.FastTiming())
	if err := sim.CreateSubnetGroup(simulator.SubnetGroup{Name: "caches", VPCID: "vpc-7", Subnets: []simulator.Subnet{
		{ID: "subnet-1", AvailabilityZone: "us-east-1a"}, {ID: "subnet-2", AvailabilityZone: "us-east-1b"},
	}}); err != nil {
		t.Fatal(err)
	}
	if err := sim.CreateParameterGroup(simulator.ParameterGroup{Name: "odd", Values: map[string]string{
		"databases": "20", "maxmemory-policy": "noeviction", "reserved-memory-percent": "10", "rename-commands": "set foo", "min-replicas-to-write": "1",
	}}); err != nil {
		t.Fatal(err)
	}
	got, gaps := gathered(t, sim, simulator.ReplicationGroup{
		ID: "prod", Status: "snapshotting", Engine: "valkey", EngineVersion: "7.2", NodeType: "cache.r6gd.xlarge", DataTiering: simulator.Enabled,
		MultiAZ: simulator.Disabled, AutomaticFailover: simulator.Enabled, Replicas: 1, GlobalDatastore: "ldgnf-prod", NetworkType: "ipv6",
		TransitEncryption: simulator.TransitEncryptionPreferred, AuthToken: "0123456789abcdef", UserGroupIDs: []string{"ops"},
		ParameterGroup: "odd", SubnetGroup: "caches", SecurityGroupIDs: []string{"sg-1", "sg-2"},
		MaintenanceWindow: "sat:23:30-sun:00:30", SnapshotWindow: "23:00-01:00", SnapshotRetentionDays: 5,
		Pending: simulator.PendingChanges{AutomaticFailoverStatus: simulator.Disabled, TransitEncryptionMode: simulator.TransitEncryptionRequired},
		Members: map[string]simulator.Member{"prod-002": {Status: "modifying", Pending: simulator.MemberChanges{EngineVersion: "8.0"}}},
	})
	const suffix = ".abc123.0001.use1.cache.amazonaws.com:6379"
	want := preflight.Target{
		ID: "prod", Exists: true, Status: "snapshotting", ClusterMode: "disabled", MultiAZ: "disabled", AutomaticFailover: "enabled",
		TransitEncryption: true, TransitEncryptionMode: "preferred", AuthToken: true, UserGroups: []string{"ops"}, GlobalDatastore: "ldgnf-prod",
		DataTiering: "enabled", NodeType: "cache.r6gd.xlarge", NetworkType: "ipv6", Engine: "valkey", EngineVersion: "7.2",
		Members: []preflight.Member{
			{ID: "prod-001", Status: "available", Role: "primary", Endpoint: "prod-001" + suffix, AvailabilityZone: "us-east-1a", MaintenanceWindow: "sat:23:30-sun:00:30"},
			{ID: "prod-002", Status: "modifying", Role: "replica", Endpoint: "prod-002" + suffix, AvailabilityZone: "us-east-1b", MaintenanceWindow: "sat:23:30-sun:00:30", PendingChanges: []string{"EngineVersion"}},
		},
		NodeGroups: 1, Primary: "prod.abc123.ng.0001.use1.cache.amazonaws.com:6379",
		PendingChanges: []string{"AutomaticFailoverStatus", "TransitEncryptionEnabled", "TransitEncryptionMode"},
		SnapshotWindow: "23:00-01:00", SnapshotRetentionDays: 5, SecurityGroups: []string{"sg-1", "sg-2"}, SubnetGroup: "caches", VPC: "vpc-7",
		Subnets:        []preflight.TargetSubnet{{ID: "subnet-1", AvailabilityZone: "us-east-1a"}, {ID: "subnet-2", AvailabilityZone: "us-east-1b"}},
		ParameterGroup: "odd", Databases: 20,
		Parameters: &preflight.Parameters{MaxMemory: 28261849702, ReservedMemoryPercent: 10, MaxMemoryPolicy: "noeviction", RenamedCommands: []string{"set"}, MinReplicasToWrite: 1},
	}
	if len(gaps) != 0 || !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v,\nwant %+v,\ngaps %v", got, want, gaps)
	}
}

// A group of six members takes nine calls, and the time of three.
func TestFactsAreQuick(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		timing := simulator.FastTiming()
		timing.Call = 50 * time.Millisecond
		sim := newMemorySim(t, timing)
		began := time.Now()
		got, gaps := gathered(t, sim, simulator.ReplicationGroup{ID: "prod", Replicas: 5})
		if spent := time.Since(began); spent > 3*timing.Call*12/10 {
			t.Errorf("it took %s, want little more than three calls of %s", spent, timing.Call)
		}
		if calls := sim.Calls(); len(calls) != 9 || len(gaps) != 0 || len(got.Members) != 6 {
			t.Errorf("%d calls for %d members, gaps %v; want 9 calls", len(calls), len(got.Members), gaps)
		}
		for _, c := range sim.Calls() {
			if !strings.HasPrefix(c.Operation, "Describe") {
				t.Errorf("gathering called %s", c.Operation)
			}
		}
	})
}

func TestFactsWithFaults(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := newMemorySim(t, simulator.FastTiming())
		inject := func(f simulator.Fault) {
			if _, err := sim.Inject(f); err != nil {
				t.Fatal(err)
			}
		}
		for _, op := range []string{"DescribeCacheClusters", "DescribeCacheParameters"} {
			inject(simulator.Fault{Kind: simulator.FaultThrottle, Operation: op, Count: 1})
			inject(simulator.Fault{Kind: simulator.FaultServerError, Operation: op, Count: 1})
			inject(simulator.Fault{Kind: simulator.FaultLostReply, Operation: op, Count: 1})
		}
		inject(simulator.Fault{Kind: simulator.FaultRefuse, Operation: "DescribeCacheSubnetGroups", Code: "AccessDenied"})
		got, gaps := gathered(t, sim, simulator.ReplicationGroup{ID: "prod"})
		if !slices.Equal(subjects(t, gaps), []string{"target.vpc", "target.subnets"}) || got.Databases != 16 || got.Members[1].Status != "available" {
			t.Errorf("got %+v, gaps %v", got, gaps)
		}
	})
}
