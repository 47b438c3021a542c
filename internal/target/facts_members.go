package target

import (
	"context"
	"fmt"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/aws/aws-sdk-go-v2/service/elasticache/types"

	"github.com/cachelift/cachelift/preflight"
)

// atOnce bounds the members that are asked for at the same time: a group with
// cluster mode disabled has six at most (documented), others hundreds.
const atOnce = 6

const opCluster = "DescribeCacheClusters"

// readMembers asks for every member, and takes from the primary, or from
// another if that one could not be read, what they all have in common.
func (p *portrait) readMembers(ctx context.Context) {
	members := p.facts.Members
	clusters, errs := make([]types.CacheCluster, len(members)), make([]error, len(members))
	var asking sync.WaitGroup
	seats := make(chan struct{}, atOnce)
	for i := range members {
		errs[i] = errExited
		asking.Go(func() {
			select {
			case seats <- struct{}{}:
				defer func() { <-seats }()
			case <-ctx.Done():
				errs[i] = p.group.failed(opCluster+" "+members[i].ID, context.Cause(ctx))
				return
			}
			errs[i] = p.group.guarded(ctx, opCluster+" "+members[i].ID, func(ctx context.Context) (err error) {
				clusters[i], err = p.group.cluster(ctx, members[i].ID)
				return err
			})
		})
	}
	asking.Wait()
	var spokesman *types.CacheCluster // of the group
	for i := range members {
		if errs[i] != nil {
			p.miss(errs[i], "members")
			continue
		}
		complete(&members[i], clusters[i])
		if spokesman == nil || members[i].Role == "primary" {
			spokesman = &clusters[i]
		}
	}
	common := []string{"engine_version", "parameter_group", "subnet_group", "security_groups"}
	if p.facts.Engine == "" { // the group did not tell it
		common = append(common, "engine")
	}
	switch {
	case spokesman != nil:
		p.takeCommon(*spokesman)
	case len(members) == 0:
		p.miss(fmt.Errorf("%s: it has no members", p.group), append(common, "members")...)
	default: // all have failed
		p.miss(errs[0], common...)
	}
}

// takeCommon takes what is the same for all members of a group.
func (p *portrait) takeCommon(c types.CacheCluster) {
	t := &p.facts
	if t.Engine == "" {
		t.Engine = aws.ToString(c.Engine)
	}
	t.EngineVersion = aws.ToString(c.EngineVersion)
	t.SubnetGroup = aws.ToString(c.CacheSubnetGroupName)
	if c.CacheParameterGroup != nil {
		t.ParameterGroup = aws.ToString(c.CacheParameterGroup.CacheParameterGroupName)
	}
	for _, sg := range c.SecurityGroups {
		if aws.ToString(sg.Status) == "active" {
			t.SecurityGroups = append(t.SecurityGroups, aws.ToString(sg.SecurityGroupId))
		}
	}
	told := func(field string, ok bool) {
		if !ok {
			p.miss(fmt.Errorf("%s: %s %s: the answer does not tell it", p.group, opCluster, aws.ToString(c.CacheClusterId)), field)
		}
	}
	told("engine", t.Engine != "")
	told("engine_version", t.EngineVersion != "")
	told("parameter_group", t.ParameterGroup != "")
	told("subnet_group", t.SubnetGroup != "")
	told("security_groups", len(t.SecurityGroups) > 0)
}

// complete adds what a member's cache cluster tells of it.
func complete(m *preflight.Member, c types.CacheCluster) {
	m.Status = aws.ToString(c.CacheClusterStatus)
	m.MaintenanceWindow = aws.ToString(c.PreferredMaintenanceWindow)
	m.PendingChanges = pendingOfCluster(c.PendingModifiedValues)
	if len(c.CacheNodes) == 1 {
		if m.Endpoint == "" { // in cluster mode the group does not tell it (documented)
			m.Endpoint = address(c.CacheNodes[0].Endpoint)
		}
		if zone := aws.ToString(c.CacheNodes[0].CustomerAvailabilityZone); zone != "" {
			m.AvailabilityZone = zone
		}
	}
	if m.AvailabilityZone == "" {
		m.AvailabilityZone = aws.ToString(c.PreferredAvailabilityZone)
	}
}

// cluster reads one member.
func (g *Group) cluster(ctx context.Context, id string) (types.CacheCluster, error) {
	var out *elasticache.DescribeCacheClustersOutput
	err := g.part(ctx, func(ctx context.Context) (err error) {
		out, err = g.api.DescribeCacheClusters(ctx, &elasticache.DescribeCacheClustersInput{
			CacheClusterId: aws.String(id), ShowCacheNodeInfo: aws.Bool(true),
		}, once)
		return err
	})
	if err != nil {
		return types.CacheCluster{}, g.failed(opCluster+" "+id, err)
	}
	if len(out.CacheClusters) != 1 {
		return types.CacheCluster{}, fmt.Errorf("%s: %s %s: the answer has %d clusters, want 1", g, opCluster, id, len(out.CacheClusters))
	}
	return out.CacheClusters[0], nil
}
