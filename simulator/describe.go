package simulator

import (
	"maps"
	"slices"

	"github.com/cachelift/cachelift/simulator/internal/wire"
)

// account is the AWS account number in ARNs.
const account = "123456789012"

func (s *Sim) arn(kind, name string) string {
	return "arn:aws:elasticache:" + s.region + ":" + account + ":" + kind + ":" + name
}

// sortedGroups returns the groups in the order of their ids. The caller holds s.mu.
func (s *Sim) sortedGroups() []*Group {
	var out []*Group
	for _, id := range slices.Sorted(maps.Keys(s.groups)) {
		if g := s.groups[id]; g != nil {
			out = append(out, g)
		}
	}
	return out
}

// group finds a group. The caller holds s.mu.
func (s *Sim) group(id string) (*Group, error) {
	if g := s.groups[id]; g != nil {
		return g, nil
	}
	return nil, wire.NewError("ReplicationGroupNotFoundFault", "ReplicationGroup %s not found.", id)
}

func (s *Sim) describeGroups(q wire.Request, look sight) (any, error) {
	groups := s.sortedGroups()
	if q.Has("ReplicationGroupId") {
		id, err := q.RequiredID("ReplicationGroupId")
		if err != nil {
			return nil, err
		}
		g, err := s.group(id)
		if err != nil {
			return nil, err
		}
		groups = []*Group{g}
	}
	page, marker, err := wire.Page(q, groups, (*Group).ID)
	if err != nil {
		return nil, err
	}
	result := wire.DescribeReplicationGroupsResult{Marker: marker}
	for _, g := range page {
		result.ReplicationGroups = append(result.ReplicationGroups, g.shape(g.shownAt(look.at)))
	}
	return result, nil
}

// member is one node together with its group.
type member struct {
	group *Group
	node  *node
}

func (s *Sim) describeClusters(q wire.Request) (any, error) {
	withNodes, err := q.Bool("ShowCacheNodeInfo")
	if err != nil {
		return nil, err
	}
	standalone, err := q.Bool("ShowCacheClustersNotInReplicationGroups")
	if err != nil {
		return nil, err
	}
	wanted := q.ID("CacheClusterId")
	if q.Has("CacheClusterId") && wanted == "" {
		return nil, wire.InvalidValue("The parameter CacheClusterId must not be blank")
	}
	var members []member
	for _, g := range s.sortedGroups() {
		for _, n := range g.nodes {
			if wanted == "" && !standalone || wanted == n.id {
				members = append(members, member{g, n})
			}
		}
	}
	if wanted != "" && len(members) == 0 {
		return nil, wire.NewError("CacheClusterNotFound", "CacheCluster not found: %s", wanted)
	}
	page, marker, err := wire.Page(q, members, func(m member) string { return m.node.id })
	if err != nil {
		return nil, err
	}
	result := wire.DescribeCacheClustersResult{Marker: marker}
	for _, m := range page {
		c := m.shape()
		if withNodes {
			c.CacheNodes = m.nodesShape()
		}
		result.CacheClusters = append(result.CacheClusters, c)
	}
	return result, nil
}

func (s *Sim) describeSubnetGroups(q wire.Request) (any, error) {
	names := slices.Sorted(maps.Keys(s.subnetGroups))
	if q.Has("CacheSubnetGroupName") {
		name, err := q.RequiredID("CacheSubnetGroupName")
		if err != nil {
			return nil, err
		}
		if _, ok := s.subnetGroups[name]; !ok {
			return nil, wire.NewError("CacheSubnetGroupNotFoundFault", "Cache Subnet Group %s does not exist.", name)
		}
		names = []string{name}
	}
	page, marker, err := wire.Page(q, names, func(n string) string { return n })
	if err != nil {
		return nil, err
	}
	result := wire.DescribeCacheSubnetGroupsResult{Marker: marker}
	for _, name := range page {
		result.CacheSubnetGroups = append(result.CacheSubnetGroups, s.subnetGroupShape(s.subnetGroups[name]))
	}
	return result, nil
}
