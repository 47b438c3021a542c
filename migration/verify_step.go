package migration

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cachelift/cachelift/progress"
	"github.com/cachelift/cachelift/verify"
)

// Errors of a comparison of both ends; test for them with [errors.Is], and for
// the report with [*VerifyError].
var (
	// ErrDifferent: source and target do not hold the same.
	ErrDifferent = errors.New("source and target differ")
	// ErrNotProven: nothing differs as far as could be compared, and that was not
	// all.
	ErrNotProven = errors.New("it is not proven that source and target hold the same")
)

// VerifyError is the error of a step of [VerifyStep] whose verdict the migration
// must not go on with. It is [ErrDifferent], also when only the expiry differs, or
// [ErrNotProven].
type VerifyError struct {
	// Step is the step that compared.
	Step progress.State
	// Report is what it found, as in [Result].Verify.
	Report verify.Report
}

// Error gives the number of differences of each class, and no keys.
func (e *VerifyError) Error() string {
	return fmt.Sprintf("%v: %s", e.Unwrap(), tally(e.Report))
}

// Unwrap returns [ErrDifferent] or [ErrNotProven].
func (e *VerifyError) Unwrap() error {
	if e.Report.Verdict == verify.Different || e.Report.Verdict == verify.EqualButExpiry {
		return ErrDifferent
	}
	return ErrNotProven
}

// tally is what a report counts, in one line.
func tally(r verify.Report) string {
	var parts []string
	for _, class := range verify.Classes() {
		if n := r.Counts[class]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, class))
		}
	}
	if len(parts) == 0 {
		parts = append(parts, "no differences")
	}
	text := strings.Join(parts, ", ")
	if len(r.Weaker) > 0 {
		text += "; " + strings.Join(r.Weaker, "; ")
	}
	return text
}

// noteEvery is how often the progress of a comparison is told.
const noteEvery = 10 * time.Second

// runner is the work of the step with that name.
func (c *comparison) runner(step progress.State) func(context.Context, *Session) error {
	return func(ctx context.Context, s *Session) error {
		ctx, cancel := context.WithCancelCause(ctx)
		defer cancel(nil)
		opts := c.opts
		var panicked error // in OnProgress, whose last call comes when all is compared
		opts.OnProgress = c.teller(step, s, func(err error) { panicked = err; cancel(err) })
		opts.OnDifference = guarded(c.opts.OnDifference)
		report, err := verify.Compare(ctx, s.Source(), s.Target(), &opts)
		if err == nil {
			err = panicked
		}
		report.Differences = redacted(report.Differences, opts.Values)
		result := VerifyResult{Step: step, Report: report}
		if err != nil {
			result.Err = err.Error()
		}
		s.compared(result)
		s.Note(fmt.Sprintf("%s: %s: %s", step, report.Verdict, tally(report)))
		return c.judge(s.run.flow.inPause(step), result, err)
	}
}

// judge returns the error with which the migration must not go on. What is proven
// holds although the comparison was cut short; one that is cut short inside the pause
// is not begun anew in another, which would be as short.
func (c *comparison) judge(inPause bool, r VerifyResult, err error) error {
	accepted := slices.Contains(c.accept, r.Report.Verdict)
	switch {
	case err != nil && (r.Report.Verdict != verify.Different || accepted):
		if inPause && (errors.Is(err, ErrPausedTooLong) || errors.Is(err, context.DeadlineExceeded)) {
			return Permanent(fmt.Errorf("the comparison takes longer than the write pause may last: %w", err))
		}
		return err
	case accepted, r.Report.Verdict == verify.Equal:
		return nil
	case !inPause && onlyInFlight(r.Report):
		return nil
	}
	return Permanent(&VerifyError{Step: r.Step, Report: r.Report})
}

// onlyInFlight reports whether all that is not proven is keys that are written all the
// time.
func onlyInFlight(r verify.Report) bool {
	return r.Verdict == verify.NotProven && !r.Partial && r.Counts[verify.ClassInFlight] > 0 && r.Counts[verify.ClassNotComparable] == 0
}

// guarded makes an error of a panic in the host's callback, which is called on a
// goroutine of its own.
func guarded[T any](callback func(T) error) func(T) error {
	if callback == nil {
		return nil
	}
	return func(v T) error {
		_, err := guard(func() (struct{}, error) { return struct{}{}, callback(v) })
		return err
	}
}

// teller tells observers how far the comparison is, not too often. A host's
// OnProgress that panics ends it.
func (c *comparison) teller(step progress.State, s *Session, end func(error)) func(verify.Progress) {
	told := time.Now()
	host := guarded(func(p verify.Progress) error {
		if c.opts.OnProgress != nil {
			c.opts.OnProgress(p)
		}
		return nil
	})
	return func(p verify.Progress) {
		if err := host(p); err != nil {
			end(err)
		}
		if time.Since(told) < noteEvery {
			return
		}
		told = time.Now()
		text := fmt.Sprintf("%s: %.0f %% of db %d, %.0f keys/s", step, p.Percent, p.DB, p.Rate)
		if p.ETA >= 0 {
			text += fmt.Sprintf(", about %v left", p.ETA.Round(time.Second))
		}
		s.Note(fmt.Sprintf("%s, %d differences", text, p.Differences))
	}
}
