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
	// PercentLow is the pessimistic end of Percent; -1 with it.
	PercentLow float64 `json:"percent_low"`
	// PercentHigh is the optimistic end of Percent; -1 with it.
	PercentHigh float64 `json:"percent_high"`
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
	// ETALow is the optimistic end of how long until in sync, over all phases
	// that are left: what is left of this one at its present rate, give or take, and
	// for the others the forecast of the preflight report, or one made the same way.
	// It never exceeds ETA if that is known; -1 when it cannot be told.
	ETALow time.Duration `json:"eta_low_ns"`
	// ETAHigh is the pessimistic end, and never below ETA; -1 when there is none,
	// because the target does not converge or because it cannot be told.
	ETAHigh time.Duration `json:"eta_high_ns"`
	// SourceOffset is master_repl_offset of the source.
	SourceOffset int64 `json:"source_offset"`
	// TargetOffset is slave_repl_offset of the target, i.e. what it applied.
	TargetOffset int64 `json:"target_offset"`
	// Lag is how far the target is behind, in bytes of the replication
	// stream; -1 while the link is not up.
	Lag int64 `json:"lag"`
	// LinkUp tells whether the target's replication link is up.
	LinkUp bool `json:"link_up"`
	// NotConverging tells that the target follows the stream and falls further
	// behind, because the source is written to faster than the target applies.
	NotConverging bool `json:"not_converging"`
	// Buffer is what waits in the source's output buffer for the target; nil when
	// that could not be seen, e.g. because the source does not let the library use
	// CLIENT LIST or CONFIG GET. That is no sign that there is room.
	Buffer *OutputBuffer `json:"buffer,omitempty"`
	// SourceWriteRate is the growth of the source's replication offset in
	// bytes per second.
	SourceWriteRate float64 `json:"source_write_rate"`
	// FullSyncs counts the full syncs that the source has begun for any
	// replica since StartMigration was sent, or since a run attached: more than
	// one or two means that the sync starts over and over.
	FullSyncs int64 `json:"full_syncs"`
}

// OutputBuffer is the source's output buffer for the target. What is written
// during a full sync waits in it; when it reaches a limit the source drops the
// target, and the full sync begins anew. Sizes are in bytes.
type OutputBuffer struct {
	// Used is what is in it.
	Used int64 `json:"used"`
	// Hard is the size at which the target is dropped at once; 0 means no limit.
	Hard int64 `json:"hard"`
	// Soft is the size above which the target is dropped after SoftFor; 0 means no
	// limit.
	Soft int64 `json:"soft"`
	// SoftFor is how long it may be above Soft.
	SoftFor time.Duration `json:"soft_for_ns"`
	// LimitIn is how long until the target is dropped if the buffer goes on
	// growing as it did over the last seconds; -1 if it does not grow towards a
	// limit.
	LimitIn time.Duration `json:"limit_in_ns"`
}
