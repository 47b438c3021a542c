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

// pausedAnew is how long the host's word that writes are paused counts for the end of
// a drain.
const pausedAnew = time.Second

// drain asks for all that it has to know side by side: each round trip is one in which
// no write is acknowledged. A SourceFence has read the source's offset already, right
// behind its proof. That the target's may be read before it does no harm: what the target
// has reached it has reached.
//
// Step 4 of docs/cutover.md.
func (r *run) drain(ctx context.Context, d *drainWatch) (progress.Trigger, error) {
	asked, paused := r.askPausedAnew(ctx)
	var took time.Duration
	mark := aside(func() (redisinfo.Info, error) {
		if c, ok := r.opts.Cutover.(sourceBinder); ok {
			if info, there := c.behind(); there {
				return info, nil
			}
		}
		defer func(begun time.Time) { took = time.Since(begun) }(time.Now())
		return r.source.Info(ctx)
	})
	defer func() { _, _ = paused(); _, _ = mark() }() // neither is left behind
	for began := time.Now(); ; {
		begun := time.Now()
		look, err := r.lookNext(ctx, paceDrain(begun.Sub(began)))
		d.answered("target", max(look.at.Sub(look.asked), time.Since(begun)))
		dest, info, l := look.value.role, look.value.info, look.link
		source, serr := mark()
		d.answered("source", took)
		if serr == nil {
			serr = r.markDrain(source)
		}
		if serr != nil {
			return "", serr
		}
		d.want = r.cutover.offset
		if context.Cause(ctx) != nil {
			return "", context.Cause(ctx)
		}
		if l == linkNone || l == linkOther {
			return "", fmt.Errorf("the target's primary stopped to replicate from the source: it is a %s", dest.Name)
		}
		if d.linked = err == nil && look.err == nil && dest.Link == redisinfo.LinkConnected; d.linked {
			if d.saw(dest.Offset, time.Now()); dest.Offset >= r.cutover.offset {
				if time.Since(asked) > pausedAnew {
					_, _ = paused()
					paused = aside(func() (bool, error) { return r.writesPaused(ctx) })
				}
				return r.drained(info, d.first, dest.Offset, paused)
			}
		}
	}
}

// askPausedAnew asks the host whether writes are paused, unless a SourceFence has just
// proved it, and returns when that was.
func (r *run) askPausedAnew(ctx context.Context) (time.Time, func() (bool, error)) {
	if f := r.fence(); f != nil {
		if at := f.provedAt(); time.Since(at) < pausedAnew {
			return at, func() (bool, error) { return true, nil }
		}
	}
	return time.Now(), aside(func() (bool, error) { return r.writesPaused(ctx) })
}

// markDrain notes the source's offset, which was read after the pause.
//
// Step 3 of docs/cutover.md.
func (r *run) markDrain(source redisinfo.Info) error {
	if role := source.Str("role"); role != string(redisinfo.Master) {
		return fmt.Errorf("the source is a %s: what its primary acknowledged cannot be told from its offset", role)
	}
	r.result.Versions.Source = engineOf(source)
	h := historyOf(source)
	r.cutover.offset, r.cutover.replID = h.offset, h.id
	return nil
}

// drained makes sure that the offsets belong to the same history, that nothing was
// lost on the way to the last one, and that writes are paused still.
func (r *run) drained(target redisinfo.Info, first, at int64, writesPaused func() (bool, error)) (progress.Trigger, error) {
	if id := target.Str("master_replid"); id != r.cutover.replID {
		return "", fmt.Errorf("the target's replication id %s is not the source's, %s: their offsets cannot be compared", id, r.cutover.replID)
	}
	r.cutover.runID, r.result.Versions.Target = target.Str("run_id"), engineOf(target)
	if err := r.whole(target); err != nil {
		return "", err
	}
	paused, err := writesPaused()
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
