package progress

import "time"

// Phase is the part of the synchronisation that the target is in.
type Phase string

const (
	// PhaseConnecting: the target has no replication link to the source.
	PhaseConnecting Phase = "connecting"
	// PhaseWaiting: the target waits for the source to start sending, e.g. for
	// a BGSAVE or repl-diskless-sync-delay.
	PhaseWaiting Phase = "waiting"
	// PhaseTransfer: the full sync's data is transferred.
	PhaseTransfer Phase = "transfer"
	// PhaseLoading: the target loads what it received.
	PhaseLoading Phase = "loading"
	// PhaseCatchUp: the link is up and the target is behind.
	PhaseCatchUp Phase = "catch_up"
	// PhaseStreaming: the link is up and the target follows closely.
	PhaseStreaming Phase = "streaming"
)

// Sample is one observation of both ends, derived from INFO. Offsets and sizes
// are in bytes.
type Sample struct {
	// At is when the sample was taken. A zero time means: no sample yet.
	At time.Time `json:"at"`
	// Phase is the part of the synchronisation.
	Phase Phase `json:"phase"`
	// Percent is the forecast share of the synchronisation that is done, 0 to
	// 100; -1 when it cannot be told. A full sync without a known size (a
	// diskless one) is measured by the keys that the source has saved and by
	// its used memory, so it is an estimate.
	Percent float64 `json:"percent"`
	// ReadBytes is how much of the full sync the target has read.
	ReadBytes int64 `json:"read_bytes"`
	// TotalBytes is the size of the full sync; 0 when not known.
	TotalBytes int64 `json:"total_bytes"`
	// BytesPerSecond is the rate at which the target reads, over the last
	// seconds.
	BytesPerSecond float64 `json:"bytes_per_second"`
	// ETA is how long until in sync at the present rate; -1 when it cannot be
	// told.
	ETA time.Duration `json:"eta_ns"`
	// SourceOffset is master_repl_offset of the source.
	SourceOffset int64 `json:"source_offset"`
	// TargetOffset is slave_repl_offset of the target, i.e. what it applied.
	TargetOffset int64 `json:"target_offset"`
	// Lag is how far the target is behind, in bytes of the replication
	// stream; -1 while the link is not up.
	Lag int64 `json:"lag"`
	// LinkUp tells whether the target's replication link is up.
	LinkUp bool `json:"link_up"`
	// SourceWriteRate is the growth of the source's replication offset in
	// bytes per second.
	SourceWriteRate float64 `json:"source_write_rate"`
	// FullSyncs counts the full syncs that the source has begun for any
	// replica since StartMigration was sent, or since a run attached: more than
	// one or two means that the sync starts over and over.
	FullSyncs int64 `json:"full_syncs"`
}
