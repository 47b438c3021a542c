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
// reply was lost, was accepted.
func (r *run) requestStart(ctx context.Context) error {
	if r.startSeen(ctx) {
		return nil
	}
	begun := time.Now()
	r.result.Sync.RequestedAt = begun
	err := r.act(ctx, progress.ActionStart, func(ctx context.Context) error {
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
			if r.startSeen(ctx) {
				return nil
			}
			if e := r.tick(ctx, pollSlow); e != nil {
				return e
			}
		}
	}
	return err
}

// ambiguousWait is how long to look for signs that a call whose reply was lost
// was accepted, before it is repeated.
func ambiguousWait(o Options) time.Duration { return min(10*time.Second, 4*o.PollEvery) }

// startSeen reports whether the target follows our source, or an event or the
// status says that a start was accepted since the mark.
func (r *run) startSeen(ctx context.Context) bool {
	if _, l, _ := r.askPrimary(ctx); l == linkOurs {
		return true
	}
	e, v := r.watch.newest(r.eventsMark, target.VerdictStarted)
	return v == target.VerdictStarted && mentions(e.Message, r.plan.Source)
}

// adopt takes a migration that is under way for ours if the target follows our
// source, or is about to according to the event of its start.
func (r *run) adopt(ctx context.Context, cause error) error {
	r.watch.nudge()
	for begun := time.Now(); ; {
		_, l, _ := r.askPrimary(ctx)
		if l == linkOurs || l != linkOther && r.startSeen(ctx) {
			r.emit(progress.Noted{Text: "the group is under this migration already; attached to it"})
			return nil
		}
		if l == linkOther || time.Since(begun) > ambiguousWait(r.opts) {
			return fmt.Errorf("%w: %w", ErrTargetBusy, cause)
		}
		if err := r.tick(ctx, pollSlow); err != nil {
			return err
		}
	}
}

// awaitReplication waits until the target's primary has begun a full sync, or
// the service says that it replicates.
func (r *run) awaitReplication(ctx context.Context) (progress.Trigger, error) {
	begun := time.Now()
	var under bool      // a status other than available was seen since
	var given time.Time // since when it looks as if the service gave up
	for {
		v, _ := r.watch.view()
		if v.began.After(begun) && v.desc.Status != statusAvailable {
			under = true
		}
		role, l, _ := r.askPrimary(ctx)
		if l == linkOurs && (role.Link == redisinfo.LinkSync || role.Link == redisinfo.LinkConnected || v.desc.Status == statusMigrating) {
			return progress.TriggerStarted, nil
		}
		if l == linkOther {
			return "", fmt.Errorf("%w: its primary replicates from %s", ErrTargetBusy, role.Upstream)
		}
		if err := r.ended(&given, under && l == linkNone); err != nil {
			return "", opError("StartMigration", err)
		}
		if time.Since(begun) > r.opts.Assume.ReplicationWithin {
			return "", opError("StartMigration", fmt.Errorf("%w: the target did not begin to replicate within %v", errTimeout, r.opts.Assume.ReplicationWithin))
		}
		if err := r.tick(ctx, pollFast); err != nil {
			return "", err
		}
	}
}
