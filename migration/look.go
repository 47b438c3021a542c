package migration

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cachelift/cachelift/internal/redisinfo"
	"github.com/cachelift/cachelift/internal/retry"
	"github.com/cachelift/cachelift/internal/target"
	"github.com/cachelift/cachelift/progress"
)

// observe looks at AWS, at both servers and at the host's pause: all that decide
// needs.
func (r *run) observe(ctx context.Context) (observed, error) {
	o := observed{
		members: membersSteady, link: linkUnknown, offsets: offsetsUnknown, history: lineageOther,
		verdict: target.VerdictNone, named: namedUnknown, asked: askedNothing,
	}
	o.texts.source = r.plan.Source.String()
	var desc target.Description
	err := r.retry(ctx, "DescribeReplicationGroups", func(ctx context.Context) (err error) {
		desc, err = r.group.Describe(ctx)
		return err
	})
	if err != nil && !errors.Is(err, target.ErrNotFound) {
		return o, err
	}
	o.pause = r.askPause(ctx)
	if errors.Is(err, target.ErrNotFound) {
		r.gap("target", err)
	}
	if desc.Status == "" {
		return o, nil
	}
	var events []progress.ServiceEvent
	err = r.retry(ctx, "DescribeEvents", func(ctx context.Context) (err error) {
		events, err = r.group.Events(ctx, r.plan.CreatedAt)
		return err
	})
	if err != nil {
		return o, err
	}
	o.exists, o.status, o.members = true, desc.Status, membersOf(desc.Members)
	verdict, started := lastVerdict(r.group, events)
	o.verdict, o.ended = verdict, r.endedBefore(events)
	o.named, o.texts.started = namesSource(started, r.plan.Source)
	r.members = desc.Members
	r.usePrimary(desc.Primary)
	r.lookAtLink(ctx, &o)
	r.Migrator.update(func(s *progress.Snapshot) {
		s.TargetStatus, s.TargetPrimary, s.Events = desc.Status, desc.Primary, newest(events)
	})
	return o, nil
}

// settle observes and decides. A group that is being modified and shows no reason
// is looked at again for as long as an event may be late: an earlier process may
// have started a migration that nobody can see yet. So is a primary that cannot be
// seen while writes are paused: there may have been a failover.
func (r *run) settle(ctx context.Context) (observed, decision, error) {
	for begun := time.Now(); ; {
		o, err := r.observe(ctx)
		if err != nil {
			return o, decision{}, err
		}
		d := decide(o)
		unclear := d.err == nil && d.state == progress.StatePreflight && o.status == statusModifying ||
			o.link == linkUnknown && errors.Is(d.err, ErrOutcomeUnknown)
		if !unclear || time.Since(begun) > r.opts.Assume.EventGrace {
			return o, d, nil
		}
		r.Migrator.update(func(s *progress.Snapshot) { s.Gaps = nil }) // of this look
		if err := sleep(ctx, min(r.opts.PollEvery, time.Second+time.Since(begun)/4)); err != nil {
			return o, d, err
		}
	}
}

// askPause asks the host. Its failure is not the end: when nothing is under way
// the preflight report says what is wrong, together with all the rest.
func (r *run) askPause(ctx context.Context) pause {
	if r.opts.Cutover == nil {
		return pauseNo // as far as this run is concerned, which cannot pause
	}
	var paused bool
	err := retry.Do(ctx, r.opts.nodePolicy(), anyPasses, nil, func(ctx context.Context) (err error) {
		paused, err = r.writesPaused(ctx)
		return err
	})
	p, w := pauseNo, progress.WritesOpen
	switch {
	case err != nil:
		r.gap("writes", err)
		p, w = pauseUnknown, progress.WritesUnknown
	case paused:
		p, w = pauseYes, progress.WritesPaused
	}
	r.Migrator.update(func(s *progress.Snapshot) { s.Writes = w })
	return p
}

// unseenWithin bounds the question whether writes are paused after a look that was cut
// short.
const unseenWithin = 5 * time.Second

// unseen is the error of a first look that was not finished. It must not hide that an
// earlier run left writes paused: if the look did not come so far, that is asked on a
// context that is alive. How far the cut-over is has not been seen then.
func (r *run) unseen(ctx context.Context, p pause, err error) error {
	if p == "" || p == pauseUnknown && context.Cause(ctx) != nil {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), unseenWithin)
		defer cancel()
		p = r.askPause(ctx)
	}
	op, cause := split(err, "observe")
	switch p {
	case pauseYes:
		return opError(op, fmt.Errorf("%w: %w", ErrOutcomeUnknown, cause))
	case pauseUnknown:
		return opError(op, fmt.Errorf("%w; whether writes to the source are paused was not seen", cause))
	}
	return err
}

// gap notes in the snapshot what could not be observed.
func (r *run) gap(what string, err error) {
	r.Migrator.update(func(s *progress.Snapshot) { s.Gaps = append(s.Gaps, what+": "+err.Error()) })
}

// lookAtLink asks the primary node whom it follows, and how far it is. A few
// tries tell a node that is just being replaced from one that is out of reach.
func (r *run) lookAtLink(ctx context.Context, o *observed) {
	for try := 0; try < 3; try++ {
		begun := time.Now()
		role, l, err := r.askPrimary(ctx)
		o.link, o.linkUp, o.texts.upstream = l, role.Link == redisinfo.LinkConnected, role.Upstream
		if err == nil {
			r.noteRole(role)
			switch {
			case l == linkOurs && o.linkUp:
				o.offsets = r.offsetsOf(ctx, role, begun)
			case l == linkNone && o.pause == pauseYes:
				if source, dest, err := r.histories(ctx); err == nil {
					o.history = dest.lineage(source.id, source.offset, "")
					o.texts.left, o.texts.drained = dest.formerTo-1, source.offset
				}
			}
			return
		}
		if sleep(ctx, 200*time.Millisecond) != nil {
			return
		}
	}
}

// offsetsOf asks the source how far the target is behind.
func (r *run) offsetsOf(ctx context.Context, dest redisinfo.Role, begun time.Time) offsets {
	source, err := r.source.Role(ctx)
	switch {
	case err != nil:
		return offsetsUnknown
	case caughtUp(max(0, source.Offset-dest.Offset), 0, time.Since(begun)):
		return offsetsLevel
	}
	return offsetsBehind
}

func (r *run) noteRole(role redisinfo.Role) {
	r.Migrator.update(func(s *progress.Snapshot) { s.TargetRole, s.ReplicatesFrom = string(role.Name), role.Upstream })
}

// endedBefore reports whether one of the events since the plan says that a promotion
// was completed, or whether that cannot be told because the service keeps events for
// 14 days (documented).
func (r *run) endedBefore(events []progress.ServiceEvent) bool {
	return time.Since(r.plan.CreatedAt) > target.History || slices.ContainsFunc(events, func(e progress.ServiceEvent) bool {
		return r.group.Verdict(e) == target.VerdictCompleted
	})
}

// lastVerdict is what the newest event says about a migration, and the newest
// start; the outcome of a TestMigration says nothing about one.
func lastVerdict(g *target.Group, events []progress.ServiceEvent) (target.Verdict, progress.ServiceEvent) {
	last, started := target.VerdictNone, progress.ServiceEvent{}
	for _, e := range events {
		switch v := g.Verdict(e); v {
		case target.VerdictStarted:
			last, started = v, e
		case target.VerdictFailed, target.VerdictCompleted:
			last = v
		}
	}
	return last, started
}

// ended returns an error if the migration is over since the mark: an event says
// so and the target does not follow our source, or the target's primary is a
// master again in a group that is available, and no event has come for a while.
// since keeps from when on it looked like that. While the target follows us, the
// control plane may be out of sight: nothing is needed of it.
func (r *run) ended(since *time.Time, l link) error {
	v, err := r.watch.view()
	if l == linkOurs {
		*since = time.Time{}
		return nil
	}
	if err != nil {
		if l == linkUnknown {
			return nil // neither end is in sight: whoever asks gives up on that in time
		}
		return err
	}
	switch e, verdict := r.watch.newest(r.eventsMark, target.VerdictFailed, target.VerdictCompleted); verdict {
	case target.VerdictFailed:
		return &serviceFailure{event: e, what: gaveUp}
	case target.VerdictCompleted:
		return &serviceFailure{event: e, what: "the migration was ended, and not by this run", ended: true}
	}
	if l != linkNone || v.desc.Status != statusAvailable {
		*since = time.Time{}
		return nil
	}
	if since.IsZero() {
		*since = time.Now()
		r.watch.nudge()
	}
	if time.Since(*since) > r.opts.Assume.EventGrace {
		return &serviceFailure{what: fmt.Sprintf("the target's status went back to %s and its primary is a master", statusAvailable)}
	}
	return nil
}

// foreign returns ErrTargetBusy if the target has been following somebody else
// for a while. After a failover the endpoint's name may lead to the old node for
// as long as it is cached.
func (r *run) foreign(since *time.Time, l link, upstream string) error {
	if l != linkOther {
		*since = time.Time{}
		return nil
	}
	if since.IsZero() {
		*since = time.Now()
		r.watch.nudge()
	}
	if time.Since(*since) < r.opts.Assume.EventGrace {
		return nil
	}
	return fmt.Errorf("%w: its primary replicates from %s", ErrTargetBusy, upstream)
}

// sleep waits, or returns why it must not.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.C:
		return nil
	}
}
