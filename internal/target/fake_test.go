package target_test

import (
	"context"
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/aws/aws-sdk-go-v2/service/elasticache/types"

	"github.com/cachelift/cachelift/internal/target"
)

// fake answers from memory and remembers what it was asked. Pages are handed
// out in order.
type fake struct {
	group    *types.ReplicationGroup
	cluster  *types.CacheCluster
	params   [][]types.Parameter
	events   [][]types.Event
	fail     map[string]error // by operation
	started  *elasticache.StartMigrationInput
	tested   *elasticache.TestMigrationInput
	complete *elasticache.CompleteMigrationInput
	windows  []elasticache.DescribeEventsInput
}

var _ target.API = (*fake)(nil)

// check fails the call if the SDK's retries are left on.
func (f *fake) check(op string, opts []func(*elasticache.Options)) error {
	var o elasticache.Options
	for _, fn := range opts {
		fn(&o)
	}
	if _, ok := o.Retryer.(aws.NopRetryer); !ok {
		return errors.New("the SDK's retries are on for " + op)
	}
	return f.fail[op]
}

// marker is the marker after page i of n: two pages have one, the last has an
// empty one, as the service's samples show.
func marker(i, n int) *string {
	if i+1 < n {
		return aws.String(string(rune('a' + i)))
	}
	return aws.String("")
}

func page(marker *string) int {
	if m := aws.ToString(marker); m != "" {
		return int(m[0]-'a') + 1
	}
	return 0
}

func (f *fake) DescribeReplicationGroups(_ context.Context, in *elasticache.DescribeReplicationGroupsInput, opts ...func(*elasticache.Options)) (*elasticache.DescribeReplicationGroupsOutput, error) {
	if err := f.check("DescribeReplicationGroups", opts); err != nil {
		return nil, err
	}
	out := &elasticache.DescribeReplicationGroupsOutput{}
	if f.group != nil && aws.ToString(in.ReplicationGroupId) == aws.ToString(f.group.ReplicationGroupId) {
		out.ReplicationGroups = []types.ReplicationGroup{*f.group}
	}
	return out, nil
}

func (f *fake) DescribeCacheClusters(_ context.Context, in *elasticache.DescribeCacheClustersInput, opts ...func(*elasticache.Options)) (*elasticache.DescribeCacheClustersOutput, error) {
	if err := f.check("DescribeCacheClusters", opts); err != nil {
		return nil, err
	}
	out := &elasticache.DescribeCacheClustersOutput{}
	if f.cluster != nil && aws.ToString(in.CacheClusterId) == aws.ToString(f.cluster.CacheClusterId) {
		out.CacheClusters = []types.CacheCluster{*f.cluster}
	}
	return out, nil
}

func (f *fake) DescribeCacheParameters(_ context.Context, in *elasticache.DescribeCacheParametersInput, opts ...func(*elasticache.Options)) (*elasticache.DescribeCacheParametersOutput, error) {
	if err := f.check("DescribeCacheParameters", opts); err != nil {
		return nil, err
	}
	i := page(in.Marker)
	return &elasticache.DescribeCacheParametersOutput{Parameters: f.params[i], Marker: marker(i, len(f.params))}, nil
}

func (f *fake) DescribeEvents(_ context.Context, in *elasticache.DescribeEventsInput, opts ...func(*elasticache.Options)) (*elasticache.DescribeEventsOutput, error) {
	if err := f.check("DescribeEvents", opts); err != nil {
		return nil, err
	}
	f.windows = append(f.windows, *in)
	i := page(in.Marker)
	return &elasticache.DescribeEventsOutput{Events: f.events[i], Marker: marker(i, len(f.events))}, nil
}

func (f *fake) TestMigration(_ context.Context, in *elasticache.TestMigrationInput, opts ...func(*elasticache.Options)) (*elasticache.TestMigrationOutput, error) {
	f.tested = in
	return &elasticache.TestMigrationOutput{}, f.check("TestMigration", opts)
}

func (f *fake) StartMigration(_ context.Context, in *elasticache.StartMigrationInput, opts ...func(*elasticache.Options)) (*elasticache.StartMigrationOutput, error) {
	f.started = in
	return &elasticache.StartMigrationOutput{}, f.check("StartMigration", opts)
}

func (f *fake) CompleteMigration(_ context.Context, in *elasticache.CompleteMigrationInput, opts ...func(*elasticache.Options)) (*elasticache.CompleteMigrationOutput, error) {
	f.complete = in
	return &elasticache.CompleteMigrationOutput{}, f.check("CompleteMigration", opts)
}

// newFake is a group of a primary and a replica, with cluster mode disabled.
func newFake() *fake {
	at := func(host string) *types.Endpoint {
		return &types.Endpoint{Address: aws.String(host), Port: aws.Int32(6379)}
	}
	return &fake{
		group: &types.ReplicationGroup{
			ReplicationGroupId: aws.String("prod"), Status: aws.String("available"),
			MemberClusters: []string{"prod-001", "prod-002"},
			MultiAZ:        types.MultiAZStatusEnabled, AutomaticFailover: types.AutomaticFailoverStatusEnabled,
			ClusterEnabled: aws.Bool(false), ClusterMode: types.ClusterModeDisabled,
			TransitEncryptionEnabled: aws.Bool(true), TransitEncryptionMode: types.TransitEncryptionModePreferred,
			AuthTokenEnabled: aws.Bool(true), UserGroupIds: []string{"ops"},
			CacheNodeType: aws.String("cache.m6g.large"), Engine: aws.String("valkey"),
			NodeGroups: []types.NodeGroup{{
				PrimaryEndpoint: at("prod.ng"),
				NodeGroupMembers: []types.NodeGroupMember{
					{CacheClusterId: aws.String("prod-001"), CurrentRole: aws.String("replica"), ReadEndpoint: at("prod-001")},
					{CacheClusterId: aws.String("prod-002"), CurrentRole: aws.String("primary"), ReadEndpoint: at("prod-002")},
				},
			}},
		},
		cluster: &types.CacheCluster{
			CacheClusterId: aws.String("prod-002"), Engine: aws.String("valkey"), EngineVersion: aws.String("8.0.1"),
			CacheParameterGroup: &types.CacheParameterGroupStatus{CacheParameterGroupName: aws.String("default.valkey8")},
		},
		params: [][]types.Parameter{
			{{ParameterName: aws.String("activedefrag"), ParameterValue: aws.String("no")}},
			{{ParameterName: aws.String("databases"), ParameterValue: aws.String("16")}},
		},
		events: [][]types.Event{{}},
		fail:   map[string]error{},
	}
}

func TestFakeWantsNoRetries(t *testing.T) {
	t.Parallel()
	if _, err := newFake().DescribeReplicationGroups(t.Context(), &elasticache.DescribeReplicationGroupsInput{}); err == nil {
		t.Error("the fake must refuse a call with the SDK's retries on")
	}
}
