package simulator_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/aws/aws-sdk-go-v2/service/elasticache/types"

	"github.com/cachelift/cachelift/simulator"
)

// shown is a group and its members as the API shows them.
type shown struct {
	group   types.ReplicationGroup
	members []types.CacheCluster
}

func show(t *testing.T, sim *simulator.Sim, id string) shown {
	t.Helper()
	api := newAPI(sim)
	groups, err := api.DescribeReplicationGroups(t.Context(), &elasticache.DescribeReplicationGroupsInput{ReplicationGroupId: aws.String(id)})
	if err != nil {
		t.Fatal(err)
	}
	out := shown{group: groups.ReplicationGroups[0]}
	for _, m := range out.group.MemberClusters {
		clusters, err := api.DescribeCacheClusters(t.Context(), &elasticache.DescribeCacheClustersInput{CacheClusterId: aws.String(m)})
		if err != nil {
			t.Fatal(err)
		}
		out.members = append(out.members, clusters.CacheClusters[0])
	}
	return out
}

// state is what is looked at, in one line for each part that is not as it is in
// a group fit for a migration.
func (s shown) state() []string {
	var out []string
	note := func(name string, value, fit any) {
		if got := fmt.Sprint(value); got != fmt.Sprint(fit) {
			out = append(out, name+" "+got)
		}
	}
	g := s.group
	note("status", aws.ToString(g.Status), "available")
	note("multi-az", g.MultiAZ, types.MultiAZStatusEnabled)
	note("failover", g.AutomaticFailover, types.AutomaticFailoverStatusEnabled)
	note("tls", fmt.Sprintf("%t %v", aws.ToBool(g.TransitEncryptionEnabled), g.TransitEncryptionMode), "false ")
	note("auth", aws.ToBool(g.AuthTokenEnabled), false)
	note("users", g.UserGroupIds, []string(nil))
	note("cluster mode", fmt.Sprintf("%t %v", aws.ToBool(g.ClusterEnabled), g.ClusterMode), "false disabled")
	note("global", aws.ToString(g.GlobalReplicationGroupInfo.GlobalReplicationGroupId)+aws.ToString(g.GlobalReplicationGroupInfo.GlobalReplicationGroupMemberRole), "")
	note("tiering", g.DataTiering, types.DataTieringStatusDisabled)
	note("type", aws.ToString(g.CacheNodeType), "cache.m6g.large")
	note("network", fmt.Sprint(g.NetworkType, " ", g.IpDiscovery), "ipv4 ipv4")
	note("snapshots", aws.ToInt32(g.SnapshotRetentionLimit), 0)
	if p := g.PendingModifiedValues; p != nil {
		note("automatic failover to be", p.AutomaticFailoverStatus, "")
		note("primary to be", aws.ToString(p.PrimaryClusterId), "")
		note("token to be", p.AuthTokenStatus, "")
		note("tls to be", fmt.Sprintf("%t %v", aws.ToBool(p.TransitEncryptionEnabled), p.TransitEncryptionMode), "false ")
		note("cluster mode to be", p.ClusterMode, "")
		if p.UserGroups != nil {
			note("users to be", fmt.Sprint(p.UserGroups.UserGroupIdsToAdd, p.UserGroups.UserGroupIdsToRemove), "")
		}
		if p.Resharding != nil {
			note("resharding", aws.ToFloat64(p.Resharding.SlotMigration.ProgressPercentage), 0)
		}
	}
	for _, m := range s.members {
		id := aws.ToString(m.CacheClusterId)
		note(id, aws.ToString(m.CacheClusterStatus), "available")
		note(id+" type", aws.ToString(m.CacheNodeType), aws.ToString(g.CacheNodeType))
		note(id+" window", aws.ToString(m.SnapshotWindow), aws.ToString(g.SnapshotWindow))
		note(id+" network", m.NetworkType, g.NetworkType)
		if p := m.PendingModifiedValues; p != nil {
			note(id+" version to be", aws.ToString(p.EngineVersion), "")
			note(id+" type to be", aws.ToString(p.CacheNodeType), "")
			note(id+" nodes to be", aws.ToInt32(p.NumCacheNodes), 0)
			note(id+" token to be", p.AuthTokenStatus, "")
			note(id+" tls to be", fmt.Sprintf("%t %v", aws.ToBool(p.TransitEncryptionEnabled), p.TransitEncryptionMode), "false ")
		}
	}
	return out
}

// Each prerequisite of the API's can be wrong alone, and is shown as the
// service's model has it.
func TestEachPrerequisiteAloneCanBeWrong(t *testing.T) {
	t.Parallel()
	const token = "0123456789abcdef"
	member := func(m simulator.Member) map[string]simulator.Member {
		return map[string]simulator.Member{"PROD-002": m}
	}
	for _, row := range []struct {
		spec simulator.ReplicationGroup
		want string // joined by "; "
	}{
		{simulator.ReplicationGroup{}, ""},
		{simulator.ReplicationGroup{Status: "snapshotting"}, "status snapshotting"},
		{simulator.ReplicationGroup{MultiAZ: simulator.Disabled, AutomaticFailover: simulator.Enabled}, "multi-az disabled"},
		{simulator.ReplicationGroup{AutomaticFailover: simulator.Disabled}, "failover disabled"},
		{simulator.ReplicationGroup{TransitEncryption: "preferred"}, "tls true preferred"},
		{simulator.ReplicationGroup{TransitEncryption: "required", AuthToken: token}, "tls true required; auth true"},
		{simulator.ReplicationGroup{TransitEncryption: "required", UserGroupIDs: []string{"ops", "app"}}, "tls true required; users [ops app]"},
		{simulator.ReplicationGroup{ClusterMode: simulator.Enabled}, "cluster mode true enabled"},
		{simulator.ReplicationGroup{GlobalDatastore: "ldgnf-prod"}, "global ldgnf-prodPRIMARY"},
		{simulator.ReplicationGroup{DataTiering: simulator.Enabled}, "tiering enabled"},
		{simulator.ReplicationGroup{NodeType: "cache.r6gd.xlarge"}, "type cache.r6gd.xlarge"},
		{simulator.ReplicationGroup{NetworkType: "ipv6"}, "network ipv6 ipv6"},
		{simulator.ReplicationGroup{NetworkType: "dual_stack"}, "network dual_stack ipv4"},
		{simulator.ReplicationGroup{SnapshotRetentionDays: 7}, "snapshots 7"},
		{simulator.ReplicationGroup{Pending: simulator.PendingChanges{AutomaticFailoverStatus: simulator.Disabled}}, "automatic failover to be disabled"},
		{simulator.ReplicationGroup{Pending: simulator.PendingChanges{PrimaryClusterID: "prod-002", AuthTokenStatus: "ROTATING"}},
			"primary to be prod-002; token to be ROTATING"},
		{simulator.ReplicationGroup{Pending: simulator.PendingChanges{TransitEncryptionMode: "preferred", ClusterMode: simulator.Enabled}},
			"tls to be true preferred; cluster mode to be enabled"},
		{simulator.ReplicationGroup{Pending: simulator.PendingChanges{UserGroupIDsToAdd: []string{"a"}, UserGroupIDsToRemove: []string{"b"}, ReshardingPercent: 12.5}},
			"users to be [a] [b]; resharding 12.5"},
		{simulator.ReplicationGroup{Members: member(simulator.Member{Status: "rebooting cluster nodes"})}, "prod-002 rebooting cluster nodes"},
		{simulator.ReplicationGroup{Members: member(simulator.Member{Pending: simulator.MemberChanges{EngineVersion: "7.1.0", CacheNodeType: "cache.r5.large"}})},
			"prod-002 version to be 7.1.0; prod-002 type to be cache.r5.large"},
		{simulator.ReplicationGroup{Members: member(simulator.Member{Pending: simulator.MemberChanges{NumCacheNodes: 2, AuthTokenStatus: "SETTING", TransitEncryptionMode: "required"}})},
			"prod-002 nodes to be 2; prod-002 token to be SETTING; prod-002 tls to be true required"},
	} {
		t.Run(row.want, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				sim := newMemorySim(t, fast())
				row.spec.ID, row.spec.Replicas = "prod", 1
				newGroup(t, sim, row.spec)
				if got := strings.Join(show(t, sim, "prod").state(), "; "); got != row.want {
					t.Errorf("the API shows %q, want %q", got, row.want)
				}
			})
		})
	}
}

func TestAMigrationIsRefusedUnlessAllIsAvailable(t *testing.T) {
	t.Parallel()
	sim := newMemorySim(t, fast())
	newGroup(t, sim, simulator.ReplicationGroup{ID: "busy", Status: "snapshotting"})
	newGroup(t, sim, simulator.ReplicationGroup{ID: "half", Members: map[string]simulator.Member{"half-001": {}, "half-002": {Status: "modifying"}}})
	newGroup(t, sim, simulator.ReplicationGroup{ID: "whole", Members: map[string]simulator.Member{"whole-002": {Status: "available"}}})
	source := newMemory(t, sim, simulator.MemoryOptions{}).Endpoint()
	for id, code := range map[string]string{"busy": "InvalidReplicationGroupState", "half": "InvalidCacheClusterState"} {
		wantCode(t, start(t.Context(), newAPI(sim), id, source), code)
		_, err := newAPI(sim).TestMigration(t.Context(), testInput(id, source))
		wantCode(t, err, code)
	}
	if err := start(t.Context(), newAPI(sim), "whole", source); err != nil {
		t.Error(err)
	}
}

func TestDefaultWindowsAreFarFromNow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := newMemorySim(t, fast())
		for i := range 15 { // half days
			id := fmt.Sprintf("prod-%d", i)
			newGroup(t, sim, simulator.ReplicationGroup{ID: id})
			s, at := show(t, sim, id), time.Now().UTC()
			week := at.Add(84 * time.Hour).Truncate(time.Hour)
			day := at.Add(12 * time.Hour).Truncate(time.Hour)
			weekly := strings.ToLower(week.Format("Mon:15:04-") + week.Add(time.Hour).Format("Mon:15:04"))
			daily := day.Format("15:04-") + day.Add(time.Hour).Format("15:04")
			if got := aws.ToString(s.members[1].PreferredMaintenanceWindow); got != weekly {
				t.Errorf("created on %s: maintenance in %s, want %s", at.Format("Mon 15:04"), got, weekly)
			}
			if got := aws.ToString(s.group.SnapshotWindow); got != daily {
				t.Errorf("created at %s: snapshots in %s, want %s", at.Format("15:04"), got, daily)
			}
			<-time.After(12*time.Hour + 17*time.Minute)
		}
		newGroup(t, sim, simulator.ReplicationGroup{ID: "own", MaintenanceWindow: "Sat:23:30-sun:00:30", SnapshotWindow: "23:15-00:15"})
		s := show(t, sim, "own")
		if m, d := aws.ToString(s.members[0].PreferredMaintenanceWindow), aws.ToString(s.group.SnapshotWindow); m != "sat:23:30-sun:00:30" || d != "23:15-00:15" {
			t.Errorf("windows %s, %s", m, d)
		}
	})
}

func TestAllProblemsOfAGroupAtOnce(t *testing.T) {
	t.Parallel()
	sim := newMemorySim(t, fast())
	_, err := sim.CreateReplicationGroup(t.Context(), simulator.ReplicationGroup{
		ID: "prod", AutomaticFailover: "on", UserGroupIDs: []string{"ops"}, NetworkType: "ipx", Status: "migrating",
		MaintenanceWindow: "sun:05:00-sun:05:59", SnapshotWindow: "5:00-6:00", SnapshotRetentionDays: 36,
		Members: map[string]simulator.Member{"other-001": {Status: "well", Pending: simulator.MemberChanges{NumCacheNodes: -1, AuthTokenStatus: "x"}}},
		Pending: simulator.PendingChanges{
			AutomaticFailoverStatus: "on", ClusterMode: "on", ReshardingPercent: 101, AuthTokenStatus: "x", TransitEncryptionMode: "x",
		},
	})
	for _, name := range []string{
		"AutomaticFailover is", "UserGroupIDs", "NetworkType", ".Status is \"migrating\"", "MaintenanceWindow", "SnapshotWindow", "SnapshotRetentionDays",
		`Members has "other-001"`, `Members["other-001"].Status`, `Members["other-001"].Pending.NumCacheNodes`, `Members["other-001"].Pending.AuthTokenStatus`,
		"Pending.AutomaticFailoverStatus", "Pending.ClusterMode", "Pending.ReshardingPercent", "Pending.AuthTokenStatus", "Pending.TransitEncryptionMode",
	} {
		if err == nil || !strings.Contains(err.Error(), "simulator: ReplicationGroup."+strings.TrimPrefix(name, ".")) {
			t.Errorf("no word about %s in: %v", name, err)
		}
	}
	for _, w := range []string{"", "mon:10:00", "mon:10:00-mon:10:00", "Mon:10:00-10:00", "mon:24:00-tue:01:00", "mon:1:00-mon:03:00", "day:10:00-mon:11:00", "mon:10:00-mon:11:00-"} {
		_, err := sim.CreateReplicationGroup(t.Context(), simulator.ReplicationGroup{ID: "w", MaintenanceWindow: w})
		if (err == nil) != (w == "") {
			t.Errorf("maintenance window %q: %v", w, err)
		}
	}
}

// A reserve in bytes counts like one in percent, the greater one if both are set.
func TestReserve(t *testing.T) {
	t.Parallel()
	const size = 1471026299 // of a cache.t3.small
	for _, row := range []struct {
		percent, bytes string
		want           int
	}{
		{"25", "0", size / 100 * 75},
		{"0", "400000000", size - 400000000},
		{"50", "400000000", size / 100 * 50},
		{"10", "400000000", size - 400000000},
	} {
		synctest.Test(t, func(t *testing.T) {
			sim := newMemorySim(t, fast())
			values := map[string]string{"reserved-memory": row.bytes, "reserved-memory-percent": row.percent}
			if err := sim.CreateParameterGroup(simulator.ParameterGroup{Name: "own", Values: values}); err != nil {
				t.Fatal(err)
			}
			g := newGroup(t, sim, simulator.ReplicationGroup{ID: "rg", NodeType: "cache.t3.small", ParameterGroup: "own"})
			info := dial(t, sim, g.PrimaryEndpoint().String()).Info(t.Context(), "memory").Val()
			if !strings.Contains(info, fmt.Sprintf("\r\nmaxmemory:%d\r\n", row.want)) {
				t.Errorf("%+v: INFO says %q", row, info)
			}
		})
	}
}

// A target may hold keys before a migration, and loses them to it.
func TestTargetThatHoldsKeys(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := newMemorySim(t, fast())
		g := newGroup(t, sim, simulator.ReplicationGroup{ID: "prod", Databases: 32})
		ctx := context.Background()
		c := dial(t, sim, g.PrimaryEndpoint().String())
		if err := c.MSet(ctx, "a", "1", "b", "2").Err(); err != nil {
			t.Fatal(err)
		}
		if n, err := c.DBSize(ctx).Result(); err != nil || n != 2 {
			t.Fatalf("the target holds %d keys, %v; want 2", n, err)
		}
		source := newMemory(t, sim, simulator.MemoryOptions{Databases: 32, Keys: 5})
		if err := start(ctx, newAPI(sim), "prod", source.Endpoint()); err != nil {
			t.Fatal(err)
		}
		awaitStatus(t, g, "migrating")
		if left, err := c.Exists(ctx, "a", "b").Result(); err != nil || left != 0 {
			t.Errorf("%d of the target's keys are left, %v", left, err)
		}
	})
}

func TestFamiliesOfOldEngines(t *testing.T) {
	t.Parallel()
	sim := newMemorySim(t, fast())
	for version, family := range map[string]string{"4.0.10": "default.redis4.0", "5.0.4": "default.redis5.0", "6.2": "default.redis6.x", "7.1": "default.redis7"} {
		id := "rg-" + version[:1]
		newGroup(t, sim, simulator.ReplicationGroup{ID: id, EngineVersion: version})
		m := show(t, sim, id).members
		if got := aws.ToString(m[0].CacheParameterGroup.CacheParameterGroupName); got != family || aws.ToString(m[0].EngineVersion) != version {
			t.Errorf("version %s: parameter group %s, want %s", version, got, family)
		}
	}
}
