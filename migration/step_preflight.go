package migration

import (
	"context"
	"time"

	"github.com/cachelift/cachelift/internal/diagnose"
	"github.com/cachelift/cachelift/internal/target"
	"github.com/cachelift/cachelift/preflight"
	"github.com/cachelift/cachelift/progress"
)

// stepPreflight judges the facts of both ends. Nothing is changed before every
// blocking check has passed or been waived.
//
// A group that is only being modified is waited for, as long as a TestMigration may
// take: it may be the one of a process that died.
func (r *run) stepPreflight(ctx context.Context) (progress.Trigger, error) {
	for begun := time.Now(); ; {
		facts := r.gather(ctx)
		if err := context.Cause(ctx); err != nil {
			return "", err
		}
		report := preflight.Judge(facts, r.opts.Checks, r.opts.Waive)
		if passing(facts, report) && time.Since(begun) < r.opts.Assume.TestWithin {
			r.emit(progress.Noted{Text: "the group is being modified, and nothing else blocks; waiting for it"})
			if err := sleep(ctx, r.opts.PollEvery); err != nil {
				return "", err
			}
			continue
		}
		r.result.Preflight, r.doctor.facts = &report, &facts
		r.emit(progress.PreflightDone{Report: report})
		if err := report.Err(); err != nil {
			return "", opError("preflight", err)
		}
		return progress.TriggerPassed, nil
	}
}

// passing reports whether all that blocks is a group that is being modified.
func passing(f preflight.Facts, r preflight.Report) bool {
	blocking := r.Blocking()
	return len(blocking) == 1 && blocking[0].CheckID == "target.status" && f.Target != nil && f.Target.Status == statusModifying
}

// stepTesting lets ElastiCache itself test the connection. The call answers at
// once, without a result; the verdict comes as an event whose text is not
// documented, or perhaps not at all. No verdict is not taken for a good one:
// the run says so and goes on, since StartMigration does not depend on it.
func (r *run) stepTesting(ctx context.Context) (progress.Trigger, error) {
	mark, begun := r.watch.mark(), time.Now()
	r.eventsMark = mark
	err := r.retry(ctx, "TestMigration", func(ctx context.Context) error {
		err := r.act(ctx, progress.ActionTest, func(ctx context.Context) error {
			return r.group.Test(ctx, r.plan.Source.Address, r.plan.Source.Port)
		})
		if err != nil && ambiguous(err) && r.testSeen(ctx, mark) {
			return nil
		}
		return err
	})
	if target.IsUnsupported(err) {
		r.emit(progress.Noted{Text: "the service does not know TestMigration; going on without"})
		return progress.TriggerTested, nil
	}
	if err != nil {
		return "", err
	}
	return r.awaitTest(ctx, mark, begun)
}

// testSeen looks for a while for signs that a TestMigration whose reply was lost
// was accepted.
func (r *run) testSeen(ctx context.Context, mark int) bool {
	r.watch.nudge()
	for begun := time.Now(); time.Since(begun) < ambiguousWait(r.opts); {
		v, _ := r.watch.view()
		_, verdict := r.watch.newest(mark, target.VerdictTestFailed, target.VerdictTestPassed)
		if verdict != target.VerdictNone || v.began.After(begun) && v.desc.Status == statusModifying {
			return true
		}
		if sleep(ctx, pollFast) != nil {
			return false
		}
	}
	return false
}

func (r *run) awaitTest(ctx context.Context, mark int, begun time.Time) (progress.Trigger, error) {
	r.watch.nudge()
	var back time.Time // since when the status is available again
	for {
		if _, err := r.watch.view(); err != nil {
			return "", err
		}
		switch e, verdict := r.watch.newest(mark, target.VerdictTestFailed, target.VerdictTestPassed); verdict {
		case target.VerdictTestPassed:
			if r.available(begun) {
				return progress.TriggerTested, nil
			}
		case target.VerdictTestFailed:
			return "", opError("TestMigration", &serviceFailure{event: e, what: "TestMigration failed"})
		}
		if !r.available(begun) {
			back = time.Time{}
		} else if back.IsZero() {
			back = time.Now()
		}
		over := time.Since(begun) > r.opts.Assume.TestWithin
		if over || !back.IsZero() && time.Since(back) > r.opts.Assume.EventGrace {
			unanswered, found := diagnose.Watch(diagnose.Input{Unanswered: true})
			r.tell(unanswered.Diagnosis, found)
			return progress.TriggerTested, nil
		}
		if err := sleep(ctx, pollSlow); err != nil {
			return "", err
		}
	}
}

// available reports whether a look that began after t showed the group as
// available.
func (r *run) available(t time.Time) bool {
	v, _ := r.watch.view()
	return v.began.After(t) && v.desc.Status == statusAvailable
}
