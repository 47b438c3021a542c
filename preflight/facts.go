package preflight

import "time"

// Facts is what was seen of both ends. A nil part was not seen; Gaps says why.
// Facts is plain data: it holds no secrets and survives JSON.
type Facts struct {
	// GatheredAt is when gathering ended.
	GatheredAt time.Time `json:"gathered_at"`
	// Target is what the ElastiCache API tells of the replication group.
	Target *Target `json:"target,omitempty"`
	// TargetNode is what the group's primary node tells of itself.
	TargetNode *Node `json:"target_node,omitempty"`
	// Source is what the self-hosted server tells of itself.
	Source *Node `json:"source,omitempty"`
	// SourceProbe is what a connection without credentials to the source
	// got, which is what ElastiCache will get.
	SourceProbe *Probe `json:"source_probe,omitempty"`
	// Fence tells whether writes can be paused on the source itself; nil when
	// the host pauses them by means of its own.
	Fence *Fence `json:"fence,omitempty"`
	// Gaps are the facts that could not be gathered, with the reason.
	Gaps []Gap `json:"gaps,omitempty"`
}

// Gap names facts that are absent and why.
type Gap struct {
	// Subject is the part of [Facts] that is missing, by its JSON names:
	// "target", "target_node", "source", "source_probe", or a field of one of
	// them, e.g. "target.databases".
	Subject string `json:"subject"`
	// Reason is the error that prevented gathering, without secrets.
	Reason string `json:"reason"`
}

// Reason returns why the facts of subject are absent, or "" if no gap is
// recorded for it.
func (f Facts) Reason(subject string) string {
	for _, g := range f.Gaps {
		if g.Subject == subject {
			return g.Reason
		}
	}
	return ""
}

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
	// NodeType is, e.g., "cache.m6g.large".
	NodeType string `json:"node_type,omitempty"`
	// Engine is "redis" or "valkey".
	Engine string `json:"engine,omitempty"`
	// EngineVersion is the version of the primary's cache cluster.
	EngineVersion string `json:"engine_version,omitempty"`
	// Members are the ids of the group's cache clusters.
	Members []string `json:"members,omitempty"`
	// NodeGroups is the number of shards.
	NodeGroups int `json:"node_groups"`
	// Primary is the address of the primary endpoint, "host:port".
	Primary string `json:"primary,omitempty"`
	// ParameterGroup is the name of the cache parameter group.
	ParameterGroup string `json:"parameter_group,omitempty"`
	// Databases is the parameter "databases" of that group; 0 if not known.
	Databases int `json:"databases,omitempty"`
}

// Node is one Redis or Valkey server as its INFO, and CONFIG where allowed,
// describe it.
type Node struct {
	// Address is where it was asked, "host:port".
	Address string `json:"address"`
	// Engine is "redis" or "valkey".
	Engine string `json:"engine"`
	// Version is the engine's own version, e.g. "7.0.15".
	Version string `json:"version"`
	// Role is "master" or "slave", in the server's own words.
	Role string `json:"role"`
	// UpstreamLink is master_link_status of a replica: "up" or "down"; empty
	// for a primary.
	UpstreamLink string `json:"upstream_link,omitempty"`
	// ClusterEnabled tells whether the server runs in cluster mode.
	ClusterEnabled bool `json:"cluster_enabled"`
	// Databases is the number of logical databases; 0 if it could not be told.
	Databases int `json:"databases,omitempty"`
	// UsedMemory is used_memory in bytes.
	UsedMemory int64 `json:"used_memory"`
	// MaxMemory is maxmemory in bytes; 0 means no limit.
	MaxMemory int64 `json:"maxmemory"`
	// Keys counts the keys per logical database.
	Keys map[int]int64 `json:"keys,omitempty"`
}

// Fence is what an examination of the source found about pausing writes on it.
// Nothing was changed to find out.
type Fence struct {
	// Ready tells whether the source can be fenced.
	Ready bool `json:"ready"`
	// Reason is why not.
	Reason string `json:"reason,omitempty"`
}

// Probe is the answer to a plain PING without credentials.
type Probe struct {
	// Address is where it was sent, "host:port".
	Address string `json:"address"`
	// Reached tells whether a TCP connection was established.
	Reached bool `json:"reached"`
	// Reply is what came back: "PONG", or the server's error such as
	// "NOAUTH Authentication required.".
	Reply string `json:"reply,omitempty"`
	// Err is the error of the attempt when no reply came.
	Err string `json:"err,omitempty"`
}
