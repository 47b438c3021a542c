package target

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/aws/aws-sdk-go-v2/service/elasticache/types"

	"github.com/cachelift/cachelift/preflight"
)

// Facts gathers what the preflight checks need to know of the group; it changes
// nothing. A group that does not exist is a fact, not an error. The error is
// that of describing the group; what else could not be read is a gap, with a
// subject such as "target.databases".
func (g *Group) Facts(ctx context.Context) (preflight.Target, []preflight.Gap, error) {
	rg, err := g.read(ctx)
	if errors.Is(err, ErrNotFound) {
		return preflight.Target{ID: g.id}, nil, nil
	}
	if err != nil {
		return preflight.Target{}, nil, err
	}
	d := describe(rg)
	t := groupFacts(rg, d)
	t.ID = g.id
	var gaps []preflight.Gap
	miss := func(err error, fields ...string) {
		for _, f := range fields {
			gaps = append(gaps, preflight.Gap{Subject: "target." + f, Reason: err.Error()})
		}
	}
	cluster, err := g.cluster(ctx, d.primaryID())
	if err != nil {
		miss(err, "engine_version", "parameter_group", "databases")
		return t, gaps, nil
	}
	t.EngineVersion = aws.ToString(cluster.EngineVersion)
	if t.Engine == "" {
		t.Engine = aws.ToString(cluster.Engine)
	}
	if cluster.CacheParameterGroup != nil {
		t.ParameterGroup = aws.ToString(cluster.CacheParameterGroup.CacheParameterGroupName)
	}
	if t.Databases, err = g.databases(ctx, t.ParameterGroup); err != nil {
		miss(err, "databases")
	}
	return t, gaps, nil
}

func groupFacts(rg types.ReplicationGroup, d Description) preflight.Target {
	var members []preflight.Member
	for _, id := range rg.MemberClusters {
		members = append(members, preflight.Member{ID: id})
	}
	return preflight.Target{
		Exists:                true,
		Status:                d.Status,
		ClusterEnabled:        aws.ToBool(rg.ClusterEnabled),
		ClusterMode:           string(rg.ClusterMode),
		MultiAZ:               string(rg.MultiAZ),
		AutomaticFailover:     string(rg.AutomaticFailover),
		TransitEncryption:     aws.ToBool(rg.TransitEncryptionEnabled),
		TransitEncryptionMode: string(rg.TransitEncryptionMode),
		AuthToken:             aws.ToBool(rg.AuthTokenEnabled),
		UserGroups:            rg.UserGroupIds,
		NodeType:              aws.ToString(rg.CacheNodeType),
		Engine:                aws.ToString(rg.Engine),
		Members:               members,
		NodeGroups:            d.NodeGroups,
		Primary:               d.Primary,
	}
}

// cluster reads one member: the group itself does not tell the engine's version
// and the parameter group.
func (g *Group) cluster(ctx context.Context, id string) (types.CacheCluster, error) {
	const op = "DescribeCacheClusters"
	if id == "" {
		return types.CacheCluster{}, fmt.Errorf("%s: %s: the group has no members", g, op)
	}
	ctx, cancel := bounded(ctx)
	defer cancel()
	out, err := g.api.DescribeCacheClusters(ctx, &elasticache.DescribeCacheClustersInput{
		CacheClusterId: aws.String(id),
	}, once)
	if err != nil {
		return types.CacheCluster{}, g.failed(op+" "+id, err)
	}
	if len(out.CacheClusters) != 1 {
		return types.CacheCluster{}, fmt.Errorf("%s: %s %s: the answer has %d clusters, want 1", g, op, id, len(out.CacheClusters))
	}
	return out.CacheClusters[0], nil
}

// databases reads the parameter of that name.
func (g *Group) databases(ctx context.Context, group string) (int, error) {
	const op = "DescribeCacheParameters"
	if group == "" {
		return 0, fmt.Errorf("%s: %s: the service names no parameter group", g, op)
	}
	ctx, cancel := bounded(ctx)
	defer cancel()
	var marker *string
	for {
		out, err := g.api.DescribeCacheParameters(ctx, &elasticache.DescribeCacheParametersInput{
			CacheParameterGroupName: aws.String(group), Marker: marker,
		}, once)
		if err != nil {
			return 0, g.failed(op+" "+group, err)
		}
		for _, p := range out.Parameters {
			if aws.ToString(p.ParameterName) != "databases" {
				continue
			}
			n, err := strconv.Atoi(aws.ToString(p.ParameterValue))
			if err != nil {
				return 0, fmt.Errorf("%s: %s %s: databases: %w", g, op, group, err)
			}
			return n, nil
		}
		if marker = out.Marker; last(marker) {
			return 0, fmt.Errorf("%s: %s %s: it has no parameter databases", g, op, group)
		}
	}
}

// last reports whether there are no more pages: the service leaves the marker
// out, or sends an empty one (reported).
func last(marker *string) bool { return aws.ToString(marker) == "" }
