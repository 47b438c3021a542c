package target_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache/types"
	"github.com/aws/smithy-go"

	"github.com/cachelift/cachelift/internal/target"
	"github.com/cachelift/cachelift/preflight"
)

func TestFacts(t *testing.T) {
	t.Parallel()
	f := newFake()
	got, gaps, err := target.New(f, "prod").Facts(t.Context())
	if err != nil || len(gaps) != 0 || !reflect.DeepEqual(got, wholeFacts()) {
		t.Errorf("got  %+v,\nwant %+v,\ngaps %v, err %v", got, wholeFacts(), gaps, err)
	}
	want := map[string]int{
		"DescribeReplicationGroups": 1, "DescribeCacheClusters": 2, "DescribeCacheClusters prod-001": 1, "DescribeCacheClusters prod-002": 1,
		"DescribeCacheSubnetGroups": 1, "DescribeCacheParameters": 2,
	}
	if !reflect.DeepEqual(f.calls, want) {
		t.Errorf("calls %v, want %v", f.calls, want)
	}
}

// common are the gaps when no member could be read.
func common() []string {
	return []string{
		"target.engine_version", "target.parameter_group", "target.subnet_group", "target.security_groups",
		"target.vpc", "target.subnets", "target.databases", "target.parameters",
	}
}

// What could not be read is a gap with a reason, and all else is whole.
func TestFactsWithGaps(t *testing.T) {
	t.Parallel()
	denied := &smithy.GenericAPIError{Code: "AccessDenied", Message: "no"}
	blank := func(t *preflight.Target) {
		for i, m := range t.Members {
			t.Members[i] = preflight.Member{ID: m.ID, Role: m.Role, Endpoint: m.Endpoint}
		}
		t.Members[1].AvailabilityZone = "eu-central-1x" // of the answer about the group
		t.EngineVersion, t.ParameterGroup, t.SubnetGroup, t.SecurityGroups = "", "", "", nil
		t.VPC, t.Subnets, t.Databases, t.Parameters = "", nil, 0, nil
	}
	for _, row := range []struct {
		why   string
		spoil func(*fake)
		gaps  []string
		lose  func(*preflight.Target)
	}{
		{"all members denied", func(f *fake) { f.fail["DescribeCacheClusters"] = denied },
			append([]string{"target.members", "target.members"}, common()...), blank},
		{"the primary denied", func(f *fake) { f.fail["DescribeCacheClusters prod-002"] = denied }, []string{"target.members"},
			func(t *preflight.Target) {
				t.Members[1] = preflight.Member{ID: "prod-002", Role: "primary", Endpoint: "prod-002:6379", AvailabilityZone: "eu-central-1x"}
				t.EngineVersion = "7.2.6" // of the other one
			}},
		{"a replica gone", func(f *fake) { delete(f.clusters, "prod-001") }, []string{"target.members"},
			func(t *preflight.Target) {
				t.Members[0] = preflight.Member{ID: "prod-001", Role: "replica", Endpoint: "prod-001:6379"}
			}},
		{"subnet groups denied", func(f *fake) { f.fail["DescribeCacheSubnetGroups"] = denied }, []string{"target.vpc", "target.subnets"},
			func(t *preflight.Target) { t.VPC, t.Subnets = "", nil }},
		{"no such subnet group", func(f *fake) { f.subnets = nil }, []string{"target.vpc", "target.subnets"},
			func(t *preflight.Target) { t.VPC, t.Subnets = "", nil }},
		{"an empty subnet group", func(f *fake) { f.subnets.VpcId, f.subnets.Subnets = nil, nil }, []string{"target.vpc", "target.subnets"},
			func(t *preflight.Target) { t.VPC, t.Subnets = "", nil }},
		{"parameters denied", func(f *fake) { f.fail["DescribeCacheParameters"] = denied }, []string{"target.databases", "target.parameters"},
			func(t *preflight.Target) { t.Databases, t.Parameters = 0, nil }},
		{"a silent primary", func(f *fake) {
			f.clusters["prod-002"] = &types.CacheCluster{CacheClusterId: aws.String("prod-002"), PreferredAvailabilityZone: aws.String("b")}
		}, common(), func(t *preflight.Target) {
			first := t.Members[0]
			blank(t)
			t.Members[0] = first
		}},
		{"a silent group", func(f *fake) {
			f.group.ClusterEnabled, f.group.TransitEncryptionEnabled, f.group.AuthTokenEnabled = nil, nil, nil
			f.group.SnapshotRetentionLimit, f.group.SnapshotWindow = nil, nil
			f.group.Status, f.group.CacheNodeType, f.group.MultiAZ, f.group.AutomaticFailover = nil, nil, "", ""
		}, []string{
			"target.status", "target.cluster_enabled", "target.transit_encryption", "target.auth_token", "target.node_type",
			"target.snapshot_retention_days", "target.snapshot_window", "target.multi_az", "target.automatic_failover",
			"target.parameters.maxmemory", // which goes by the node type
		}, func(t *preflight.Target) {
			t.TransitEncryption, t.AuthToken, t.SnapshotRetentionDays, t.SnapshotWindow = false, false, 0, ""
			t.Status, t.NodeType, t.MultiAZ, t.AutomaticFailover = "", "", "", ""
			t.Parameters.MaxMemory = 0
		}},
		{"nobody tells the engine", func(f *fake) { f.group.Engine, f.clusters["prod-002"].Engine = nil, nil }, []string{"target.engine"},
			func(t *preflight.Target) { t.Engine = "" }},
		{"no snapshots are taken, and no window is told", func(f *fake) { f.group.SnapshotRetentionLimit, f.group.SnapshotWindow = aws.Int32(0), nil }, nil,
			func(t *preflight.Target) { t.SnapshotRetentionDays, t.SnapshotWindow = 0, "" }},
	} {
		f := newFake()
		row.spoil(f)
		got, gaps, err := target.New(f, "prod").Facts(t.Context())
		want := wholeFacts()
		row.lose(&want)
		if err != nil || !reflect.DeepEqual(subjects(t, gaps), row.gaps) || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got\n%+v, want\n%+v\ngaps %v, err %v", row.why, got, want, gaps, err)
		}
	}
}

// subjects are what is missing; each has a reason.
func subjects(t *testing.T, gaps []preflight.Gap) []string {
	t.Helper()
	var out []string
	for _, g := range gaps {
		if out = append(out, g.Subject); !strings.Contains(g.Reason, "replication group prod: ") {
			t.Errorf("gap %s has the reason %q", g.Subject, g.Reason)
		}
	}
	return out
}

func TestGapsNameTheMember(t *testing.T) {
	t.Parallel()
	f := newFake()
	f.fail["DescribeCacheClusters prod-001"] = &smithy.GenericAPIError{Code: "AccessDenied", Message: "no"}
	_, gaps, _ := target.New(f, "prod").Facts(t.Context())
	if len(gaps) != 1 || !strings.Contains(gaps[0].Reason, "prod-001") || !strings.Contains(gaps[0].Reason, "AccessDenied") {
		t.Errorf("gaps %v", gaps)
	}
	f = newFake()
	f.group.MemberClusters, f.group.NodeGroups = nil, nil
	got, gaps, err := target.New(f, "prod").Facts(t.Context())
	want := []string{
		"target.engine_version", "target.parameter_group", "target.subnet_group", "target.security_groups", "target.members",
		"target.vpc", "target.subnets", "target.databases", "target.parameters",
	}
	if err != nil || !got.Exists || !slices.Equal(subjects(t, gaps), want) {
		t.Errorf("without members: %+v, gaps %v, err %v", got, gaps, err)
	}
}

func TestFactsOfMissingGroup(t *testing.T) {
	t.Parallel()
	f := newFake()
	f.fail["DescribeReplicationGroups"] = notFound()
	got, gaps, err := target.New(f, "prod").Facts(t.Context())
	if err != nil || len(gaps) != 0 || !reflect.DeepEqual(got, preflight.Target{ID: "prod"}) {
		t.Errorf("got %+v, gaps %v, err %v", got, gaps, err)
	}
	f.fail["DescribeReplicationGroups"] = errors.New("denied")
	if _, _, err := target.New(f, "prod").Facts(t.Context()); err == nil || f.calls["DescribeReplicationGroups"] != 2 {
		t.Errorf("%v after %v; want the error of the one call: a group that could not be read is no fact", err, f.calls)
	}
}

// In cluster mode the group tells no endpoints of nodes and no roles; the
// members are those of all shards.
func TestFactsInClusterMode(t *testing.T) {
	t.Parallel()
	f := newFake()
	f.group.ClusterEnabled = aws.Bool(true)
	f.group.MemberClusters = f.group.MemberClusters[:1]
	shard := types.NodeGroup{NodeGroupMembers: slices.Clone(f.group.NodeGroups[0].NodeGroupMembers)}
	for i := range shard.NodeGroupMembers {
		shard.NodeGroupMembers[i].CurrentRole, shard.NodeGroupMembers[i].ReadEndpoint = nil, nil
	}
	f.group.NodeGroups = []types.NodeGroup{shard, {}}
	got, gaps, err := target.New(f, "prod").Facts(t.Context())
	if err != nil || len(gaps) != 0 || !got.ClusterEnabled || got.NodeGroups != 2 || got.Primary != "" || len(got.Members) != 2 ||
		got.Members[1].Endpoint != "prod-002.own:6379" || got.Members[1].Role != "" || got.Members[1].Status != "available" {
		t.Errorf("got %+v, gaps %v, err %v", got, gaps, err)
	}
}

// One call that is throttled, loses its connection or meets a server's error
// leaves no gap; one that goes on failing does, and holds nothing up for long.
func TestPassingFailuresLeaveNoGaps(t *testing.T) {
	t.Parallel()
	throttled := error(&smithy.GenericAPIError{Code: "Throttling"})
	for _, op := range []string{"DescribeCacheClusters prod-001", "DescribeCacheClusters", "DescribeCacheSubnetGroups", "DescribeCacheParameters"} {
		synctest.Test(t, func(t *testing.T) {
			f := newFake()
			f.passing = map[string][]error{op: {throttled, &smithy.GenericAPIError{Code: "InternalFailure"}, context.DeadlineExceeded}}
			got, gaps, err := target.New(f, "prod").Facts(t.Context())
			if err != nil || len(gaps) != 0 || !reflect.DeepEqual(got, wholeFacts()) {
				t.Errorf("%s: got %+v, gaps %v, err %v", op, got, gaps, err)
			}
		})
		synctest.Test(t, func(t *testing.T) {
			f, began := newFake(), time.Now()
			f.fail[op] = throttled
			_, gaps, err := target.New(f, "prod").WithJitter(func() float64 { return 0.5 }).Facts(t.Context())
			if spent := time.Since(began); err != nil || len(gaps) == 0 || spent == 0 || spent > 10*time.Second || !strings.Contains(gaps[0].Reason, "5 tries") {
				t.Errorf("%s: gaps %v after %s, err %v", op, gaps, spent, err)
			}
		})
	}
}

// The calls that do not depend on each other are made side by side.
func TestFactsTakeThreeCallsInARow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		f.params = [][]types.Parameter{slices.Concat(f.params...)}
		for i := 3; i <= 6; i++ {
			id := fmt.Sprintf("prod-00%d", i)
			f.group.MemberClusters = append(f.group.MemberClusters, id)
			f.clusters[id] = newFakeCluster(id, "eu-central-1c")
		}
		f.hook = func(string) { <-time.After(50 * time.Millisecond) }
		began := time.Now()
		got, gaps, err := target.New(f, "prod").Facts(t.Context())
		if spent := time.Since(began); err != nil || len(gaps) != 0 || len(got.Members) != 6 || spent != 150*time.Millisecond {
			t.Errorf("%d members, gaps %v, err %v, in %s; want 6 in 150ms", len(got.Members), gaps, err, spent)
		}
		if n := f.calls["DescribeReplicationGroups"] + f.calls["DescribeCacheClusters"] + f.calls["DescribeCacheSubnetGroups"] + f.calls["DescribeCacheParameters"]; n != 9 {
			t.Errorf("%d calls, want 9: %v", n, f.calls)
		}
	})
}

func TestFactsEndWithTheirContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f, began := newFake(), time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		f.fail["DescribeCacheClusters"] = &smithy.GenericAPIError{Code: "Throttling"}
		_, gaps, err := target.New(f, "prod").WithJitter(func() float64 { return 0.99 }).Facts(ctx)
		if spent := time.Since(began); err != nil || spent > time.Second || !strings.Contains(gaps[0].Reason, "deadline") {
			t.Errorf("gaps %v, err %v after %s", gaps, err, spent)
		}
	})
}

// The client may be the host's own, and is called on other goroutines here.
func TestAClientThatPanicsLeavesGaps(t *testing.T) {
	t.Parallel()
	f := newFake()
	f.hook = func(op string) {
		if op == "DescribeCacheSubnetGroups" {
			panic("a bug of the host")
		}
	}
	got, gaps, err := target.New(f, "prod").Facts(t.Context())
	if err != nil || got.Databases != 16 || !slices.Equal(subjects(t, gaps), []string{"target.vpc", "target.subnets"}) ||
		!strings.Contains(gaps[0].Reason, "a bug of the host") {
		t.Errorf("got %+v, gaps %v, err %v", got, gaps, err)
	}
}
