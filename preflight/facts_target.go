package preflight

// Target is the replication group as the ElastiCache API describes it.
type Target struct {
	// ID is the replication group id.
	ID string `json:"id"`
	// Exists is false when the service answered that there is no such group;
	// then every other field is zero.
	Exists bool `json:"exists"`
	// Status is the group's status, an opaque string: the service's model does
	// not list all values it uses.
	Status string `json:"status,omitempty"`
	// ClusterEnabled tells whether cluster mode is on.
	ClusterEnabled bool `json:"cluster_enabled"`
	// ClusterMode is the newer form: "enabled", "disabled" or "compatible";
	// empty when the service does not say.
	ClusterMode string `json:"cluster_mode,omitempty"`
	// MultiAZ is "enabled" or "disabled".
	MultiAZ string `json:"multi_az,omitempty"`
	// AutomaticFailover is "enabled", "disabled", "enabling" or "disabling".
	AutomaticFailover string `json:"automatic_failover,omitempty"`
	// TransitEncryption tells whether in-transit encryption is on.
	TransitEncryption bool `json:"transit_encryption"`
	// TransitEncryptionMode is "preferred", "required" or empty.
	TransitEncryptionMode string `json:"transit_encryption_mode,omitempty"`
	// AuthToken tells whether the group asks for an AUTH token.
	AuthToken bool `json:"auth_token"`
	// UserGroups are the ids of the RBAC user groups of the group.
	UserGroups []string `json:"user_groups,omitempty"`
	// GlobalDatastore is the id of the global datastore that the group belongs
	// to; empty for none.
	GlobalDatastore string `json:"global_datastore,omitempty"`
	// DataTiering is "enabled", "disabled" or empty.
	DataTiering string `json:"data_tiering,omitempty"`
	// NodeType is, e.g., "cache.m6g.large".
	NodeType string `json:"node_type,omitempty"`
	// NetworkType is "ipv4", "ipv6", "dual_stack" or empty.
	NetworkType string `json:"network_type,omitempty"`
	// Engine is "redis" or "valkey".
	Engine string `json:"engine,omitempty"`
	// EngineVersion is the version of the primary's cache cluster, or of
	// another member if that could not be read.
	EngineVersion string `json:"engine_version,omitempty"`
	// Members are the group's cache clusters, of all node groups.
	Members []Member `json:"members,omitempty"`
	// NodeGroups is the number of shards.
	NodeGroups int `json:"node_groups"`
	// Primary is the address of the primary endpoint, "host:port".
	Primary string `json:"primary,omitempty"`
	// PendingChanges are the names of the values that wait to be applied to
	// the group, as the API names them, e.g. "AutomaticFailoverStatus".
	PendingChanges []string `json:"pending_changes,omitempty"`
	// SnapshotWindow is the daily window of snapshots in UTC, "05:00-09:00".
	SnapshotWindow string `json:"snapshot_window,omitempty"`
	// SnapshotRetentionDays is how long snapshots are kept; 0 means that none
	// are taken.
	SnapshotRetentionDays int `json:"snapshot_retention_days,omitempty"`
	// SecurityGroups are the ids of the active VPC security groups of the nodes.
	SecurityGroups []string `json:"security_groups,omitempty"`
	// SubnetGroup is the name of the cache subnet group.
	SubnetGroup string `json:"subnet_group,omitempty"`
	// VPC is the id of the subnet group's VPC.
	VPC string `json:"vpc,omitempty"`
	// Subnets are the subnets of the subnet group: any of them may get a node
	// when one is replaced.
	Subnets []TargetSubnet `json:"subnets,omitempty"`
	// ParameterGroup is the name of the cache parameter group.
	ParameterGroup string `json:"parameter_group,omitempty"`
	// Databases is the parameter "databases" of that group; 0 if not known.
	Databases int `json:"databases,omitempty"`
	// Parameters are the other parameters that matter; nil if not known.
	Parameters *Parameters `json:"parameters,omitempty"`
}

// Member is one cache cluster of the group.
type Member struct {
	// ID is the cache cluster id.
	ID string `json:"id"`
	// Status is the cache cluster's status, e.g. "available" or "modifying".
	Status string `json:"status,omitempty"`
	// Role is "primary" or "replica"; empty in cluster mode.
	Role string `json:"role,omitempty"`
	// Endpoint is the node's own address, "host:port".
	Endpoint string `json:"endpoint,omitempty"`
	// AvailabilityZone is where the node runs.
	AvailabilityZone string `json:"availability_zone,omitempty"`
	// MaintenanceWindow is the weekly window in UTC, "sun:05:00-sun:09:00".
	MaintenanceWindow string `json:"maintenance_window,omitempty"`
	// PendingChanges are the names of the values that wait to be applied to
	// this member, e.g. "EngineVersion".
	PendingChanges []string `json:"pending_changes,omitempty"`
}

// TargetSubnet is one subnet of the cache subnet group.
type TargetSubnet struct {
	// ID is the subnet id.
	ID string `json:"id"`
	// AvailabilityZone is the subnet's zone.
	AvailabilityZone string `json:"availability_zone,omitempty"`
}

// Parameters are values of the cache parameter group.
type Parameters struct {
	// MaxMemory is maxmemory of the group's node type in bytes, before the
	// reserve is taken off; 0 if not known.
	MaxMemory int64 `json:"maxmemory,omitempty"`
	// ReservedMemoryPercent is the part of MaxMemory kept for other than data;
	// -1 if not known.
	ReservedMemoryPercent int `json:"reserved_memory_percent"`
	// MaxMemoryPolicy is the eviction policy, e.g. "volatile-lru".
	MaxMemoryPolicy string `json:"maxmemory_policy,omitempty"`
	// RenamedCommands are the commands that the parameter rename-commands names,
	// without their new names, which some treat as a password.
	RenamedCommands []string `json:"renamed_commands,omitempty"`
	// MinReplicasToWrite is how many replicas a write needs.
	MinReplicasToWrite int `json:"min_replicas_to_write,omitempty"`
}
