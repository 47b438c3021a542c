package migration

import (
	"fmt"
	"time"
)

// drainWatch is what was seen of a drain, to say why it was not over in time.
type drainWatch struct {
	want        int64 // the offset to reach
	first, last int64 // of the target, while its link was up; last is -1 before
	began, at   time.Time
	linked      bool          // at the last look
	slow        time.Duration // the longest that an end took to answer
	slowEnd     string
}

// slowAnswer is how long an answer takes that a healthy server does not take: ROLE
// and INFO cost it microseconds, so that it was executing something else.
const slowAnswer = 200 * time.Millisecond

func (d *drainWatch) answered(end string, took time.Duration) {
	if took > d.slow {
		d.slow, d.slowEnd = took, end
	}
}

func (d *drainWatch) saw(offset int64, at time.Time) {
	if d.last < 0 {
		d.first, d.began = offset, at
	}
	d.last, d.at = offset, at
}

// why says what held the drain up.
func (d *drainWatch) why(now time.Time) string {
	switch applied, left := d.last-d.first, d.want-d.last; {
	case d.slow >= slowAnswer && (applied <= 0 || 2*d.slow >= now.Sub(d.began)): // not one hiccup in a long drain
		return fmt.Sprintf("the %s took %v to answer: it was executing a command that takes that long, or was busy otherwise", d.slowEnd, d.slow.Round(time.Millisecond))
	case d.want == 0:
		return "the source's offset was not read in time"
	case d.last < 0:
		return "the target's replication link was down"
	case !d.linked:
		return fmt.Sprintf("the target's replication link went down with %d bytes to apply", left)
	case applied <= 0:
		return fmt.Sprintf("the target applied none of the %d bytes that it was behind within %v: it was executing a command that takes that long, or nothing came through", left, now.Sub(d.began).Round(time.Millisecond))
	default:
		rate := float64(applied) / max(d.at.Sub(d.began).Seconds(), 0.001)
		return fmt.Sprintf("the target was %d bytes behind and applied %d of them, %.0f bytes/s; the other %d would have taken %v more",
			d.want-d.first, applied, rate, left, time.Duration(float64(left)/rate*float64(time.Second)).Round(time.Millisecond))
	}
}
