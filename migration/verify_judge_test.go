package migration

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/cachelift/cachelift/verify"
)

// TestJudgeComparison: with what a migration goes on.
func TestJudgeComparison(t *testing.T) {
	t.Parallel()
	broken := errors.New("the link broke")
	late := fmt.Errorf("step: %w", ErrPausedTooLong)
	inFlight := map[verify.Class]int64{verify.ClassInFlight: 3}
	module := map[verify.Class]int64{verify.ClassInFlight: 3, verify.ClassNotComparable: 1}
	for _, c := range []struct {
		why     string
		verdict verify.Verdict
		counts  map[verify.Class]int64
		accept  []verify.Verdict
		inPause bool
		err     error
		want    error // nil: it goes on
		final   bool
	}{
		{"equal", verify.Equal, nil, nil, true, nil, nil, false},
		{"a difference that is proven comes back", verify.Different, nil, nil, false, nil, ErrDifferent, true},
		{"among keys that lost their expiry", verify.EqualButExpiry, nil, nil, false, nil, ErrDifferent, true},
		{"whoever knows why may accept it", verify.EqualButExpiry, nil, []verify.Verdict{verify.EqualButExpiry}, false, nil, nil, false},
		{"but nothing else", verify.Different, nil, []verify.Verdict{verify.EqualButExpiry}, false, nil, ErrDifferent, true},
		{"a report and no more", verify.Different, nil, []verify.Verdict{verify.Different}, true, nil, nil, false},
		{"keys that are written all the time", verify.NotProven, inFlight, nil, false, nil, nil, false},
		{"nothing is written in the pause", verify.NotProven, inFlight, nil, true, nil, ErrNotProven, true},
		{"values that nobody can compare", verify.NotProven, module, nil, false, nil, ErrNotProven, true},
		{"a part that is forbidden", verify.NotProven, nil, nil, false, nil, ErrNotProven, true},
		{"which may be accepted", verify.NotProven, module, []verify.Verdict{verify.NotProven}, true, nil, nil, false},
		{"what broke may be tried again", verify.NotProven, nil, nil, false, broken, broken, false},
		{"also if the verdict would be accepted", verify.NotProven, nil, []verify.Verdict{verify.NotProven}, false, broken, broken, false},
		{"what is proven holds although it broke", verify.Different, nil, nil, false, broken, ErrDifferent, true},
		{"another pause would be as short", verify.NotProven, nil, nil, true, late, ErrPausedTooLong, true},
		{"the steps behind completing too", verify.NotProven, nil, nil, true, context.DeadlineExceeded, context.DeadlineExceeded, true},
		{"without a pause there is time", verify.NotProven, nil, nil, false, context.DeadlineExceeded, context.DeadlineExceeded, false},
	} {
		r := VerifyResult{Step: "look", Report: verify.Report{Verdict: c.verdict, Counts: c.counts}}
		err := (&comparison{accept: c.accept}).judge(c.inPause, r, c.err)
		if !errors.Is(err, c.want) || (err == nil) != (c.want == nil) || isFinal(err) != c.final {
			t.Errorf("%s: %v (final %t), want %v (final %t)", c.why, err, isFinal(err), c.want, c.final)
		}
		var told *VerifyError
		if isVerdict := c.want == ErrDifferent || c.want == ErrNotProven; errors.As(err, &told) != isVerdict {
			t.Errorf("%s: %#v", c.why, err)
		}
	}
}

// TestPartlyInFlight: keys that are written all the time are no obstacle, unless there
// may be others that were not compared.
func TestPartlyInFlight(t *testing.T) {
	t.Parallel()
	counts := map[verify.Class]int64{verify.ClassInFlight: 3}
	for _, partial := range []bool{false, true} {
		r := VerifyResult{Step: "look", Report: verify.Report{Verdict: verify.NotProven, Counts: counts, Partial: partial}}
		if err := (&comparison{}).judge(false, r, nil); errors.Is(err, ErrNotProven) != partial || isFinal(err) != partial {
			t.Errorf("partial is %t: %v", partial, err)
		}
	}
}
