package migration

import (
	"context"
)

// Cutover is the host's half of the cut-over: it stops writes to the source
// and points the application to the target. Unlike an observer's, its errors
// count.
//
// A run calls the methods one at a time and waits for them: each must return soon
// after its context ends. WritesPaused is also called by [Migrator.Status], at any time
// and from any goroutine. All must be idempotent: a run that was interrupted calls them
// again. A panic is an error, see [PanicError].
type Cutover interface {
	// PauseWrites returns nil only when no further write can be acknowledged
	// by the source. An error means that the attempt is given up: ResumeWrites
	// is called. The context ends when MaxWritePause is used up.
	PauseWrites(ctx context.Context) error
	// Switch points the application to the promoted target. Writes to the
	// source stay paused: nothing that it acknowledged from now on would reach
	// the target. It is called once more if the service turns out to have changed
	// the group's endpoint with the promotion.
	Switch(ctx context.Context, to Endpoint) error
	// ResumeWrites undoes PauseWrites, also half of one. It is called on a
	// context that is alive although the run's is not.
	ResumeWrites(ctx context.Context) error
	// WritesPaused tells the durable truth, which a new process reads to learn
	// what a dead one left behind: true from a successful PauseWrites until
	// ResumeWrites, and after Switch for good. The application waits for it: it
	// is called beside the drain, and once when the promotion is known. Only a
	// [SourceFence] that is itself Options.Cutover, without a Gate and not by ACL, is
	// called over and over while the promotion is awaited, one call at a time.
	WritesPaused(ctx context.Context) (bool, error)
}
