package migration

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cachelift/cachelift/internal/retry"
	"github.com/cachelift/cachelift/internal/target"
	"github.com/cachelift/cachelift/progress"
)

// errNoSign: nothing shows that a completion whose reply was lost was accepted.
var errNoSign = errors.New("no sign that CompleteMigration was accepted")

const pollPromotion = 10 * time.Millisecond

// stepCompleting requests the completion: the point of no return. From here it
// only goes forward, or back on a definite refusal; otherwise writes stay
// paused, because downtime can be ended and lost writes cannot be found.
func (r *run) stepCompleting(ctx context.Context) (progress.Trigger, error) {
	begun := time.Now()
	if r.attached {
		if trigger, err := r.attachPaused(ctx); trigger != "" || err != nil {
			return trigger, err
		}
	}
	pending := r.attached // a request may be out of which we have no reply
	for {
		r.eventsMark = r.watch.mark()
		err := r.requestCompletion(ctx)
		switch {
		case err == nil, target.Ambiguous(err):
		case context.Cause(ctx) != nil:
			return "", r.unknown(err)
		case !pending:
			return "", opError("CompleteMigration", &refusal{err})
		case classify(err) == retry.Permission:
			return "", r.unknown(err)
		}
		pending = true
		r.watch.nudge()
		trigger, waited := r.awaitPromotion(ctx, begun, err != nil)
		if !errors.Is(waited, errNoSign) {
			return trigger, waited
		}
	}
}

// attachPaused is for a run that finds writes paused by an earlier one, which
// may or may not have requested the completion. If the target still follows, it
// drains once more, so that a request can be sent; if it is promoted, it waits
// for the event that says so.
func (r *run) attachPaused(ctx context.Context) (progress.Trigger, error) {
	if r.opts.Cutover == nil {
		return "", r.unknown(ErrNoCutover)
	}
	if _, l, _ := r.askPrimary(ctx); l == linkNone {
		return r.awaitCompletion(ctx)
	}
	r.cutover.begin(r.opts.MaxWritePause)
	drain, cancel := context.WithTimeoutCause(ctx, r.opts.Assume.PromotionWithin, errTimeout)
	defer cancel()
	if _, err := r.drain(drain); err != nil {
		if _, l, _ := r.askPrimary(ctx); l == linkNone {
			return r.awaitCompletion(ctx)
		}
		return "", r.unknown(err)
	}
	return "", nil
}

// requestCompletion calls CompleteMigration, again while it is only throttled:
// a throttled call was not accepted.
func (r *run) requestCompletion(ctx context.Context) error {
	policy := r.opts.Retry.policy()
	policy.MaxElapsed = max(time.Second, time.Until(r.cutover.deadline))
	onlyThrottled := func(err error) retry.Class {
		if c := classify(err); c == retry.Throttled {
			return c
		}
		return retry.Permanent
	}
	return retry.Do(ctx, policy, onlyThrottled, nil, func(ctx context.Context) error {
		return r.act(ctx, progress.ActionComplete, r.group.Complete)
	})
}

// awaitPromotion watches the node itself, at a fine interval: it takes writes
// minutes before the status says so. When it is not sure that a request was
// accepted, it returns errNoSign after a while without one.
func (r *run) awaitPromotion(ctx context.Context, begun time.Time, unsure bool) (progress.Trigger, error) {
	asked := time.Now()
	for {
		_, l, err := r.askPrimary(ctx)
		if l == linkNone {
			return r.promoted(ctx, begun)
		}
		if cause := context.Cause(ctx); cause != nil {
			return "", r.unknown(cause)
		}
		if err == nil {
			if e := r.refusedByEvent(); e != nil {
				return "", opError("CompleteMigration", e)
			}
			if v, _ := r.watch.view(); unsure && time.Since(asked) > ambiguousWait(r.opts) &&
				v.began.After(asked) && v.desc.Status == statusMigrating {
				return "", errNoSign
			}
		}
		if time.Since(begun) > r.opts.Assume.PromotionWithin {
			return "", r.unknown(fmt.Errorf("%w: no promotion within %v", errTimeout, r.opts.Assume.PromotionWithin))
		}
		if err := r.tick(ctx, pollPromotion); err != nil {
			return "", r.unknown(err)
		}
	}
}

// refusedByEvent: the service published that it did not complete, and its
// status is migrating, as documented for a refused completion.
func (r *run) refusedByEvent() error {
	v, _ := r.watch.view()
	if v.desc.Status != statusMigrating {
		return nil
	}
	e, verdict := r.watch.newest(r.eventsMark, target.VerdictNotInSync, target.VerdictFailed)
	if verdict == target.VerdictNone {
		return nil
	}
	return &refusal{&serviceFailure{e, "ElastiCache refused to complete"}}
}

// promoted checks, where the node tells, that it held everything when it was
// promoted: it names the history that it followed and where it left it.
func (r *run) promoted(ctx context.Context, begun time.Time) (progress.Trigger, error) {
	r.emit(progress.Promoted{Primary: r.destAt, Took: time.Since(begun)})
	r.result.Cutover.PromotedAt = time.Now()
	info, err := r.dest.Info(ctx)
	if err == nil && r.cutover.replID != "" && info.Str("master_replid2") == r.cutover.replID {
		if left := info.Int("second_repl_offset"); left <= r.cutover.offset {
			return "", r.unknown(fmt.Errorf("the target was promoted at offset %d, before the source's %d", left-1, r.cutover.offset))
		}
		return progress.TriggerPromoted, nil
	}
	r.emit(progress.Noted{Text: "the promoted node does not tell at which offset it left the source; the drain is the proof"})
	return progress.TriggerPromoted, nil
}

// awaitCompletion is for a run that found the target promoted, writes paused
// and no event yet: only the event tells a completion from a migration that
// the service gave up.
func (r *run) awaitCompletion(ctx context.Context) (progress.Trigger, error) {
	r.watch.nudge()
	for begun := time.Now(); ; {
		switch e, verdict := r.watch.newest(r.eventsMark, target.VerdictCompleted, target.VerdictFailed); verdict {
		case target.VerdictCompleted:
			return progress.TriggerPromoted, nil
		case target.VerdictFailed:
			return "", opError("CompleteMigration", &refusal{&serviceFailure{e, "ElastiCache gave up the migration"}})
		}
		if time.Since(begun) > r.opts.Assume.PromotionWithin {
			return "", r.unknown(fmt.Errorf("%w: no event within %v", errTimeout, r.opts.Assume.PromotionWithin))
		}
		if err := r.tick(ctx, pollSlow); err != nil {
			return "", r.unknown(err)
		}
	}
}

// unknown is the error of a completion whose outcome cannot be told.
func (r *run) unknown(err error) error {
	return opError("CompleteMigration", fmt.Errorf("%w: %w", ErrOutcomeUnknown, err))
}
