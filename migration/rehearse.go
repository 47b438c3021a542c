package migration

import (
	"context"
	"errors"
	"time"

	"github.com/cachelift/cachelift/progress"
)

// errRehearsed ends a rehearsal where a completion would be requested.
var errRehearsed = errors.New("the rehearsal ends at the point of no return")

// Rehearsal is what a rehearsed cut-over took. Offsets are in bytes of the
// replication stream.
type Rehearsal struct {
	// PausedAt is when the host was asked to pause writes.
	PausedAt time.Time `json:"paused_at"`
	// ToRequest is how long after that CompleteMigration would have been sent, the
	// steps of the host inside the pause included. In a real cut-over the pause lasts
	// that long, and then until ElastiCache has promoted the target, which it
	// "typically completes within minutes" (documented), and Switch has returned.
	ToRequest time.Duration `json:"to_request_ns"`
	// Pause is how long after PausedAt writes had been resumed: what the
	// application saw of the rehearsal.
	Pause time.Duration `json:"pause_ns"`
	// Drain is the time from PausedAt until TargetOffset was reached.
	Drain time.Duration `json:"drain_ns"`
	// LagAtPause is how far the target was behind when writes were paused.
	LagAtPause int64 `json:"lag_at_pause"`
	// SourceOffset is the source's offset, read after writes were paused.
	SourceOffset int64 `json:"source_offset"`
	// TargetOffset is the target's offset that was seen to reach it.
	TargetOffset int64 `json:"target_offset"`
	// ReplicationID names the history that both offsets belong to.
	ReplicationID string `json:"replication_id"`
	// Attempts is how often the pause was tried, the one that succeeded included.
	Attempts int `json:"attempts"`
}

// Rehearse does all that Run does up to the point of no return, write pause and
// drain included, and then resumes writes: it tells how long the pause would have
// been, and whether fence, steps and rights are as they have to be. Steps of the
// host inside the pause are called and undone. The target goes on replicating, and a
// later Run, or another Rehearse, goes on from there.
//
// Options.MaxWritePause bounds the pause, as in a cut-over; Options.Schedule does
// not hold a rehearsal, [Migrator.Postpone] does. A cut-over that an earlier run left
// half done cannot be rehearsed: the error is [ErrPastNoReturn].
//
// A process that is killed in the pause leaves writes paused. With a [SourceFence] that
// does more than close a [Gate], the next Run, Rehearse or Abort resumes them before all
// else; with any other Cutover it cannot be told from a cut-over that is half done.
//
// For the application a rehearsal with a [SourceFence] is what a cut-over is until the
// promotion: for as long as the pause lasts writes wait or are refused, with NOREPLICAS or
// NOPERM, and have to be tried again.
func (m *Migrator) Rehearse(ctx context.Context) (Result, error) {
	return m.drive(ctx, progress.StateDone, func(r *run) { r.rehearsing = true })
}

// rehearsed notes what was measured, once writes have been resumed. A completion
// would have been requested at that time.
func (r *run) rehearsed(requested time.Time) {
	c := r.result.Cutover
	r.result.Rehearsal = &Rehearsal{
		PausedAt: r.cutover.pausedAt, ToRequest: requested.Sub(r.cutover.pausedAt), Pause: r.cutover.resumedAt.Sub(r.cutover.pausedAt),
		Drain: c.Drain, LagAtPause: c.LagAtPause, SourceOffset: c.SourceOffset, TargetOffset: c.TargetOffset,
		ReplicationID: c.ReplicationID, Attempts: r.cutover.attempt,
	}
	r.result.Cutover = CutoverResult{}
}
