package target_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/aws/aws-sdk-go-v2/service/elasticache/types"

	"github.com/cachelift/cachelift/internal/target"
)

// fake answers from memory and remembers what it was asked. Pages are handed
// out in order.
type fake struct {
	group     *types.ReplicationGroup
	clusters  map[string]*types.CacheCluster
	subnets   *types.CacheSubnetGroup
	params    [][]types.Parameter
	nodeTypes [][]types.CacheNodeTypeSpecificParameter // beside the pages of params
	events    [][]types.Event
	fail      map[string]error   // by operation, or by operation and name
	passing   map[string][]error // the same, one for each call, then none
	hook      func(op string)    // called by every call
	mu        sync.Mutex
	calls     map[string]int
	started   *elasticache.StartMigrationInput
	tested    *elasticache.TestMigrationInput
	complete  *elasticache.CompleteMigrationInput
	windows   []elasticache.DescribeEventsInput
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
	return f.failure(op)
}

// failure is what the call fails by, and counts it.
func (f *fake) failure(op string, name ...string) error {
	if f.hook != nil && len(name) == 0 {
		f.hook(op)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.calls == nil {
		f.calls = map[string]int{}
	}
	key := strings.Join(append([]string{op}, name...), " ")
	f.calls[key]++
	if p := f.passing[key]; len(p) > 0 {
		f.passing[key] = p[1:]
		return p[0]
	}
	return f.fail[key]
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
	if err := f.failure("DescribeCacheClusters", aws.ToString(in.CacheClusterId)); err != nil {
		return nil, err
	}
	out := &elasticache.DescribeCacheClustersOutput{}
	if c := f.clusters[aws.ToString(in.CacheClusterId)]; c != nil && aws.ToBool(in.ShowCacheNodeInfo) {
		out.CacheClusters = []types.CacheCluster{*c}
	}
	return out, nil
}

func (f *fake) DescribeCacheSubnetGroups(_ context.Context, in *elasticache.DescribeCacheSubnetGroupsInput, opts ...func(*elasticache.Options)) (*elasticache.DescribeCacheSubnetGroupsOutput, error) {
	if err := f.check("DescribeCacheSubnetGroups", opts); err != nil {
		return nil, err
	}
	out := &elasticache.DescribeCacheSubnetGroupsOutput{}
	if f.subnets != nil && aws.ToString(in.CacheSubnetGroupName) == aws.ToString(f.subnets.CacheSubnetGroupName) {
		out.CacheSubnetGroups = []types.CacheSubnetGroup{*f.subnets}
	}
	return out, nil
}

func (f *fake) DescribeCacheParameters(_ context.Context, in *elasticache.DescribeCacheParametersInput, opts ...func(*elasticache.Options)) (*elasticache.DescribeCacheParametersOutput, error) {
	if err := f.check("DescribeCacheParameters", opts); err != nil {
		return nil, err
	}
	i := page(in.Marker)
	if aws.ToInt32(in.MaxRecords) != 100 || aws.ToString(in.CacheParameterGroupName) != "default.valkey8" {
		return nil, errors.New("not what the service needs to be asked")
	}
	out := &elasticache.DescribeCacheParametersOutput{Parameters: f.params[i], Marker: marker(i, len(f.params))}
	if i < len(f.nodeTypes) {
		out.CacheNodeTypeSpecificParameters = f.nodeTypes[i]
	}
	return out, nil
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

func TestFakeWantsNoRetries(t *testing.T) {
	t.Parallel()
	if _, err := newFake().DescribeReplicationGroups(t.Context(), &elasticache.DescribeReplicationGroupsInput{}); err == nil {
		t.Error("the fake must refuse a call with the SDK's retries on")
	}
}
