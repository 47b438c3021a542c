package target

import (
	"context"
	"fmt"
	"net"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/aws/aws-sdk-go-v2/service/elasticache/types"
)

// Description is how a migration sees the group.
type Description struct {
	// Status is the group's status, an opaque string: "migrating" is not among
	// the values of the service's model, but documented elsewhere.
	Status string
	// Primary is the primary endpoint, "host:port"; "" in cluster mode or while
	// the service does not tell one. Read it again after each change of status:
	// endpoints can change (reported).
	Primary string
	// Members are the cache clusters of the group, all node groups together.
	Members []Member
	// NodeGroups is the number of shards.
	NodeGroups int
}

// Member is one cache cluster of the group.
type Member struct {
	// ID is the cache cluster id.
	ID string
	// Role is "primary" or "replica"; the service tells it only with cluster
	// mode disabled (documented).
	Role string
	// Endpoint is the node's own endpoint, "host:port"; "" in cluster mode.
	Endpoint string
}

// Describe reads the group's present state. The error has [ErrNotFound] if
// there is no such group.
func (g *Group) Describe(ctx context.Context) (Description, error) {
	rg, err := g.read(ctx)
	if err != nil {
		return Description{}, err
	}
	return describe(rg), nil
}

func describe(rg types.ReplicationGroup) Description {
	d := Description{Status: aws.ToString(rg.Status), NodeGroups: len(rg.NodeGroups)}
	for _, ng := range rg.NodeGroups {
		for _, m := range ng.NodeGroupMembers {
			d.Members = append(d.Members, Member{
				ID:       aws.ToString(m.CacheClusterId),
				Role:     aws.ToString(m.CurrentRole),
				Endpoint: address(m.ReadEndpoint),
			})
		}
	}
	if len(rg.NodeGroups) == 1 {
		d.Primary = address(rg.NodeGroups[0].PrimaryEndpoint)
	}
	return d
}

const opGroups = "DescribeReplicationGroups"

// read asks for this group alone.
func (g *Group) read(ctx context.Context) (types.ReplicationGroup, error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	out, err := g.api.DescribeReplicationGroups(ctx, &elasticache.DescribeReplicationGroupsInput{
		ReplicationGroupId: aws.String(g.id),
	}, once)
	if err != nil {
		return types.ReplicationGroup{}, g.failed(opGroups, err)
	}
	if len(out.ReplicationGroups) != 1 {
		return types.ReplicationGroup{}, fmt.Errorf("%s: %s: %w: the answer has %d groups, want 1",
			g, opGroups, ErrNotFound, len(out.ReplicationGroups))
	}
	return out.ReplicationGroups[0], nil
}

// address is "host:port", or "" if the endpoint is not told in full.
func address(e *types.Endpoint) string {
	if e == nil || aws.ToString(e.Address) == "" || e.Port == nil {
		return ""
	}
	return net.JoinHostPort(*e.Address, strconv.Itoa(int(*e.Port)))
}
