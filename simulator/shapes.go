package simulator

import "github.com/cachelift/cachelift/simulator/internal/wire"

const (
	nodeID            = "0001" // of every node and of the one shard (documented)
	snapshotWindow    = "05:00-06:00"
	maintenanceWindow = "sun:07:00-sun:08:00"
)

func wireEndpoint(e Endpoint) *wire.Endpoint { return &wire.Endpoint{Address: e.Address, Port: e.Port} }

// shape returns the group as the API shows it. The caller holds sim.mu.
func (g *Group) shape() wire.ReplicationGroup {
	spec, clustered := g.spec, g.spec.ClusterMode == Enabled
	out := wire.ReplicationGroup{
		ReplicationGroupID:         spec.ID,
		Description:                spec.Description,
		Status:                     g.status,
		AutomaticFailover:          string(spec.MultiAZ),
		MultiAZ:                    string(spec.MultiAZ),
		SnapshotWindow:             snapshotWindow,
		ClusterEnabled:             clustered,
		ClusterMode:                string(spec.ClusterMode),
		CacheNodeType:              spec.NodeType,
		AuthTokenEnabled:           spec.AuthToken != "",
		TransitEncryptionEnabled:   spec.TransitEncryption != TransitEncryptionOff,
		TransitEncryptionMode:      string(spec.TransitEncryption),
		AtRestEncryptionEnabled:    spec.AtRestEncryption == Enabled,
		ARN:                        g.sim.arn("replicationgroup", spec.ID),
		ReplicationGroupCreateTime: wire.Time(g.created),
		DataTiering:                string(spec.DataTiering),
		AutoMinorVersionUpgrade:    true,
		NetworkType:                "ipv4",
		IPDiscovery:                "ipv4",
		Engine:                     spec.Engine,
	}
	// The sample of a started migration shows its node group "available".
	shard := wire.NodeGroup{NodeGroupID: nodeID, Status: statusAvailable}
	if clustered {
		out.ConfigurationEndpoint = wireEndpoint(g.PrimaryEndpoint())
		shard.Slots = "0-16383"
	} else {
		shard.PrimaryEndpoint = wireEndpoint(g.PrimaryEndpoint())
		shard.ReaderEndpoint = wireEndpoint(g.ReaderEndpoint())
	}
	for i, n := range g.nodes {
		m := wire.NodeGroupMember{CacheClusterID: n.id, CacheNodeID: nodeID, PreferredAvailabilityZone: n.zone}
		if !clustered {
			m.CurrentRole = role(i)
			m.ReadEndpoint = wireEndpoint(n.endpoint)
		}
		shard.NodeGroupMembers = append(shard.NodeGroupMembers, m)
		out.MemberClusters = append(out.MemberClusters, n.id)
	}
	out.NodeGroups = []wire.NodeGroup{shard}
	return out
}

// shape returns the cache cluster. Its status stays "available" through a
// migration (assumed).
func (m member) shape() wire.CacheCluster {
	spec := m.group.spec
	out := wire.CacheCluster{
		CacheClusterID:             m.node.id,
		ReplicationGroupID:         spec.ID,
		CacheClusterStatus:         statusAvailable,
		CacheNodeType:              spec.NodeType,
		Engine:                     spec.Engine,
		EngineVersion:              spec.EngineVersion,
		NumCacheNodes:              1,
		PreferredAvailabilityZone:  m.node.zone,
		CacheClusterCreateTime:     wire.Time(m.group.created),
		PreferredMaintenanceWindow: maintenanceWindow,
		CacheParameterGroup:        wire.ParameterGroupStatus{CacheParameterGroupName: spec.ParameterGroup, ParameterApplyStatus: "in-sync"},
		CacheSubnetGroupName:       spec.SubnetGroup,
		AutoMinorVersionUpgrade:    true,
		SnapshotWindow:             snapshotWindow,
		AuthTokenEnabled:           spec.AuthToken != "",
		TransitEncryptionEnabled:   spec.TransitEncryption != TransitEncryptionOff,
		TransitEncryptionMode:      string(spec.TransitEncryption),
		AtRestEncryptionEnabled:    spec.AtRestEncryption == Enabled,
		ARN:                        m.group.sim.arn("cluster", m.node.id),
		NetworkType:                "ipv4",
		IPDiscovery:                "ipv4",
	}
	for _, id := range spec.SecurityGroupIDs {
		out.SecurityGroups = append(out.SecurityGroups, wire.SecurityGroup{SecurityGroupID: id, Status: "active"})
	}
	return out
}

func (m member) nodesShape() *wire.CacheNodes {
	return &wire.CacheNodes{CacheNode: []wire.CacheNode{{
		CacheNodeID:              nodeID,
		CacheNodeStatus:          statusAvailable,
		CacheNodeCreateTime:      wire.Time(m.group.created),
		Endpoint:                 *wireEndpoint(m.node.endpoint),
		ParameterGroupStatus:     "in-sync",
		CustomerAvailabilityZone: m.node.zone,
	}}}
}

func (s *Sim) subnetGroupShape(g SubnetGroup) wire.CacheSubnetGroup {
	out := wire.CacheSubnetGroup{
		CacheSubnetGroupName:        g.Name,
		CacheSubnetGroupDescription: g.Description,
		VpcID:                       g.VPCID,
		ARN:                         s.arn("subnetgroup", g.Name),
		SupportedNetworkTypes:       []string{"ipv4"},
	}
	for _, n := range g.Subnets {
		out.Subnets = append(out.Subnets, wire.Subnet{
			SubnetIdentifier: n.ID, AvailabilityZone: n.AvailabilityZone, SupportedNetworkTypes: []string{"ipv4"},
		})
	}
	return out
}
