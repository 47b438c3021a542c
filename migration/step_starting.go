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
// the target's primary node does. A start that ElastiCache gives up is made again
// if that can help.
func (r *run) stepStarting(ctx context.Context) (progress.Trigger, error) {
	for {
		trigger, err := r.startOnce(ctx)
		if err == nil || !r.startsAgain(ctx, progress.StateStarting, err) {
			return trigger, err
		}
		r.attached = false
	}
}

func (r *run) startOnce(ctx context.Context) (progress.Trigger, error) {
	if !r.attached {
		r.eventsMark, r.startAsked = r.watch.mark(), time.Time{}
		r.fullSyncs = r.baseline(ctx)
		err := r.retry(ctx, "StartMigration", r.requestStart)
		if err != nil {
			return "", err
		}
		r.starts++
	}
	r.watch.nudge()
	return r.awaitReplication(ctx)
}

// requestStart asks once, unless it can be seen that an earlier request, whose
// reply was lost, was accepted. The call is made to its end, whatever becomes of
// the run, so that its outcome is known.
func (r *run) requestStart(ctx context.Context) error {
	before := r.startAsked
	if before.IsZero() {
		before = time.Now()
	}
	if seen, err := r.startSeen(ctx, before); seen || err != nil {
		return err
	}
	begun := time.Now()
	r.result.Sync.RequestedAt, r.startAsked = begun, begun
	err := r.act(context.WithoutCancel(ctx), progress.ActionStart, func(ctx context.Context) error {
		return r.group.Start(ctx, r.plan.Source.Address, r.plan.Source.Port)
	})
	switch {
	case err == nil:
		return nil
	case target.IsAlreadyUnderMigration(err):
		return r.adopt(ctx, err)
	case !ambiguous(err):
		return err
	}
	r.watch.nudge()
	for {
		seen, busy := r.startSeen(ctx, begun)
		if seen {
			return nil
		}
		if time.Since(begun) >= ambiguousWait(r.opts) {
			return errors.Join(busy, err)
		}
		if e := sleep(ctx, pollSlow); e != nil {
			return fmt.Errorf("%w; it is not known what came of the start: %w", e, err)
		}
	}
}

// ambiguousWait is how long to look for signs that a call whose reply was lost
// was accepted, before it is repeated.
func ambiguousWait(o Options) time.Duration { return min(10*time.Second, 4*o.PollEvery) }

// startSeen reports whether a start was accepted, as far as can be seen of what
// came after the request. Whose it was shows when the target begins to follow.
func (r *run) startSeen(ctx context.Context, requested time.Time) (bool, error) {
	d := decide(r.glance(ctx, askedStart, requested))
	return d.err == nil && d.state != progress.StatePreflight, d.err
}

// adopt takes a migration that is under way for ours if the target follows our
// source, or is about to according to the event of its start. The reported time
// from the call to the first PSYNC is three quarters of a minute.
func (r *run) adopt(ctx context.Context, cause error) error {
	r.watch.nudge()
	for begun := time.Now(); ; {
		if o := r.glance(ctx, askedStart, begun); o.link == linkOurs || o.link != linkOther && o.named == namedOurs {
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
		if err := r.sampleStart(ctx, l); err != nil {
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
