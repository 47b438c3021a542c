package wire

// CacheCluster is one member of a replication group.
type CacheCluster struct {
	CacheClusterID             string `xml:"CacheClusterId"`
	ReplicationGroupID         string `xml:"ReplicationGroupId"`
	CacheClusterStatus         string
	CacheNodeType              string
	Engine                     string
	EngineVersion              string
	NumCacheNodes              int
	PreferredAvailabilityZone  string
	CacheClusterCreateTime     Time
	PreferredMaintenanceWindow string
	PendingModifiedValues      PendingClusterValues
	CacheParameterGroup        ParameterGroupStatus
	CacheSubnetGroupName       string
	CacheNodes                 *CacheNodes     `xml:",omitempty"`
	SecurityGroups             []SecurityGroup `xml:"SecurityGroups>member"`
	AutoMinorVersionUpgrade    bool
	SnapshotRetentionLimit     int
	SnapshotWindow             string
	AuthTokenEnabled           bool
	TransitEncryptionEnabled   bool
	TransitEncryptionMode      string `xml:",omitempty"`
	AtRestEncryptionEnabled    bool
	ARN                        string
	NetworkType                string
	IPDiscovery                string `xml:"IpDiscovery"`
}

// CacheNodes is the list that only ShowCacheNodeInfo asks for.
type CacheNodes struct {
	CacheNode []CacheNode
}

// CacheNode is the one node of a member cluster.
type CacheNode struct {
	CacheNodeID              string `xml:"CacheNodeId"`
	CacheNodeStatus          string
	CacheNodeCreateTime      Time
	Endpoint                 Endpoint
	ParameterGroupStatus     string
	CustomerAvailabilityZone string
}

// ParameterGroupStatus names the parameter group in use.
type ParameterGroupStatus struct {
	CacheParameterGroupName string
	ParameterApplyStatus    string
	CacheNodeIDsToReboot    Empty `xml:"CacheNodeIdsToReboot"`
}

// SecurityGroup is one security group of a cluster.
type SecurityGroup struct {
	SecurityGroupID string `xml:"SecurityGroupId"`
	Status          string
}

// DescribeCacheClustersResult answers the operation of that name.
type DescribeCacheClustersResult struct {
	Marker        string         `xml:",omitempty"`
	CacheClusters []CacheCluster `xml:"CacheClusters>CacheCluster"`
}
