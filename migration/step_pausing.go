package migration

import (
	"context"
	"fmt"
	"time"

	"github.com/cachelift/cachelift/internal/redisinfo"
	"github.com/cachelift/cachelift/progress"
)

// stepPausing lets the host stop writes to the source. From here until the
// point of no return every failure, and the end of the budget, resumes them.
func (r *run) stepPausing(ctx context.Context) (progress.Trigger, error) {
	if r.opts.Cutover == nil {
		return "", ErrNoCutover
	}
	r.cutover.begin(r.opts.MaxWritePause)
	ctx, cancel := context.WithDeadlineCause(ctx, r.cutover.deadline, ErrPausedTooLong)
	defer cancel()
	if err := context.Cause(ctx); err != nil {
		return "", opError("PauseWrites", err) // an abort or a Postpone was faster
	}
	err := r.act(ctx, progress.ActionPauseWrites, ofCutover(r.opts.Cutover.PauseWrites))
	if err != nil {
		return "", opError("PauseWrites", r.orTooLong(ctx, hostError(err)))
	}
	return progress.TriggerPaused, nil
}

// stepDraining waits until the target has applied everything that the source
// acknowledged.
//
// The source's offset is read after the pause and is a fixed mark: the source's
// offset itself goes on growing by PINGs to its replicas and by expiry, so the
// two need never be equal, and equality now says nothing about a moment ago.
func (r *run) stepDraining(ctx context.Context) (progress.Trigger, error) {
	ctx, cancel := context.WithDeadlineCause(ctx, r.cutover.deadline, ErrPausedTooLong)
	defer cancel()
	trigger, err := r.drain(ctx)
	if err != nil {
		return "", opError("drain", r.orTooLong(ctx, err))
	}
	return trigger, nil
}

func (r *run) drain(ctx context.Context) (progress.Trigger, error) {
	source, err := r.source.Info(ctx)
	if err != nil {
		return "", err
	}
	if role := source.Str("role"); role != string(redisinfo.Master) {
		return "", fmt.Errorf("the source is a %s: what its primary acknowledged cannot be told from its offset", role)
	}
	h := historyOf(source)
	r.cutover.offset, r.cutover.replID = h.offset, h.id
	first := int64(-1)
	for {
		dest, l, err := r.askPrimary(ctx)
		if context.Cause(ctx) != nil {
			return "", context.Cause(ctx)
		}
		if l == linkNone || l == linkOther {
			return "", fmt.Errorf("the target's primary stopped to replicate from the source: it is a %s", dest.Name)
		}
		if err == nil && dest.Link == redisinfo.LinkConnected {
			if first < 0 {
				first = dest.Offset
			}
			if dest.Offset >= r.cutover.offset {
				return r.drained(ctx, first, dest.Offset)
			}
		}
		if err := sleep(ctx, pollDrain); err != nil {
			return "", err
		}
	}
}

// drained makes sure that the offsets belong to the same history, that nothing was
// lost on the way to the last one, and that writes are paused still.
func (r *run) drained(ctx context.Context, first, at int64) (progress.Trigger, error) {
	info, err := r.primary().Info(ctx)
	if err != nil {
		return "", err
	}
	if id := info.Str("master_replid"); id != r.cutover.replID {
		return "", fmt.Errorf("the target's replication id %s is not the source's, %s: their offsets cannot be compared", id, r.cutover.replID)
	}
	if err := r.whole(info); err != nil {
		return "", err
	}
	paused, err := r.writesPaused(ctx)
	if err != nil {
		return "", err
	}
	if !paused {
		return "", hostError(fmt.Errorf("WritesPaused says false after PauseWrites"))
	}
	e := progress.Drained{SourceOffset: r.cutover.offset, TargetOffset: at, LagAtPause: max(0, r.cutover.offset-first), Took: time.Since(r.cutover.pausedAt)}
	r.result.Cutover.drained(e, r.cutover)
	r.emit(e)
	return progress.TriggerDrained, nil
}

// orTooLong names the end of the budget as the cause of an error that it
// brought about.
func (r *run) orTooLong(ctx context.Context, err error) error {
	if context.Cause(ctx) != ErrPausedTooLong {
		return err
	}
	return r.tooLong(err)
}

func (r *run) tooLong(err error) error {
	return fmt.Errorf("%w: %v were used up: %w", ErrPausedTooLong, r.opts.MaxWritePause, err)
}
