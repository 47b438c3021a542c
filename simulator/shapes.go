package simulator

import "github.com/cachelift/cachelift/simulator/internal/wire"

const nodeID = "0001" // of every node and of the one shard (documented)

func wireEndpoint(e Endpoint) *wire.Endpoint { return &wire.Endpoint{Address: e.Address, Port: e.Port} }

// shape returns the group as the API shows it, at present or in the past. The
// caller holds sim.mu.
func (g *Group) shape(seen view) wire.ReplicationGroup {
	spec, clustered := g.spec, g.spec.ClusterMode == Enabled
	out := wire.ReplicationGroup{
		ReplicationGroupID:         spec.ID,
		Description:                spec.Description,
		Status:                     seen.status,
		PendingModifiedValues:      spec.Pending.shape(),
		AutomaticFailover:          string(spec.AutomaticFailover),
		MultiAZ:                    string(spec.MultiAZ),
		SnapshotRetentionLimit:     spec.SnapshotRetentionDays,
		SnapshotWindow:             spec.SnapshotWindow,
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
		UserGroupIDs:               spec.UserGroupIDs,
		NetworkType:                spec.NetworkType,
		IPDiscovery:                spec.ipDiscovery(),
		Engine:                     spec.Engine,
	}
	if spec.GlobalDatastore != "" {
		out.GlobalReplicationGroupInfo = wire.GlobalGroup{ID: spec.GlobalDatastore, Role: "PRIMARY"}
	}
	// The sample of a started migration shows its node group "available".
	shard := wire.NodeGroup{NodeGroupID: nodeID, Status: statusAvailable}
	if clustered {
		out.ConfigurationEndpoint = wireEndpoint(g.primaryEndpoint(seen))
		shard.Slots = "0-16383"
	} else {
		shard.PrimaryEndpoint = wireEndpoint(g.primaryEndpoint(seen))
		shard.ReaderEndpoint = wireEndpoint(g.readerEndpoint(seen))
	}
	for i, n := range g.nodes {
		m := wire.NodeGroupMember{CacheClusterID: n.id, CacheNodeID: nodeID, PreferredAvailabilityZone: n.zone}
		if !clustered {
			m.CurrentRole = seen.role(i)
			m.ReadEndpoint = wireEndpoint(n.endpoint)
		}
		shard.NodeGroupMembers = append(shard.NodeGroupMembers, m)
		out.MemberClusters = append(out.MemberClusters, n.id)
	}
	out.NodeGroups = []wire.NodeGroup{shard}
	return out
}

// ipDiscovery is the family of the addresses that endpoints show. Of
// "dual_stack" it is the default (documented).
func (r ReplicationGroup) ipDiscovery() string {
	if r.NetworkType == "ipv6" {
		return "ipv6"
	}
	return "ipv4"
}

// shape returns the cache cluster. Its status stays what it is through a
// migration (assumed).
func (m member) shape() wire.CacheCluster {
	spec := m.group.spec
	out := wire.CacheCluster{
		CacheClusterID:             m.node.id,
		ReplicationGroupID:         spec.ID,
		CacheClusterStatus:         m.group.memberStatus(m.node.id),
		CacheNodeType:              spec.NodeType,
		Engine:                     spec.Engine,
		EngineVersion:              spec.EngineVersion,
		NumCacheNodes:              1,
		PreferredAvailabilityZone:  m.node.zone,
		CacheClusterCreateTime:     wire.Time(m.group.created),
		PreferredMaintenanceWindow: spec.MaintenanceWindow,
		PendingModifiedValues:      spec.Members[m.node.id].Pending.shape(),
		CacheParameterGroup:        wire.ParameterGroupStatus{CacheParameterGroupName: spec.ParameterGroup, ParameterApplyStatus: "in-sync"},
		CacheSubnetGroupName:       spec.SubnetGroup,
		AutoMinorVersionUpgrade:    true,
		SnapshotRetentionLimit:     spec.SnapshotRetentionDays,
		SnapshotWindow:             spec.SnapshotWindow,
		AuthTokenEnabled:           spec.AuthToken != "",
		TransitEncryptionEnabled:   spec.TransitEncryption != TransitEncryptionOff,
		TransitEncryptionMode:      string(spec.TransitEncryption),
		AtRestEncryptionEnabled:    spec.AtRestEncryption == Enabled,
		ARN:                        m.group.sim.arn("cluster", m.node.id),
		NetworkType:                spec.NetworkType,
		IPDiscovery:                spec.ipDiscovery(),
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
