package simulator

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

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
	// NodeType sets the memory of the nodes. Default "cache.m6g.large".
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
	// MultiAZ is Multi-AZ with automatic failover. Default: Enabled.
	MultiAZ Setting
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
	// DataTiering is what the API shows. Default: Disabled.
	DataTiering Setting
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
	status string
	source *Endpoint // set while the group is under migration
	job    *job      // what changes the group at the moment
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
	return g.status
}

// PrimaryEndpoint returns where writes go once no migration runs.
func (g *Group) PrimaryEndpoint() Endpoint {
	if g.primaryName != (Endpoint{}) {
		return g.primaryName
	}
	return g.primary().endpoint
}

// ReaderEndpoint returns where reads can go: the first replica, or the primary
// of a group that has none.
func (g *Group) ReaderEndpoint() Endpoint {
	if g.readerName != (Endpoint{}) {
		return g.readerName
	}
	return g.nodes[g.reader()].endpoint
}

// reader is the index of the node that the reader endpoint leads to.
func (g *Group) reader() int { return min(1, g.spec.Replicas) }

// Nodes returns the group's nodes, the primary first.
func (g *Group) Nodes() []Node {
	out := make([]Node, len(g.nodes))
	for i, n := range g.nodes {
		out[i] = Node{ClusterID: n.id, Role: role(i), Endpoint: n.endpoint, PID: n.pid()}
	}
	return out
}

func (g *Group) primary() *node { return g.nodes[0] }

func role(index int) string {
	if index == 0 {
		return "primary"
	}
	return "replica"
}

// complete fills the defaults that do not depend on other groups.
func (r ReplicationGroup) complete() ReplicationGroup {
	set := func(field *string, def string) {
		if *field == "" {
			*field = def
		}
	}
	on := func(field *Setting, def Setting) {
		if *field == "" {
			*field = def
		}
	}
	r.ID = strings.ToLower(r.ID)
	set(&r.Description, "simulated replication group")
	set(&r.Engine, "redis")
	set(&r.EngineVersion, map[string]string{"valkey": "8.0"}[r.Engine])
	set(&r.EngineVersion, "7.0.7")
	set(&r.NodeType, "cache.m6g.large")
	on(&r.MultiAZ, Enabled)
	on(&r.AtRestEncryption, Disabled)
	on(&r.ClusterMode, Disabled)
	on(&r.DataTiering, Disabled)
	if r.Replicas == 0 && r.MultiAZ == Enabled {
		r.Replicas = 1
	}
	set(&r.SubnetGroup, defaultSubnetGroup)
	r.SubnetGroup = strings.ToLower(r.SubnetGroup)
	r.ParameterGroup = strings.ToLower(r.ParameterGroup)
	r.SecurityGroupIDs = slices.Clone(r.SecurityGroupIDs)
	if len(r.SecurityGroupIDs) == 0 {
		r.SecurityGroupIDs = []string{"sg-0c0ffee0000000001"}
	}
	return r
}

// validate reports every problem of a completed description.
func (r ReplicationGroup) validate() error {
	var problems []error
	check := func(ok bool, format string, args ...any) {
		if !ok {
			problems = append(problems, fmt.Errorf("simulator: ReplicationGroup."+format, args...))
		}
	}
	setting := func(name string, s Setting) {
		check(s == Enabled || s == Disabled, "%s is %q, want %q or %q", name, s, Enabled, Disabled)
	}
	check(validID(r.ID), "ID is %q, want 1 to 40 letters, digits and single hyphens, a letter first", r.ID)
	check(r.Engine == "redis" || r.Engine == "valkey", "Engine is %q, want redis or valkey", r.Engine)
	check(r.Replicas >= 0 && r.Replicas <= 5, "Replicas is %d, want 0 to 5", r.Replicas)
	check(r.Databases >= 0 && r.Databases <= 1200000, "Databases is %d, want 0 to 1200000", r.Databases)
	check(r.MaxMemory >= 0, "MaxMemory is %d, want 0 or more bytes", r.MaxMemory)
	check(r.MaxMemory > 0 || nodeMemory(r.NodeType) > 0, "NodeType %q is not in the table; set MaxMemory", r.NodeType)
	setting("MultiAZ", r.MultiAZ)
	setting("AtRestEncryption", r.AtRestEncryption)
	setting("ClusterMode", r.ClusterMode)
	setting("DataTiering", r.DataTiering)
	check(slices.Contains([]TransitEncryption{TransitEncryptionOff, TransitEncryptionPreferred, TransitEncryptionRequired}, r.TransitEncryption),
		"TransitEncryption is %q, want empty, %q or %q", r.TransitEncryption, TransitEncryptionPreferred, TransitEncryptionRequired)
	if r.AuthToken != "" {
		check(r.TransitEncryption != TransitEncryptionOff, "AuthToken needs TransitEncryption")
		check(validToken(r.AuthToken), "AuthToken must have 16 to 128 printable characters without spaces, quotes and backslashes")
	}
	return errors.Join(problems...)
}

func validID(id string) bool {
	ok, err := regexp.MatchString(`^[a-z](-?[a-z0-9])*$`, id)
	return err == nil && ok && len(id) <= 40
}

func validToken(token string) bool {
	bad := func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`"'\`, r) }
	return len(token) >= 16 && len(token) <= 128 && strings.IndexFunc(token, bad) < 0
}
