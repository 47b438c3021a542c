package migration

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cachelift/cachelift/internal/redisinfo"
	"github.com/cachelift/cachelift/internal/target"
	"github.com/cachelift/cachelift/progress"
)

// errTimeout marks the end of a bounded wait.
var errTimeout = errors.New("timed out")

// stepStarting asks ElastiCache to replicate from the source and waits until
// the target's primary node does.
func (r *run) stepStarting(ctx context.Context) (progress.Trigger, error) {
	if !r.attached {
		r.eventsMark = r.watch.mark()
		if info, err := r.source.Info(ctx); err == nil {
			r.fullSyncs = info.Int("sync_full")
		}
		err := r.retry(ctx, "StartMigration", r.requestStart)
		if err != nil {
			return "", err
		}
	}
	r.watch.nudge()
	return r.awaitReplication(ctx)
}

// requestStart asks once, unless it can be seen that an earlier request, whose
// reply was lost, was accepted. The call is made to its end, whatever becomes of
// the run, so that its outcome is known.
func (r *run) requestStart(ctx context.Context) error {
	if r.startSeen(ctx, r.result.Sync.RequestedAt) {
		return nil
	}
	begun := time.Now()
	r.result.Sync.RequestedAt = begun
	err := r.act(context.WithoutCancel(ctx), progress.ActionStart, func(ctx context.Context) error {
		return r.group.Start(ctx, r.plan.Source.Address, r.plan.Source.Port)
	})
	switch {
	case err == nil:
		return nil
	case target.IsAlreadyUnderMigration(err):
		return r.adopt(ctx, err)
	case target.Ambiguous(err):
		r.watch.nudge()
		for time.Since(begun) < ambiguousWait(r.opts) {
			if r.startSeen(ctx, begun) {
				return nil
			}
			if e := sleep(ctx, pollSlow); e != nil {
				return e
			}
		}
	}
	return err
}

// ambiguousWait is how long to look for signs that a call whose reply was lost
// was accepted, before it is repeated.
func ambiguousWait(o Options) time.Duration { return min(10*time.Second, 4*o.PollEvery) }

// startSeen reports whether the target follows our source, or whether an event
// or the status says that a start was accepted after the request. Whose it was
// shows when the target begins to follow.
func (r *run) startSeen(ctx context.Context, requested time.Time) bool {
	if _, l, _ := r.askPrimary(ctx); l == linkOurs {
		return true
	}
	if requested.IsZero() {
		return r.startNamed()
	}
	if _, v := r.watch.newest(r.eventsMark, target.VerdictStarted); v == target.VerdictStarted {
		return true
	}
	v, _ := r.watch.view()
	return v.began.After(requested) && (v.desc.Status == statusModifying || v.desc.Status == statusMigrating)
}

// startNamed reports whether the newest event of a start names our source.
func (r *run) startNamed() bool {
	e, v := r.watch.newest(r.eventsMark, target.VerdictStarted)
	return v == target.VerdictStarted && mentions(e.Message, r.plan.Source)
}

// adopt takes a migration that is under way for ours if the target follows our
// source, or is about to according to the event of its start. The reported time
// from the call to the first PSYNC is three quarters of a minute.
func (r *run) adopt(ctx context.Context, cause error) error {
	r.watch.nudge()
	for begun := time.Now(); ; {
		_, l, _ := r.askPrimary(ctx)
		if l == linkOurs || l != linkOther && r.startNamed() {
			r.emit(progress.Noted{Text: "the group is under this migration already; attached to it"})
			return nil
		}
		if time.Since(begun) > 2*r.opts.Assume.EventGrace {
			return fmt.Errorf("%w: %w", ErrTargetBusy, cause)
		}
		if err := sleep(ctx, pollSlow); err != nil {
			return err
		}
	}
}

// awaitReplication waits until the target's primary has begun a full sync, or
// the service says that it replicates.
func (r *run) awaitReplication(ctx context.Context) (progress.Trigger, error) {
	begun := time.Now()
	var under bool               // a status other than available was seen since
	var given, foreign time.Time // since when it looks as if the service gave up, or serves another source
	for {
		v, _ := r.watch.view()
		if v.began.After(begun) && v.desc.Status != statusAvailable {
			under = true
		}
		role, l, _ := r.askPrimary(ctx)
		if l == linkOurs && (role.Link == redisinfo.LinkSync || role.Link == redisinfo.LinkConnected || v.desc.Status == statusMigrating) {
			return progress.TriggerStarted, nil
		}
		if err := r.foreign(&foreign, l, role.Upstream); err != nil {
			return "", err
		}
		if _, err := r.watch.view(); err != nil && l != linkOurs {
			return "", opError("StartMigration", err)
		}
		if !under && l == linkNone {
			l = linkUnknown // not begun yet, as far as can be seen
		}
		if err := r.ended(&given, l); err != nil {
			return "", opError("StartMigration", err)
		}
		if time.Since(begun) > r.opts.Assume.ReplicationWithin {
			return "", opError("StartMigration", fmt.Errorf("%w: the target did not begin to replicate within %v", errTimeout, r.opts.Assume.ReplicationWithin))
		}
		if err := sleep(ctx, paceSync(time.Since(begun), 0)); err != nil {
			return "", err
		}
	}
}
