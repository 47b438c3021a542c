package wire

// GlobalGroup is a group's place in a global datastore. Of a group outside of
// any it is an empty element (documented sample).
type GlobalGroup struct {
	ID   string `xml:"GlobalReplicationGroupId,omitempty"`
	Role string `xml:"GlobalReplicationGroupMemberRole,omitempty"`
}

// PendingGroupValues are the changes that wait to be applied to a group; an
// empty element when there are none (documented sample).
type PendingGroupValues struct {
	PrimaryClusterID         string            `xml:"PrimaryClusterId,omitempty"`
	AutomaticFailoverStatus  string            `xml:",omitempty"`
	Resharding               *Resharding       `xml:",omitempty"`
	AuthTokenStatus          string            `xml:",omitempty"`
	UserGroups               *UserGroupsUpdate `xml:",omitempty"`
	TransitEncryptionEnabled *bool             `xml:",omitempty"`
	TransitEncryptionMode    string            `xml:",omitempty"`
	ClusterMode              string            `xml:",omitempty"`
}

// Resharding tells how far slots have been moved.
type Resharding struct {
	ProgressPercentage float64 `xml:"SlotMigration>ProgressPercentage"`
}

// UserGroupsUpdate are the user groups that come and go.
type UserGroupsUpdate struct {
	Add    []string `xml:"UserGroupIdsToAdd>member"`
	Remove []string `xml:"UserGroupIdsToRemove>member"`
}

// PendingClusterValues are the changes that wait to be applied to one cluster;
// an empty element when there are none (documented sample).
type PendingClusterValues struct {
	NumCacheNodes            int    `xml:",omitempty"`
	EngineVersion            string `xml:",omitempty"`
	CacheNodeType            string `xml:",omitempty"`
	AuthTokenStatus          string `xml:",omitempty"`
	TransitEncryptionEnabled *bool  `xml:",omitempty"`
	TransitEncryptionMode    string `xml:",omitempty"`
}
