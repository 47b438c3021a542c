package target

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache/types"

	"github.com/cachelift/cachelift/preflight"
)

// Facts gathers what the preflight checks need to know of the group; it changes
// nothing. A group that does not exist is a fact, not an error. The error is
// that of describing the group, which is tried once.
//
// All else is read part by part, side by side where one part does not depend on
// another: first each member, then the subnet group and the parameter group that
// the members name. A part that fails for a passing reason is tried again a few
// times within ten seconds; one that still fails leaves gaps such as
// "target.databases", and all others are there. Each member that could not be
// read is a gap "target.members" of its own, with its id in the reason.
func (g *Group) Facts(ctx context.Context) (preflight.Target, []preflight.Gap, error) {
	rg, err := g.read(ctx)
	if errors.Is(err, ErrNotFound) {
		return preflight.Target{ID: g.id}, nil, nil
	}
	if err != nil {
		return preflight.Target{}, nil, err
	}
	p := &portrait{group: g, facts: groupFacts(g.id, rg)}
	p.missUntold(rg)
	p.readMembers(ctx)
	p.readNamed(ctx)
	return p.facts, p.gaps, nil
}

// portrait is the facts as far as they have been gathered.
type portrait struct {
	group *Group
	facts preflight.Target
	gaps  []preflight.Gap
}

// miss records that fields of the target could not be read.
func (p *portrait) miss(err error, fields ...string) {
	for _, f := range fields {
		p.gaps = append(p.gaps, preflight.Gap{Subject: "target." + f, Reason: err.Error()})
	}
}

// missUntold records which settings the answer about the group leaves out: what
// is not told is not off. What is told of some groups alone, such as the mode of
// encryption, is not among them.
func (p *portrait) missUntold(rg types.ReplicationGroup) {
	for _, row := range []struct {
		field string
		told  bool
	}{
		{"status", rg.Status != nil},
		{"cluster_enabled", rg.ClusterEnabled != nil},
		{"transit_encryption", rg.TransitEncryptionEnabled != nil},
		{"auth_token", rg.AuthTokenEnabled != nil},
		{"node_type", rg.CacheNodeType != nil},
		{"snapshot_retention_days", rg.SnapshotRetentionLimit != nil},
		// Without snapshots there need not be one (assumed).
		{"snapshot_window", rg.SnapshotWindow != nil || rg.SnapshotRetentionLimit != nil && *rg.SnapshotRetentionLimit == 0},
		{"multi_az", rg.MultiAZ != ""},
		{"automatic_failover", rg.AutomaticFailover != ""},
	} {
		if !row.told {
			p.miss(fmt.Errorf("%s: %s: the answer does not tell it", p.group, opGroups), row.field)
		}
	}
}

// groupFacts is what the answer about the group alone tells. Its members have
// an id, and role, endpoint and zone as far as that answer has them.
func groupFacts(id string, rg types.ReplicationGroup) preflight.Target {
	d := describe(rg)
	t := preflight.Target{
		ID:                    id,
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
		DataTiering:           string(rg.DataTiering),
		NodeType:              aws.ToString(rg.CacheNodeType),
		NetworkType:           string(rg.NetworkType),
		Engine:                aws.ToString(rg.Engine),
		NodeGroups:            d.NodeGroups,
		Primary:               d.Primary,
		PendingChanges:        pendingOfGroup(rg.PendingModifiedValues),
		SnapshotWindow:        aws.ToString(rg.SnapshotWindow),
		SnapshotRetentionDays: int(aws.ToInt32(rg.SnapshotRetentionLimit)),
	}
	if global := rg.GlobalReplicationGroupInfo; global != nil { // an empty element outside of any (documented sample)
		t.GlobalDatastore = aws.ToString(global.GlobalReplicationGroupId)
	}
	shown := map[string]preflight.Member{}
	for _, ng := range rg.NodeGroups {
		for _, m := range ng.NodeGroupMembers {
			id := aws.ToString(m.CacheClusterId)
			shown[id] = preflight.Member{
				ID: id, Role: aws.ToString(m.CurrentRole), Endpoint: address(m.ReadEndpoint),
				AvailabilityZone: aws.ToString(m.PreferredAvailabilityZone),
			}
		}
	}
	for _, id := range memberIDs(rg) {
		m := shown[id]
		m.ID = id
		t.Members = append(t.Members, m)
	}
	return t
}

// memberIDs are the ids of the group's cache clusters, each once: those that
// the group lists, and those that only a shard does.
func memberIDs(rg types.ReplicationGroup) []string {
	var ids []string
	seen := map[string]bool{"": true}
	add := func(id string) {
		if !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	for _, id := range rg.MemberClusters {
		add(id)
	}
	for _, ng := range rg.NodeGroups {
		for _, m := range ng.NodeGroupMembers {
			add(aws.ToString(m.CacheClusterId))
		}
	}
	return ids
}
