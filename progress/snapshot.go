package progress

import "time"

// Snapshot is what is known of a migration at one instant. It is a plain
// value; copies are independent but for the slices, which are never written to
// after the snapshot is made.
type Snapshot struct {
	// MigrationID is the plan's id.
	MigrationID string `json:"migration_id"`
	// At is when the snapshot was taken.
	At time.Time `json:"at"`
	// State is where the migration stands.
	State State `json:"state"`
	// PastNoReturn tells whether completion has been requested, so that the
	// migration can only go forward.
	PastNoReturn bool `json:"past_no_return"`
	// Since is when the state was entered.
	Since time.Time `json:"since"`
	// Source is the source's address, "host:port".
	Source string `json:"source"`
	// Target names the target, e.g. "replication-group/prod-cache".
	Target string `json:"target"`
	// TargetStatus is the group's status as AWS gave it last, an opaque
	// string.
	TargetStatus string `json:"target_status,omitempty"`
	// TargetPrimary is the address of the group's primary endpoint.
	TargetPrimary string `json:"target_primary,omitempty"`
	// TargetRole is the role the primary node reports: "master" or "slave".
	TargetRole string `json:"target_role,omitempty"`
	// ReplicatesFrom is the address that the primary node replicates from.
	ReplicatesFrom string `json:"replicates_from,omitempty"`
	// Writes tells whether the source is open to writes, as the host's Cutover
	// says.
	Writes Writes `json:"writes"`
	// Held tells why the cut-over waits although the target is in sync; nil when
	// nothing holds it.
	Held *CutoverHeld `json:"held,omitempty"`
	// Sample is the newest sample of both ends.
	Sample Sample `json:"sample"`
	// Events are the newest replication group events, oldest first, at most
	// 20.
	Events []ServiceEvent `json:"events,omitempty"`
	// Diagnosis tells why the migration failed; nil unless it did.
	Diagnosis *Diagnosis `json:"diagnosis,omitempty"`
	// Trouble is what stands against the migration while it goes on, as the last
	// [Diagnosed] told; nil if nothing does. What it holds is never written to.
	Trouble *Diagnosis `json:"trouble,omitempty"`
	// Gaps says what could not be observed, and why.
	Gaps []string `json:"gaps,omitempty"`
}

// Writes is whether the source is open to writes.
type Writes string

const (
	// WritesOpen: writes are not paused.
	WritesOpen Writes = "open"
	// WritesPaused: the Cutover has paused them.
	WritesPaused Writes = "paused"
	// WritesUnknown: nobody has been asked, no Cutover was given, or it could
	// not tell; then Gaps says why.
	WritesUnknown Writes = "unknown"
)

// ServiceEvent is one event that ElastiCache published about the target.
type ServiceEvent struct {
	// At is the service's time of the event.
	At time.Time `json:"at"`
	// SourceID is the id of the group or cluster that it is about.
	SourceID string `json:"source_id"`
	// SourceType is, e.g., "replication-group".
	SourceType string `json:"source_type"`
	// Message is the service's text, verbatim.
	Message string `json:"message"`
}
