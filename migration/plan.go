package migration

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"
)

// Plan says what is migrated where. It is plain data without clients and
// secrets: a host stores it, its JSON form has a version and is stable, and
// builds a new [Migrator] from it to carry on after a crash.
type Plan struct {
	// ID names this migration in events, logs and errors. Required, at most
	// 128 characters.
	ID string `json:"id"`
	// CreatedAt is when the plan was made. Events that AWS published earlier
	// are not taken for this migration's. Required; [NewPlan] sets it.
	CreatedAt time.Time `json:"created_at"`
	// Source is the server to migrate from.
	Source Source `json:"source"`
	// Target is the ElastiCache side.
	Target Target `json:"target"`
}

// NewPlan returns a plan that is created now. Store it before the first run
// if the migration is to be resumed by another process.
func NewPlan(id string, source Source, target Target) Plan {
	return Plan{ID: id, CreatedAt: time.Now().UTC(), Source: source, Target: target}
}

// Source is the self-hosted server as ElastiCache is told to reach it. The
// library connects to the same address.
type Source struct {
	// Address is an IP address or a DNS name, without the port. ElastiCache's
	// nodes must be able to reach it.
	Address string `json:"address"`
	// Port is the TCP port, 1 to 65535.
	Port int `json:"port"`
}

// String returns "address:port".
func (s Source) String() string { return net.JoinHostPort(s.Address, strconv.Itoa(s.Port)) }

// Target is what is migrated to. Make one with [ReplicationGroup].
type Target struct {
	replicationGroup string
}

// ReplicationGroup is the node-based replication group with the given id.
// AWS treats ids as case-insensitive.
func ReplicationGroup(id string) Target { return Target{replicationGroup: id} }

// ReplicationGroupID returns the id of the replication group.
func (t Target) ReplicationGroupID() string { return t.replicationGroup }

// String returns, e.g., "replication-group/prod-cache".
func (t Target) String() string { return "replication-group/" + t.replicationGroup }

type targetJSON struct {
	ReplicationGroupID string `json:"replication_group_id"`
}

// MarshalJSON returns {"replication_group_id": "..."}.
func (t Target) MarshalJSON() ([]byte, error) {
	return json.Marshal(targetJSON{t.replicationGroup})
}

// UnmarshalJSON reads what MarshalJSON writes, and refuses other fields.
func (t *Target) UnmarshalJSON(b []byte) error {
	var j targetJSON
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&j); err != nil {
		return fmt.Errorf("target: %w", err)
	}
	t.replicationGroup = j.ReplicationGroupID
	return nil
}

// Endpoint is an address that clients connect to.
type Endpoint struct {
	// Address is a host name or an IP address.
	Address string `json:"address"`
	// Port is the TCP port.
	Port int `json:"port"`
}

// String returns "address:port".
func (e Endpoint) String() string { return net.JoinHostPort(e.Address, strconv.Itoa(e.Port)) }

func (p Plan) validate() error {
	var errs []error
	bad := func(field string, value any, want string) {
		errs = append(errs, fmt.Errorf("migration: Plan.%s is %q, want %s", field, fmt.Sprint(value), want))
	}
	if p.ID == "" || len(p.ID) > 128 || strings.ContainsFunc(p.ID, isControl) {
		bad("ID", p.ID, "1 to 128 printable characters")
	}
	if p.CreatedAt.IsZero() {
		bad("CreatedAt", "", "the time at which the plan was made")
	}
	if why := badAddress(p.Source.Address); why != "" {
		bad("Source.Address", p.Source.Address, why)
	}
	if p.Source.Port < 1 || p.Source.Port > 65535 {
		bad("Source.Port", p.Source.Port, "1 to 65535")
	}
	if why := badGroupID(p.Target.replicationGroup); why != "" {
		bad("Target", p.Target.replicationGroup, why)
	}
	return errors.Join(errs...)
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

// badAddress returns what is wanted instead if a cannot be a host.
func badAddress(a string) string {
	const want = "one IP address or DNS name, without a port"
	if a == "" || len(a) > 253 {
		return want
	}
	if net.ParseIP(a) != nil {
		return ""
	}
	for _, r := range a {
		ok := r == '.' || r == '-' || r == '_' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
		if !ok {
			return want
		}
	}
	return ""
}

// badGroupID returns what is wanted instead if id cannot be a replication
// group's: 1 to 40 letters, digits and hyphens, beginning with a letter, not
// ending with a hyphen, no two hyphens in a row (CreateReplicationGroup).
func badGroupID(id string) string {
	const want = "ReplicationGroup(id) with an id of 1 to 40 letters, digits and single hyphens, beginning with a letter"
	if id == "" || len(id) > 40 || strings.Contains(id, "--") || strings.HasSuffix(id, "-") {
		return want
	}
	for i, r := range id {
		letter := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
		if !letter && (i == 0 || r != '-' && (r < '0' || r > '9')) {
			return want
		}
	}
	return ""
}
