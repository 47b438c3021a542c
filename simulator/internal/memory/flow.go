package memory

import (
	"math/bits"
	"time"
)

// flow counts the whole bytes of a rate over spans of time. What is left of a
// byte is carried over, so that it does not matter how often it is asked.
type flow struct{ carry uint64 }

// over returns the bytes of another span.
func (f *flow) over(rate int64, d time.Duration) int64 {
	if rate <= 0 || d <= 0 {
		return 0
	}
	high, low := bits.Mul64(uint64(rate), uint64(d))
	low, more := bits.Add64(low, f.carry, 0)
	whole, rest := bits.Div64((high+more)%uint64(time.Second), low, uint64(time.Second))
	f.carry = rest
	return int64(whole)
}

// takes returns how long size bytes take at a rate.
func takes(size, rate int64) time.Duration {
	if size <= 0 || rate <= 0 {
		return 0
	}
	high, low := bits.Mul64(uint64(size), uint64(time.Second))
	if high >= uint64(rate) {
		return 1<<63 - 1
	}
	whole, _ := bits.Div64(high, low, uint64(rate))
	return time.Duration(min(whole, 1<<63-1))
}

// share returns the part of size that a span of its whole stands for.
func share(size int64, passed, whole time.Duration) int64 {
	if passed >= whole || whole <= 0 {
		return size
	}
	return int64(float64(size) * (float64(max(passed, 0)) / float64(whole)))
}

// point is an offset at a time.
type point struct {
	at     time.Time
	offset int64
}

// trail remembers the last moments of an offset, for those whom it reaches with
// a delay.
type trail struct {
	points []point
}

// add notes the offset; what is older than keep is forgotten, but for one point.
func (t *trail) add(at time.Time, offset int64, keep time.Duration) {
	if n := len(t.points); n > 0 && t.points[n-1].at.Equal(at) && t.points[n-1].offset == offset {
		return
	}
	t.points = append(t.points, point{at, offset})
	old := 0
	for old+1 < len(t.points) && !t.points[old+1].at.After(at.Add(-keep)) {
		old++
	}
	t.points = t.points[old:]
}

// value returns the offset at a time that is not older than what is kept.
func (t *trail) value(at time.Time) int64 {
	for i := len(t.points) - 1; i >= 0; i-- {
		p := t.points[i]
		if p.at.After(at) {
			continue
		}
		if i+1 == len(t.points) {
			return p.offset
		}
		q := t.points[i+1]
		return p.offset + share(q.offset-p.offset, at.Sub(p.at), q.at.Sub(p.at))
	}
	if len(t.points) == 0 {
		return 0
	}
	return t.points[0].offset
}
