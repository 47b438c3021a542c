package wire

// Endpoint is where a node or group is reached.
type Endpoint struct {
	Address string
	Port    int
}

// ReplicationGroup holds the members of the service's shape that the simulator
// fills. Element names are those of the service model.
type ReplicationGroup struct {
	ReplicationGroupID         string `xml:"ReplicationGroupId"`
	Description                string
	GlobalReplicationGroupInfo GlobalGroup
	Status                     string
	PendingModifiedValues      PendingGroupValues
	MemberClusters             []string    `xml:"MemberClusters>ClusterId"`
	NodeGroups                 []NodeGroup `xml:"NodeGroups>NodeGroup"`
	AutomaticFailover          string
	MultiAZ                    string
	ConfigurationEndpoint      *Endpoint `xml:",omitempty"`
	SnapshotRetentionLimit     int
	SnapshotWindow             string
	ClusterEnabled             bool
	ClusterMode                string
	CacheNodeType              string
	AuthTokenEnabled           bool
	TransitEncryptionEnabled   bool
	TransitEncryptionMode      string `xml:",omitempty"`
	AtRestEncryptionEnabled    bool
	ARN                        string
	ReplicationGroupCreateTime Time
	DataTiering                string
	AutoMinorVersionUpgrade    bool
	UserGroupIDs               []string `xml:"UserGroupIds>member"`
	NetworkType                string
	IPDiscovery                string `xml:"IpDiscovery"`
	Engine                     string
}

// NodeGroup is one shard.
type NodeGroup struct {
	NodeGroupID      string `xml:"NodeGroupId"`
	Status           string
	PrimaryEndpoint  *Endpoint         `xml:",omitempty"`
	ReaderEndpoint   *Endpoint         `xml:",omitempty"`
	Slots            string            `xml:",omitempty"`
	NodeGroupMembers []NodeGroupMember `xml:"NodeGroupMembers>NodeGroupMember"`
}

// NodeGroupMember is one node of a shard. Role and read endpoint exist only
// with cluster mode disabled (documented).
type NodeGroupMember struct {
	CacheClusterID            string    `xml:"CacheClusterId"`
	CacheNodeID               string    `xml:"CacheNodeId"`
	ReadEndpoint              *Endpoint `xml:",omitempty"`
	PreferredAvailabilityZone string
	CurrentRole               string `xml:",omitempty"`
}

// MigrationResult answers TestMigration, StartMigration and CompleteMigration.
type MigrationResult struct {
	ReplicationGroup ReplicationGroup
}

// DescribeReplicationGroupsResult answers the operation of that name.
type DescribeReplicationGroupsResult struct {
	Marker            string             `xml:",omitempty"`
	ReplicationGroups []ReplicationGroup `xml:"ReplicationGroups>ReplicationGroup"`
}
