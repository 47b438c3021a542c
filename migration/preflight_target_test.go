package migration_test

import (
	"cmp"
	"context"
	"maps"
	"net"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/simulator"
)

// targetRow is one misconfiguration of the replication group.
type targetRow struct {
	name    string
	spec    simulator.ReplicationGroup
	params  map[string]string // of a parameter group of its own
	source  simulator.MemoryOptions
	prepare func(*testing.T, *simulator.Sim, *simulator.Group)
	group   string                                          // of the plan, if it is another
	lookup  func(context.Context, string) ([]string, error) // nil: the simulator's
	fails   []string
	unknown []string
}

// TestTargetMisconfigurations: each of them alone is found, named, and the only
// thing that is found.
func TestTargetMisconfigurations(t *testing.T) {
	t.Parallel()
	for _, row := range slices.Concat(groupRows(), featureRows(), parameterRows(), sourceRows()) {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, row.check)
		})
	}
}

func (row targetRow) check(t *testing.T) {
	sim, err := simulator.New(simulator.Options{Nodes: simulator.InMemory, Timing: simulator.FastTiming()})
	if err != nil {
		t.Fatal(err)
	}
	defer sim.Close()
	if row.source.Config == nil {
		row.source.Config = map[string]string{"maxmemory-policy": "volatile-lru"}
	}
	source, err := sim.StartMemory(row.source)
	if err != nil {
		t.Fatal(err)
	}
	if row.spec.ID = "test-cluster"; row.params != nil {
		row.spec.ParameterGroup = "orders"
		if err := sim.CreateParameterGroup(simulator.ParameterGroup{Name: "orders", Family: "redis7", Values: row.params}); err != nil {
			t.Fatal(err)
		}
	}
	group, err := sim.CreateReplicationGroup(t.Context(), row.spec)
	if err != nil {
		t.Fatal(err)
	}
	if row.prepare != nil {
		row.prepare(t, sim, group)
	}
	plan := migration.NewPlan("test", migration.Source{Address: source.Endpoint().Address, Port: source.Endpoint().Port},
		migration.ReplicationGroup(cmp.Or(row.group, "test-cluster")))
	opts := &migration.Options{DialContext: sim.DialContext, LookupHost: sim.LookupHost}
	if row.lookup != nil {
		opts.LookupHost = row.lookup
	}
	m, err := migration.New(plan, elasticache.NewFromConfig(sim.Config()), opts)
	if err != nil {
		t.Fatal(err)
	}
	report, err := m.Preflight(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	judged(t, report, row.fails, append(row.unknown, "network.*"))
}

func groupRows() []targetRow {
	return []targetRow{
		{name: "nothing is wrong"},
		{name: "no such group", group: "test-clutser", fails: []string{"target.exists"}, unknown: []string{"target.*", "pair.*"}},
		{name: "status", spec: simulator.ReplicationGroup{Status: "snapshotting"}, fails: []string{"target.status"}},
		{
			name: "a member", fails: []string{"target.members"},
			spec: simulator.ReplicationGroup{Members: map[string]simulator.Member{"test-cluster-002": {Status: "modifying"}}},
		},
		{
			name: "engine", fails: []string{"target.engine"}, unknown: []string{"source.functions-acl", "source.persistence"}, // which 3.2 does not tell
			spec:   simulator.ReplicationGroup{EngineVersion: "4.0.10"},
			source: simulator.MemoryOptions{Version: "3.2.13"},
		},
		{name: "cluster mode", spec: simulator.ReplicationGroup{ClusterMode: simulator.Enabled}, fails: []string{"target.cluster-mode"}, unknown: []string{"target.empty", "pair.databases"}},
		{name: "Multi-AZ", spec: simulator.ReplicationGroup{MultiAZ: simulator.Disabled, Replicas: 1}, fails: []string{"target.multi-az"}},
		{name: "node type", spec: simulator.ReplicationGroup{NodeType: "cache.r6gd.xlarge"}, fails: []string{"target.node-type"}},
		{name: "network type", spec: simulator.ReplicationGroup{NetworkType: "ipv6"}, fails: []string{"target.network-type"}},
		{
			name: "a pending change", fails: []string{"target.pending-changes"},
			spec: simulator.ReplicationGroup{Pending: simulator.PendingChanges{AutomaticFailoverStatus: "enabled"}},
		},
		{
			name: "a pending change of a member", fails: []string{"target.pending-changes"},
			spec: simulator.ReplicationGroup{Members: map[string]simulator.Member{"test-cluster-001": {Pending: simulator.MemberChanges{EngineVersion: "7.1"}}}},
		},
		// Virtual time begins on a Saturday at midnight.
		{name: "maintenance", spec: simulator.ReplicationGroup{MaintenanceWindow: "sat:00:30-sat:01:30"}, fails: []string{"target.windows"}},
		{
			name: "snapshots", fails: []string{"target.windows"},
			spec: simulator.ReplicationGroup{SnapshotWindow: "00:30-01:30", SnapshotRetentionDays: 1},
		},
	}
}

func featureRows() []targetRow {
	required := simulator.TransitEncryptionRequired
	return []targetRow{
		{name: "encryption", spec: simulator.ReplicationGroup{TransitEncryption: required}, fails: []string{"target.in-transit-encryption"}},
		{
			name: "encryption preferred", fails: []string{"target.in-transit-encryption"},
			spec: simulator.ReplicationGroup{TransitEncryption: simulator.TransitEncryptionPreferred},
		},
		{ // neither exists without encryption
			name: "user groups", fails: []string{"target.auth", "target.in-transit-encryption"},
			spec: simulator.ReplicationGroup{TransitEncryption: required, UserGroupIDs: []string{"orders"}},
		},
		{name: "global datastore", spec: simulator.ReplicationGroup{GlobalDatastore: "ldgnf-world"}, fails: []string{"target.global-datastore"}},
		{name: "data tiering", spec: simulator.ReplicationGroup{DataTiering: simulator.Enabled}, fails: []string{"target.data-tiering"}},
		{
			name: "keys", fails: []string{"target.empty"},
			prepare: func(t *testing.T, sim *simulator.Sim, g *simulator.Group) {
				c := redis.NewClient(&redis.Options{
					Addr: g.PrimaryEndpoint().String(), Dialer: sim.DialContext, Protocol: 2, MaxRetries: -1, DisableIdentity: true,
					MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled, EndpointType: maintnotifications.EndpointTypeNone},
				})
				defer c.Close()
				if err := c.Set(t.Context(), "old", "1", 0).Err(); err != nil {
					t.Fatal(err)
				}
			},
		},
	}
}

func parameterRows() []targetRow {
	return []targetRow{
		{name: "eviction policy", params: map[string]string{"maxmemory-policy": "allkeys-lru"}, fails: []string{"pair.eviction-policy"}},
		{name: "databases", spec: simulator.ReplicationGroup{Databases: 8}, fails: []string{"pair.databases"}},
		{name: "renamed commands", params: map[string]string{"rename-commands": "keys blocked"}, fails: []string{"target.renamed-commands"}},
		{name: "replicas that writes need", params: map[string]string{"min-replicas-to-write": "3"}, fails: []string{"target.min-replicas"}},
		{
			name: "memory", fails: []string{"pair.memory"},
			spec:   simulator.ReplicationGroup{MaxMemory: 64 << 20},
			source: simulator.MemoryOptions{Keys: 1_000_000, Dataset: 100 << 20},
		},
		{
			name: "RDB version", fails: []string{"pair.rdb-version"},
			spec:   simulator.ReplicationGroup{Engine: "valkey", EngineVersion: "8.0"},
			source: simulator.MemoryOptions{Version: "7.4.1"},
		},
	}
}

// sourceRows are what is hard to bring a real source into.
func sourceRows() []targetRow {
	with := func(config map[string]string) map[string]string {
		out := map[string]string{"maxmemory-policy": "volatile-lru"}
		maps.Copy(out, config)
		return out
	}
	return []targetRow{
		{name: "a module", source: simulator.MemoryOptions{Modules: []string{"ReJSON"}}, fails: []string{"source.modules"}},
		{name: "saves that fail", source: simulator.MemoryOptions{SaveFails: true}, fails: []string{"source.persistence"}},
		{
			name: "little memory", fails: []string{"source.fork-headroom"},
			source: simulator.MemoryOptions{Keys: 1_000_000, Dataset: 1 << 30, SystemMemory: 1 << 30},
		},
		{
			name: "an impatient source", fails: []string{"source.repl-timeout"},
			source: simulator.MemoryOptions{Keys: 1_000_000, Dataset: 3 << 30, Config: with(map[string]string{"repl-timeout": "5"})},
		},
		{name: "an old source", source: simulator.MemoryOptions{Version: "2.8.19"}, fails: []string{"source.version"}, unknown: []string{"source.*"}},
		{name: "protected mode", source: simulator.MemoryOptions{Protected: true}, fails: []string{"source.protected-mode"}, unknown: []string{"source.*", "pair.*", "target.windows"}},
		{
			name: "a name that does not resolve", source: simulator.MemoryOptions{Address: "cache.internal"},
			unknown: []string{"source.address", "source.bind", "target.network-type"}, lookup: noSuchHost,
		},
		{
			name: "a node of ElastiCache", source: simulator.MemoryOptions{Address: "orders.x1y2z3.0001.use1.cache.amazonaws.com"},
			fails: []string{"source.address"},
		},
	}
}

func noSuchHost(_ context.Context, host string) ([]string, error) {
	return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
}
