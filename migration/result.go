package migration

import (
	"time"

	"github.com/cachelift/cachelift/preflight"
	"github.com/cachelift/cachelift/progress"
)

// Result is what a run did, as far as it came. It is plain data without
// secrets, keys or values, and survives JSON.
type Result struct {
	// Plan is the plan that was run.
	Plan Plan `json:"plan"`
	// State is the state in which the run ended.
	State progress.State `json:"state"`
	// Error is why the run ended short of its aim, as its error says; empty if it did
	// not.
	Error string `json:"error,omitempty"`
	// StartedAt is when the run began.
	StartedAt time.Time `json:"started_at"`
	// EndedAt is when it ended.
	EndedAt time.Time `json:"ended_at"`
	// Resumed tells that the run went on with what an earlier one had begun.
	Resumed bool `json:"resumed,omitempty"`
	// TimeIn is the time spent in each state of this run.
	TimeIn map[progress.State]time.Duration `json:"time_in_ns"`
	// Preflight is the report, what was waived included; nil when the run was Resumed:
	// then the result of the run that began the migration has it.
	Preflight *preflight.Report `json:"preflight,omitempty"`
	// Sync tells of the synchronisation.
	Sync Sync `json:"sync"`
	// Cutover tells of the cut-over; zero when the run did not come that far.
	Cutover CutoverResult `json:"cutover"`
	// BackedOut says of each attempt at the cut-over, or at its rehearsal, that was given
	// up why it was, in order.
	BackedOut []string `json:"backed_out,omitempty"`
	// Rehearsal is what a rehearsal measured; nil unless this was one and it came to
	// its end.
	Rehearsal *Rehearsal `json:"rehearsal,omitempty"`
	// Verify is what comparisons of both ends found: the newest of each step, in the
	// order in which they ended. Keys are digests in it.
	Verify []VerifyResult `json:"verify,omitempty"`
	// Versions are those of the two servers and of the library.
	Versions Versions `json:"versions"`
	// Events are what ElastiCache published about the group since the plan was made,
	// oldest first, the newest 100.
	Events []progress.ServiceEvent `json:"events,omitempty"`
	// Settings are those of the source that were changed in order to pause writes,
	// with Options.Ledger also by earlier runs. One that was not put back is still
	// what it was changed to: after a migration that is done, the fence.
	Settings []Setting `json:"settings,omitempty"`
}

// Versions are what a run was made with, e.g. "redis 7.0.15"; empty if it was not
// seen.
type Versions struct {
	// Source is the engine of the source.
	Source string `json:"source,omitempty"`
	// Target is the engine of the group's primary node.
	Target string `json:"target,omitempty"`
	// Library is the version of this module, as the program was built with it.
	Library string `json:"library,omitempty"`
}

// Sync is what a run saw of the synchronisation.
type Sync struct {
	// RequestedAt is when StartMigration was sent; zero when this run did not
	// send it.
	RequestedAt time.Time `json:"requested_at,omitzero"`
	// InSyncAt is when the target was first seen in sync.
	InSyncAt time.Time `json:"in_sync_at,omitzero"`
	// Bytes is the most that a sample saw transferred of a full sync. A sync
	// that is faster than the samples, one a second, may show none.
	Bytes int64 `json:"bytes"`
	// PeakBytesPerSecond is the highest transfer rate of a sample.
	PeakBytesPerSecond float64 `json:"peak_bytes_per_second"`
	// FullSyncs counts the full syncs that the source began for any replica
	// since StartMigration was sent, or since this run attached. One is right.
	FullSyncs int64 `json:"full_syncs"`
}

// CutoverResult is the evidence of a cut-over. Offsets are in bytes of the
// replication stream.
type CutoverResult struct {
	// Attempts is how often it was tried, the successful one included.
	Attempts int `json:"attempts"`
	// PausedAt is when the host was asked to pause writes, by this run, in the last
	// attempt; also of one that failed. What follows is of that attempt, as far as it came.
	PausedAt time.Time `json:"paused_at,omitzero"`
	// SourceOffset is the source's offset, read after writes were paused.
	SourceOffset int64 `json:"source_offset"`
	// TargetOffset is the target's offset that was seen to reach it.
	TargetOffset int64 `json:"target_offset"`
	// ReplicationID names the history that both offsets belong to.
	ReplicationID string `json:"replication_id,omitempty"`
	// LagAtPause is how far the target was behind when writes were paused.
	LagAtPause int64 `json:"lag_at_pause"`
	// Drain is the time from the pause until TargetOffset was reached.
	Drain time.Duration `json:"drain_ns"`
	// RequestedAt is when CompleteMigration was first sent.
	RequestedAt time.Time `json:"requested_at,omitzero"`
	// PromotedAt is when the target's primary was seen to be a master.
	PromotedAt time.Time `json:"promoted_at,omitzero"`
	// PromotedID names the history of the promoted primary, its own.
	PromotedID string `json:"promoted_id,omitempty"`
	// LeftAt is the last offset of ReplicationID's history that the promoted primary
	// applied, as it tells itself: not below SourceOffset. Zero if it does not tell.
	LeftAt int64 `json:"left_at,omitempty"`
	// SwitchedAt is when Switch returned; of a [SourceFence], when the host's function
	// did, and not what is done about the source after it.
	SwitchedAt time.Time `json:"switched_at,omitzero"`
	// Pause is the time from PausedAt until SwitchedAt. That is the longest that the
	// application can have seen: writes were taken until some time after PausedAt, and
	// go to the target from some time before SwitchedAt on. Zero when an earlier run had
	// paused writes before: then this one does not know since when.
	Pause time.Duration `json:"pause_ns"`
	// Endpoint is what the application was switched to.
	Endpoint Endpoint `json:"endpoint,omitzero"`
	// Confirmed says by what the service confirmed the promotion: the text of
	// its event or its status. Empty if it did not.
	Confirmed string `json:"confirmed,omitempty"`
}

func (s *Sync) observe(p progress.Sample) {
	s.Bytes = max(s.Bytes, p.ReadBytes)
	s.PeakBytesPerSecond = max(s.PeakBytesPerSecond, p.BytesPerSecond)
	s.FullSyncs = max(s.FullSyncs, p.FullSyncs)
}

// pausing begins an attempt: nothing stays of one before.
func (c *CutoverResult) pausing(t cutoverTry) { *c = CutoverResult{PausedAt: t.pausedAt} }

func (c *CutoverResult) drained(e progress.Drained, t cutoverTry) {
	c.ReplicationID = t.replID
	c.SourceOffset, c.TargetOffset, c.LagAtPause, c.Drain = e.SourceOffset, e.TargetOffset, e.LagAtPause, e.Took
}

func (c *CutoverResult) switched(to Endpoint, t cutoverTry, at time.Time) {
	c.Endpoint, c.SwitchedAt, c.RequestedAt = to, at, t.requested
	if !t.pausedAt.IsZero() && !t.again {
		c.Pause = c.SwitchedAt.Sub(t.pausedAt)
	}
}
