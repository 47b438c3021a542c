package migration

import (
	"context"
	"fmt"
	"time"

	"github.com/cachelift/cachelift/internal/redisinfo"
	"github.com/cachelift/cachelift/progress"
)

// stepDraining waits until the target has applied everything that the source
// acknowledged.
//
// The source's offset is read after the pause and is a fixed mark: the source's
// offset itself goes on growing by PINGs to its replicas and by expiry, so the
// two need never be equal, and equality now says nothing about a moment ago.
func (r *run) stepDraining(ctx context.Context) (progress.Trigger, error) {
	ctx, cancel := context.WithDeadlineCause(ctx, r.cutover.deadline, ErrPausedTooLong)
	defer cancel()
	d := drainWatch{last: -1}
	trigger, err := r.drain(ctx, &d)
	if err == nil {
		return trigger, nil
	}
	if late := r.orTooLong(ctx, err); late != err {
		err = r.orTooLong(ctx, fmt.Errorf("%s: %w", d.why(time.Now()), err))
	}
	return "", opError("drain", err)
}

func (r *run) drain(ctx context.Context, d *drainWatch) (progress.Trigger, error) {
	asked := time.Now()
	source, err := r.source.Info(ctx)
	d.answered("source", time.Since(asked))
	if err != nil {
		return "", err
	}
	if role := source.Str("role"); role != string(redisinfo.Master) {
		return "", fmt.Errorf("the source is a %s: what its primary acknowledged cannot be told from its offset", role)
	}
	r.result.Versions.Source = engineOf(source)
	h := historyOf(source)
	r.cutover.offset, r.cutover.replID = h.offset, h.id
	d.want = h.offset
	for {
		asked = time.Now()
		dest, l, err := r.askPrimary(ctx)
		d.answered("target", time.Since(asked))
		if context.Cause(ctx) != nil {
			return "", context.Cause(ctx)
		}
		if l == linkNone || l == linkOther {
			return "", fmt.Errorf("the target's primary stopped to replicate from the source: it is a %s", dest.Name)
		}
		if d.linked = err == nil && dest.Link == redisinfo.LinkConnected; d.linked {
			if d.saw(dest.Offset, time.Now()); dest.Offset >= r.cutover.offset {
				return r.drained(ctx, d.first, dest.Offset)
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
	r.cutover.runID, r.result.Versions.Target = info.Str("run_id"), engineOf(info)
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
