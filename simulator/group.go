package simulator

import "time"

// Setting is a feature of a group that is on or off.
type Setting string

// The values of a [Setting]. The empty Setting takes the field's default.
const (
	// Enabled turns the feature on.
	Enabled Setting = "enabled"
	// Disabled turns it off.
	Disabled Setting = "disabled"
)

// TransitEncryption is the mode of a group's in-transit encryption.
type TransitEncryption string

// The modes of [TransitEncryption]. The empty value means off.
const (
	// TransitEncryptionOff: clients speak plain TCP. Fit for a migration.
	TransitEncryptionOff TransitEncryption = ""
	// TransitEncryptionPreferred: clients may speak TLS or not.
	TransitEncryptionPreferred TransitEncryption = "preferred"
	// TransitEncryptionRequired: clients have to speak TLS.
	TransitEncryptionRequired TransitEncryption = "required"
)

// ReplicationGroup describes a group to create. Only ID has to be set: the
// zero value of every other field makes a group that is fit for a migration.
type ReplicationGroup struct {
	// ID names the group: 1 to 40 letters, digits and hyphens, a letter first.
	// It is kept in lower case.
	ID string
	// Description is free text. Default: "simulated replication group".
	Description string
	// Engine is "redis" (default) or "valkey". It is what the API shows;
	// nodes run [Options].RedisServer in either case.
	Engine string
	// EngineVersion is what the API shows. Default "7.0.7", or "8.0" for Valkey.
	EngineVersion string
	// NodeType sets the memory of the nodes; of one that the simulator has no
	// figure for, MaxMemory does. Default "cache.m6g.large".
	NodeType string
	// Replicas is the number of nodes beside the primary, at most 5. 0 means
	// 1 with MultiAZ enabled, which needs a replica, and none without.
	Replicas int
	// Databases is the number of logical databases. 0 takes it from the
	// parameter group. A number that differs from a default group's 16 makes
	// a parameter group "<ID>-parameters".
	Databases int
	// MaxMemory is each node's maxmemory in bytes, as its INFO shows it. 0
	// takes the node type's, less the parameter group's reserved-memory-percent.
	MaxMemory int64
	// MultiAZ is Multi-AZ. Default: Enabled.
	MultiAZ Setting
	// AutomaticFailover is what the API shows. Default: as MultiAZ.
	AutomaticFailover Setting
	// TransitEncryption is what the API shows; nodes always speak plain TCP.
	// Default: off. A migration is refused unless it is off.
	TransitEncryption TransitEncryption
	// AtRestEncryption is what the API shows. Default: Disabled.
	AtRestEncryption Setting
	// AuthToken is the default user's password on all nodes, 16 to 128
	// characters. It needs TransitEncryption. Default: none.
	AuthToken string
	// ClusterMode is what the API shows; nodes are never in cluster mode, and
	// a migration to such a group is refused. Default: Disabled.
	ClusterMode Setting
	// UserGroupIDs are the RBAC user groups that the API shows; the nodes' users
	// stay as they are. They need TransitEncryption (documented). Default: none.
	UserGroupIDs []string
	// GlobalDatastore is the id of the global datastore whose primary the group
	// is shown to be. A migration is not refused for it (assumed; the guide
	// names it as a prerequisite and no code). Default: none.
	GlobalDatastore string
	// DataTiering is what the API shows, with whichever NodeType: the service
	// has it on R6gd nodes, and only there. Default: Disabled.
	DataTiering Setting
	// NetworkType is what the API shows: "ipv4" (default), "ipv6" or
	// "dual_stack". Nodes do not change their addresses for it, and the subnet
	// group is not asked whether it fits.
	NetworkType string
	// Status is what the API shows as the group's status until a migration
	// changes it: a value of the service's model, such as "snapshotting". A
	// migration is refused unless it is "available" (documented), which is the
	// default.
	Status string
	// Members sets single members apart, by their cache cluster ids such as
	// "prod-002". Default: all are as the group.
	Members map[string]Member
	// Pending are changes that wait to be applied to the group. They wait for
	// ever, and no migration is refused for them (assumed). Default: none.
	Pending PendingChanges
	// MaintenanceWindow is the members' weekly window in UTC, at least an hour,
	// "sun:05:00-sun:06:00". Nothing happens in it. Default: an hour half a
	// week after the group's creation.
	MaintenanceWindow string
	// SnapshotWindow is the daily window in UTC, at least an hour,
	// "05:00-06:00". Nothing happens in it. Default: an hour half a day after
	// the group's creation.
	SnapshotWindow string
	// SnapshotRetentionDays is how long snapshots are kept, at most 35
	// (documented). 0, the default, means that none are taken.
	SnapshotRetentionDays int
	// ParameterGroup names a group made with CreateParameterGroup. Default:
	// the engine's default group.
	ParameterGroup string
	// SubnetGroup names a group made with CreateSubnetGroup. Default: "default".
	SubnetGroup string
	// SecurityGroupIDs are what the API shows. Default: "sg-0c0ffee0000000001".
	SecurityGroupIDs []string
}

// Group is a replication group that runs. Its methods are safe for concurrent use.
type Group struct {
	sim     *Sim
	spec    ReplicationGroup // complete: no defaults left to fill
	created time.Time
	nodes   []*node // the primary first

	// Names that lead to a node by its role; empty where there are none.
	primaryName, readerName Endpoint

	// Guarded by sim.mu.
	views   []view // what the API shows, with its past; never empty
	phase   Phase
	source  *Endpoint     // set while the group is under migration
	job     *job          // what changes the group at the moment
	outage  chan struct{} // closed when the primary that is gone has a successor; nil: none is
	outages int           // so far
}

// Node is one server of a group.
type Node struct {
	// ClusterID is the cache cluster id, for example "test-cluster-001".
	ClusterID string
	// Role is "primary" or "replica", as the API shows it.
	Role string
	// Endpoint is where the node is reached.
	Endpoint Endpoint
	// PID is the process id of its redis-server, 0 for a server in memory.
	PID int
}

// ID returns the group's id in lower case.
func (g *Group) ID() string { return g.spec.ID }

// Status returns what DescribeReplicationGroups shows as Status.
func (g *Group) Status() string {
	g.sim.mu.Lock()
	defer g.sim.mu.Unlock()
	return g.shown().status
}

// PrimaryEndpoint returns where writes go once no migration runs.
func (g *Group) PrimaryEndpoint() Endpoint {
	g.sim.mu.Lock()
	defer g.sim.mu.Unlock()
	return g.primaryEndpoint(g.shown())
}

func (g *Group) primaryEndpoint(v view) Endpoint {
	if g.primaryName != (Endpoint{}) {
		return g.primaryName
	}
	return g.nodes[v.primary].endpoint
}

// ReaderEndpoint returns where reads can go: the first replica, or the primary
// of a group that has none.
func (g *Group) ReaderEndpoint() Endpoint {
	g.sim.mu.Lock()
	defer g.sim.mu.Unlock()
	return g.readerEndpoint(g.shown())
}

func (g *Group) readerEndpoint(v view) Endpoint {
	if g.readerName != (Endpoint{}) {
		return g.readerName
	}
	return g.nodes[v.reader(len(g.nodes))].endpoint
}

// Nodes returns the group's nodes, the primary first, the others in the order of
// their ids.
func (g *Group) Nodes() []Node {
	g.sim.mu.Lock()
	seen := g.shown()
	g.sim.mu.Unlock()
	var out []Node
	for i, n := range g.nodes {
		one := Node{ClusterID: n.id, Role: seen.role(i), Endpoint: n.endpoint, PID: n.pid()}
		if i == seen.primary {
			out = append([]Node{one}, out...)
			continue
		}
		out = append(out, one)
	}
	return out
}

// primary is the node that is the primary at this moment.
func (g *Group) primary() *node {
	g.sim.mu.Lock()
	defer g.sim.mu.Unlock()
	return g.nodes[g.shown().primary]
}
