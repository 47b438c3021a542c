package target_test

import (
	"reflect"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache/types"

	"github.com/cachelift/cachelift/internal/target"
	"github.com/cachelift/cachelift/preflight"
)

func TestParameters(t *testing.T) {
	t.Parallel()
	const size = 6854542746 // maxmemory of the node type
	whole := preflight.Parameters{MaxMemory: size, ReservedMemoryPercent: 30, MaxMemoryPolicy: "allkeys-lru", MinReplicasToWrite: 1}
	with := func(change func(*preflight.Parameters)) preflight.Parameters {
		p := whole
		change(&p)
		return p
	}
	percent := func(n int) preflight.Parameters {
		return with(func(p *preflight.Parameters) { p.ReservedMemoryPercent = n })
	}
	for _, row := range []struct {
		why     string
		set     map[string]string // added to the group, or instead
		without []string
		want    preflight.Parameters
		gaps    []string
	}{
		{why: "as it is", want: whole},
		{why: "renamed commands", set: map[string]string{"rename-commands": "set foo keys secret"}, want: with(func(p *preflight.Parameters) { p.RenamedCommands = []string{"set", "keys"} })},
		{why: "an old engine", without: []string{"rename-commands", "min-replicas-to-write"}, set: map[string]string{"min-slaves-to-write": "2"},
			want: with(func(p *preflight.Parameters) { p.MinReplicasToWrite = 2 })},
		{why: "no minimum of replicas", without: []string{"min-replicas-to-write"},
			want: with(func(p *preflight.Parameters) { p.MinReplicasToWrite = 0 }), gaps: []string{"target.parameters.min_replicas_to_write"}},
		{why: "no policy", without: []string{"maxmemory-policy"},
			want: with(func(p *preflight.Parameters) { p.MaxMemoryPolicy = "" }), gaps: []string{"target.parameters.maxmemory_policy"}},
		{why: "an unknown node type", without: []string{"maxmemory"},
			want: with(func(p *preflight.Parameters) { p.MaxMemory = 0 }), gaps: []string{"target.parameters.maxmemory"}},
		{why: "no databases", without: []string{"databases"}, want: whole, gaps: []string{"target.databases"}},
		{why: "databases without a value", set: map[string]string{"databases": ""}, want: whole, gaps: []string{"target.databases"}},
		{why: "databases below zero", set: map[string]string{"databases": "-1"}, want: whole, gaps: []string{"target.databases"}},
		{why: "an account with the reserve in bytes", without: []string{"reserved-memory-percent"}, set: map[string]string{"reserved-memory": "3427271373"}, want: percent(50)},
		{why: "rounded up", without: []string{"reserved-memory-percent"}, set: map[string]string{"reserved-memory": "3427271374"}, want: percent(51)},
		{why: "nothing reserved", without: []string{"reserved-memory-percent"}, set: map[string]string{"reserved-memory": "0"}, want: percent(0)},
		{why: "percent is the greater", set: map[string]string{"reserved-memory": "1000"}, want: percent(30)},
		{why: "bytes are the greater", set: map[string]string{"reserved-memory": "3427271373"}, want: percent(50)},
		{why: "more than there is", set: map[string]string{"reserved-memory": "99999999999"}, want: percent(100)},
		{why: "no reserve is told", without: []string{"reserved-memory-percent"}, want: percent(-1), gaps: []string{"target.parameters.reserved_memory_percent"}},
		{why: "no number", set: map[string]string{"reserved-memory-percent": "x", "reserved-memory": "1"}, want: percent(-1), gaps: []string{"target.parameters.reserved_memory_percent"}},
		{why: "bytes of what is not known", without: []string{"maxmemory"}, set: map[string]string{"reserved-memory": "1"},
			want: with(func(p *preflight.Parameters) { p.MaxMemory, p.ReservedMemoryPercent = 0, -1 }),
			gaps: []string{"target.parameters.maxmemory", "target.parameters.reserved_memory_percent"}},
	} {
		f := newFake()
		change(f, row.set, row.without)
		got, gaps, err := target.New(f, "prod").Facts(t.Context())
		if err != nil || got.Parameters == nil || !reflect.DeepEqual(*got.Parameters, row.want) || !slices.Equal(subjects(t, gaps), row.gaps) {
			t.Errorf("%s: got %+v, want %+v, gaps %v, err %v", row.why, got.Parameters, row.want, gaps, err)
		}
		if lost := slices.Contains(row.gaps, "target.databases"); lost != (got.Databases == 0) {
			t.Errorf("%s: %d databases", row.why, got.Databases)
		}
	}
}

// change sets and removes parameters of the fake's group.
func change(f *fake, set map[string]string, without []string) {
	var all []types.Parameter
	for _, p := range slices.Concat(f.params...) {
		name := aws.ToString(p.ParameterName)
		if _, again := set[name]; !again && !slices.Contains(without, name) {
			all = append(all, p)
		}
	}
	for name, value := range set {
		all = append(all, parameter(name, value))
	}
	f.params = [][]types.Parameter{all[:1], all[1:]}
	if slices.Contains(without, "maxmemory") {
		f.nodeTypes = nil
	}
}

func TestPendingChanges(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		group   *types.ReplicationGroupPendingModifiedValues
		cluster *types.PendingModifiedValues
		want    []string
	}{
		{nil, nil, nil},
		{&types.ReplicationGroupPendingModifiedValues{}, &types.PendingModifiedValues{}, nil},
		{&types.ReplicationGroupPendingModifiedValues{Resharding: &types.ReshardingStatus{}, UserGroups: &types.UserGroupsUpdateStatus{}}, nil, nil},
		{&types.ReplicationGroupPendingModifiedValues{
			AuthTokenStatus: types.AuthTokenUpdateStatusRotating, PrimaryClusterId: aws.String("prod-001"), ClusterMode: types.ClusterModeCompatible,
			UserGroups: &types.UserGroupsUpdateStatus{UserGroupIdsToAdd: []string{"a"}}, LogDeliveryConfigurations: []types.PendingLogDeliveryConfiguration{{}},
		}, nil, []string{"AuthTokenStatus", "ClusterMode", "LogDeliveryConfigurations", "PrimaryClusterId", "UserGroups"}},
		{nil, &types.PendingModifiedValues{CacheNodeIdsToRemove: []string{"0001"}, CacheNodeType: aws.String("t"), NumCacheNodes: aws.Int32(1), ScaleConfig: &types.ScaleConfig{ScalePercentage: aws.Int32(10)}},
			[]string{"CacheNodeIdsToRemove", "CacheNodeType", "NumCacheNodes", "ScaleConfig"}},
	} {
		f := newFake()
		f.group.PendingModifiedValues = row.group
		f.clusters["prod-002"].PendingModifiedValues = row.cluster
		got, _, err := target.New(f, "prod").Facts(t.Context())
		if all := slices.Concat(got.PendingChanges, got.Members[1].PendingChanges); err != nil || !reflect.DeepEqual(all, row.want) {
			t.Errorf("%+v %+v: %v, want %v, err %v", row.group, row.cluster, all, row.want, err)
		}
	}
}
