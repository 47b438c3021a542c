package migration

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cachelift/cachelift/internal/node"
	"github.com/cachelift/cachelift/internal/redisinfo"
	"github.com/cachelift/cachelift/internal/retry"
	"github.com/cachelift/cachelift/internal/target"
	"github.com/cachelift/cachelift/progress"
)

// errNoSign: nothing shows that a completion whose reply was lost was accepted.
var errNoSign = errors.New("no sign that CompleteMigration was accepted")

// completeWithin bounds one call of CompleteMigration; what comes of a longer one is
// seen on the node.
const completeWithin = 5 * time.Second

// proofWithin bounds the question whether writes are paused while a promotion is awaited: a
// source that hangs must not keep the application from the target for longer. And it bounds
// the look at the target before writes are resumed.
const proofWithin = 2 * time.Second

// answerAfterPromotion is how much later than the promotion the answer to its request may
// come.
const answerAfterPromotion = 200 * time.Millisecond

// stepCompleting requests the completion: the point of no return. From here it
// only goes forward, or back on a definite refusal; otherwise writes stay
// paused, because downtime can be ended and lost writes cannot be found.
func (r *run) stepCompleting(ctx context.Context) (progress.Trigger, error) {
	if r.attached {
		if trigger, err := r.attachPaused(ctx); trigger != "" || err != nil {
			return trigger, err
		}
	}
	if err := r.stillPaused(ctx); err != nil {
		return "", err
	}
	if !r.attached && time.Now().After(r.cutover.deadline) {
		return "", opError("CompleteMigration", &refusal{r.tooLong(r.lateBy())}) // nothing was sent
	}
	begun, pending := time.Now(), r.attached // pending: a request may be out
	r.cutover.requested = begun
	for {
		r.eventsMark, r.cutover.sent = r.watch.mark(), time.Now()
		if cause := context.Cause(ctx); cause != nil && !pending {
			return "", opError("CompleteMigration", &refusal{cause}) // nothing was sent
		}
		err := r.requestCompletion(ctx)
		if !errors.Is(err, ErrLeaseLost) { // else nothing was sent
			r.result.Cutover.RequestedAt = begun
		}
		switch {
		case errors.Is(err, ErrLeaseLost):
			return "", opError("CompleteMigration", err)
		case err == nil, target.Ambiguous(err), stackOf(err) != "", target.IsNotUnderMigration(err):
			// A client that panicked may have sent it; the last may be the answer
			// to somebody else's request, or to ours whose reply was lost: only
			// looking tells.
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

// lateBy says what came between the end of the drain, which was in time, and a request that
// would not be.
func (r *run) lateBy() error {
	if len(r.flow.hosts(progress.StateDraining, progress.StateCompleting)) > 0 {
		return errors.New("a step returned late")
	}
	return errors.New("they ended between the drain and the request")
}

// attachPaused is for a run that finds writes paused by an earlier one, which
// may or may not have requested the completion. If the target still follows, it
// pauses again, since the earlier one may have died half way, and drains once
// more, so that a request can be sent; if it is promoted, it waits for proof.
func (r *run) attachPaused(ctx context.Context) (progress.Trigger, error) {
	if r.opts.Cutover == nil {
		return "", r.unknown(ErrNoCutover)
	}
	if _, l, _ := r.askPrimary(ctx); l == linkNone {
		return r.awaitCompletion(ctx)
	}
	if err := r.pauseAgain(ctx); err != nil {
		return "", r.unknown(hostError(err))
	}
	if err := r.drainAgain(ctx); err != nil {
		if _, l, _ := r.askPrimary(ctx); l == linkNone {
			return r.awaitCompletion(ctx)
		}
		return "", r.unknown(err)
	}
	return "", nil
}

// pauseAgain is what pausing does, for writes that an earlier run has paused, within the
// budget of a pause of its own.
func (r *run) pauseAgain(ctx context.Context) error {
	r.cutover.begin(r.opts.MaxWritePause)
	r.cutover.again = true
	ctx, cancel := context.WithDeadlineCause(ctx, r.cutover.deadline, fmt.Errorf("writes could not be paused again within %v: %w",
		r.opts.MaxWritePause, context.DeadlineExceeded))
	defer cancel()
	return r.pauseWrites(ctx)
}

// drainAgain is what comes between pausing and completing, in one: the run
// before may have ended in any of it, so the steps of the host are called again.
func (r *run) drainAgain(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, r.opts.Assume.PromotionWithin, errTimeout)
	defer cancel()
	if err := r.callSteps(ctx, r.flow.hosts(progress.StatePausing, progress.StateDraining)); err != nil {
		return err
	}
	if _, err := r.drain(ctx, &drainWatch{last: -1}); err != nil {
		return err
	}
	return r.callSteps(ctx, r.flow.hosts(progress.StateDraining, progress.StateCompleting))
}

// callSteps calls steps inside the pause, within its budget.
func (r *run) callSteps(ctx context.Context, steps []Step) error {
	ctx, cancel := context.WithDeadlineCause(ctx, r.cutover.deadline, fmt.Errorf("the steps inside the write pause took longer than %v: %w",
		r.opts.MaxWritePause, context.DeadlineExceeded))
	defer cancel()
	for _, s := range steps {
		if err := r.callStep(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// stillPaused asks once more if a step of the host came between the drain and
// the request.
func (r *run) stillPaused(ctx context.Context) error {
	if len(r.flow.hosts(progress.StateDraining, progress.StateCompleting)) == 0 {
		return nil
	}
	paused, err := r.writesPaused(ctx)
	if err == nil && !paused {
		err = hostError(errors.New("WritesPaused says false after the steps that followed the drain"))
	}
	switch {
	case err == nil:
		return nil
	case r.attached:
		return r.unknown(err)
	}
	return opError("CompleteMigration", &refusal{err}) // nothing was sent
}

// requestCompletion calls CompleteMigration, again while it is only throttled:
// a throttled call was not accepted. A call is made to its end, whatever becomes
// of the run, so that its outcome is known; but not for long, since the
// application is waiting, and hardly longer than until the promotion is seen.
//
// Step 5 of docs/cutover.md.
func (r *run) requestCompletion(ctx context.Context) error {
	policy := r.opts.policies()[retry.Throttled]
	policy.MaxElapsed = max(time.Second, time.Until(r.cutover.deadline))
	onlyThrottled := func(err error) retry.Class {
		if c := classify(err); c == retry.Throttled {
			return c
		}
		return retry.Permanent
	}
	return retry.Do(ctx, policy, onlyThrottled, nil, func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), completeWithin)
		defer cancel()
		defer r.endWhenPromoted(ctx, cancel)()
		return r.act(ctx, progress.ActionComplete, safely(r.group.Complete))
	})
}

// endWhenPromoted ends a call that hangs although it was accepted: once the node has been
// a primary for a moment, its answer would say nothing new. It returns what ends the
// watching.
func (r *run) endWhenPromoted(ctx context.Context, end context.CancelFunc) (stop func()) {
	if r.sights == nil {
		return end
	}
	isPrimary := func(a answered[sight]) bool { // and was a replica of our source, not an empty one in its place
		return a.err == nil && a.value.role.Name == redisinfo.Master && historyOf(a.value.info).former == r.cutover.replID
	}
	watching := aside(func() (struct{}, error) {
		if _, err := r.sights.await(ctx, isPrimary); err == nil && sleep(ctx, answerAfterPromotion) == nil {
			end()
		}
		return struct{}{}, nil
	})
	return func() {
		end()
		_, _ = watching() // it cannot fail
	}
}

// awaitPromotion watches the node itself, at a fine interval: it takes writes
// minutes before the status says so. A SourceFence is asked meanwhile whether it holds, so
// that the answer is there when the promotion is. When it is not sure that a request was
// accepted, it returns errNoSign after a while without one.
//
// Step 6 of docs/cutover.md.
func (r *run) awaitPromotion(ctx context.Context, begun time.Time, unsure bool) (progress.Trigger, error) {
	asked := time.Now()
	var master time.Time // since when the primary has been one
	wait := explainer{run: r, begun: begun}
	paused := r.askPausedMeanwhile(ctx)
	r.history.Store(true)
	for {
		r.proofs.pace(paceProof(time.Since(begun)))
		look, err := r.lookNext(ctx, pacePromotion(time.Since(begun)))
		if err != nil {
			return "", r.unknown(err)
		}
		o := r.glanceAt(look.value.role, look.link, askedComplete, asked)
		turned := o.link == linkNone && master.IsZero()
		if turned {
			master = time.Now()
		}
		if o.link == linkNone {
			r.lookAtPromotion(&o, master, look, paused)
		}
		r.lookAgain(&o, look)
		switch d := decide(o); {
		case d.err != nil && o.pause == pauseNo:
			return "", opError("CompleteMigration", fmt.Errorf("%w; %s", d.err, r.pauseAnew(ctx)))
		case d.err != nil:
			return "", opError("CompleteMigration", d.err)
		case d.state == progress.StateSwitching:
			r.promoted(ctx)
			return progress.TriggerPromoted, nil
		case d.state == progress.StateInSync:
			e, _, _ := r.watch.answer(r.eventsMark, r.cutover.sent)
			what := "ElastiCache refused to complete"
			if o.link == linkNone {
				what = gaveUp
			}
			return "", opError("CompleteMigration", &refusal{&serviceFailure{event: e, what: what}})
		}
		if turned { // and that proves nothing yet: the status may
			r.watch.nudge()
		}
		wait.explain(o)
		if unsure && o.link == linkOurs && o.status == statusMigrating && time.Since(asked) > ambiguousWait(r.opts) {
			return "", errNoSign
		}
		if time.Since(begun) > r.opts.Assume.PromotionWithin {
			return "", r.unknown(fmt.Errorf("%w: no promotion that can be proven within %v", errTimeout, r.opts.Assume.PromotionWithin))
		}
	}
}

// lookAgain puts off the refusal of a target that follows still: its event may be a late one,
// about an earlier request, and the status with which it was seen older than this one. It
// counts when both the node and the status were looked at since, a second later: by then
// they show a completion that is under way.
func (r *run) lookAgain(o *observed, look primarySeen) {
	if o.link != linkOurs || o.verdict != target.VerdictNotInSync && o.verdict != target.VerdictFailed {
		return
	}
	_, _, seen := r.watch.answer(r.eventsMark, r.cutover.sent)
	if v, _ := r.watch.view(); !look.asked.After(seen) || !v.began.After(seen) {
		o.verdict = target.VerdictNone
		r.watch.nudge()
	}
}

// askPausedMeanwhile returns what asks whether writes are paused, when the look has seen
// a promotion. A SourceFence is asked all the time, one call after the other. What it
// answered after the look was sent counts, or was asked just before the look was answered:
// so nobody waits for a round trip to the source, and what happens in that moment the last
// proof finds, see promoted. Any other Cutover is asked then, and only then.
func (r *run) askPausedMeanwhile(ctx context.Context) func(primarySeen) (bool, error) {
	if r.fence() == nil {
		return func(primarySeen) (bool, error) { return r.writesPaused(ctx) }
	}
	r.proofs.stop() // of a request that showed no sign
	proofs := lookOut(ctx, 1, pollProof, func(ctx context.Context, _ int) (bool, error) {
		ctx, cancel := context.WithTimeout(ctx, proofWithin)
		defer cancel()
		return r.writesPaused(ctx)
	})
	r.proofs = proofs
	return func(look primarySeen) (bool, error) {
		proof, err := proofs.await(ctx, func(a answered[bool]) bool {
			if !a.at.Before(look.asked) || look.at.Sub(a.asked) <= 2*pollProof {
				return true
			}
			proofs.hurry()
			return false
		})
		return proof.value, errors.Join(err, proof.err)
	}
}

// lookAtPromotion adds to a glance at a primary what it tells of the source's
// history, and, once nothing else is missing, whether writes are still paused. The
// status counts if it was seen since the node is a primary.
func (r *run) lookAtPromotion(o *observed, master time.Time, look primarySeen, writesPaused func(primarySeen) (bool, error)) {
	if v, _ := r.watch.view(); !v.began.After(master) {
		o.status = ""
	}
	h := historyOf(look.value.info)
	r.result.Cutover.PromotedID, r.result.Cutover.LeftAt = h.id, 0
	if h.former == r.cutover.replID {
		r.result.Cutover.LeftAt = h.formerTo - 1
	}
	o.history = h.lineage(r.cutover.replID, r.cutover.offset, r.cutover.runID)
	o.texts.left, o.texts.drained = h.formerTo-1, r.cutover.offset
	if decide(*o).state != progress.StateSwitching {
		return
	}
	switch paused, err := writesPaused(look); {
	case errors.Is(err, node.ErrNotPrimary): // and its new primary has no fence
		o.pause = pauseNo
	case err != nil:
		o.pause = pauseUnknown
		r.emit(progress.Noted{Text: fmt.Sprintf("it cannot be told whether writes to the source are still paused: %v", err)})
	case !paused:
		o.pause = pauseNo
	}
}

// promoted notes the promotion, and begins to ask a SourceFence once more, now that it is
// known. The application does not wait for the answer.
func (r *run) promoted(ctx context.Context) {
	r.result.Cutover.PromotedAt, r.result.Cutover.RequestedAt = time.Now(), r.cutover.requested
	r.cutover.master = r.destAt
	r.sights.end()
	r.proofs.end()
	if f := r.fence(); f != nil {
		r.cutover.held = f.proveLast(ctx)
	}
	r.emit(progress.Promoted{Primary: r.destAt, Took: time.Since(r.cutover.requested)})
}

// awaitCompletion is for a run that found the target a primary, writes paused
// and no event yet. The service's event tells a completion from a migration that
// it gave up, which is a definite refusal unless one was completed since the plan; so
// does a target that names all of the source's history in an available group.
func (r *run) awaitCompletion(ctx context.Context) (progress.Trigger, error) {
	r.watch.nudge()
	for begun := time.Now(); ; {
		e, verdict := r.watch.newest(r.eventsMark, target.VerdictCompleted, target.VerdictFailed)
		switch {
		case verdict == target.VerdictFailed && r.endedBefore(r.watch.all()):
			return "", r.unknown(&serviceFailure{event: e, what: gaveUp})
		case verdict == target.VerdictFailed:
			return "", opError("CompleteMigration", &refusal{&serviceFailure{event: e, what: gaveUp}})
		case verdict == target.VerdictCompleted || r.available(begun) && r.lineageNow(ctx) == lineageHeir:
			return progress.TriggerPromoted, nil
		}
		if time.Since(begun) > r.opts.Assume.PromotionWithin {
			return "", r.unknown(fmt.Errorf("%w: no event within %v", errTimeout, r.opts.Assume.PromotionWithin))
		}
		if err := sleep(ctx, pollSlow); err != nil {
			return "", r.unknown(err)
		}
	}
}

// unknown is the error of a completion whose outcome cannot be told.
func (r *run) unknown(err error) error {
	return opError("CompleteMigration", fmt.Errorf("%w: %w", ErrOutcomeUnknown, err))
}
