package losstest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// data is what a server has of one stream.
type data struct {
	register int // -1: nothing
	counter  int64
	log      []int
	queue    []int
	moved    []int
}

func read(ctx context.Context, c *redis.Client, j *journal) (d data, err error) {
	d.register = -1
	value, err := c.Get(ctx, j.register()).Result()
	if err == nil {
		d.register, err = strconv.Atoi(value)
	}
	if err != nil && !errors.Is(err, redis.Nil) {
		return d, err
	}
	if d.counter, err = c.Get(ctx, j.counter()).Int64(); err != nil && !errors.Is(err, redis.Nil) {
		return d, err
	}
	for key, to := range map[string]*[]int{j.log(): &d.log, j.queue(): &d.queue, j.moved(): &d.moved} {
		elements, err := c.LRange(ctx, key, 0, -1).Result()
		if err != nil {
			return d, err
		}
		for _, e := range elements {
			n, err := strconv.Atoi(e)
			if err != nil {
				return d, fmt.Errorf("%s has the element %q, which nobody wrote", key, e)
			}
			*to = append(*to, n)
		}
	}
	return d, nil
}

// shut is a time in which the source must not acknowledge what is sent to it: from
// the return of PauseWrites to the call of ResumeWrites.
type shut struct {
	from, to time.Time // to: zero for good
}

// verdict is what a cut-over did to the writes.
type verdict struct {
	acked, refused, ambiguous int

	lost       int // acknowledged, and not on the new primary
	doubled    int // there more often than acknowledged
	phantom    int // refused, and there
	disordered int // an older value over or before a newer one
	late       int // acknowledged by the source while it was shut
	parted     int // on the source and not on the new primary

	problems []string
}

// bad is the number of writes with which something is wrong.
func (v *verdict) bad() int {
	return v.lost + v.doubled + v.phantom + v.disordered + v.late + v.parted
}

func (v *verdict) add(o verdict) {
	v.acked, v.refused, v.ambiguous = v.acked+o.acked, v.refused+o.refused, v.ambiguous+o.ambiguous
	v.lost, v.doubled, v.phantom = v.lost+o.lost, v.doubled+o.doubled, v.phantom+o.phantom
	v.disordered, v.late, v.parted = v.disordered+o.disordered, v.late+o.late, v.parted+o.parted
	v.problems = append(v.problems, o.problems...)
}

// note counts a problem and keeps the first few in words.
func (v *verdict) note(count *int, by int, format string, args ...any) {
	if by <= 0 {
		return
	}
	if *count += by; len(v.problems) < 8 {
		v.problems = append(v.problems, fmt.Sprintf(format, args...))
	}
}

func (v *verdict) String() string {
	return fmt.Sprintf("%d acknowledged, %d refused, %d ambiguous; lost %d, doubled %d, phantom %d, disordered %d, late %d, parted %d",
		v.acked, v.refused, v.ambiguous, v.lost, v.doubled, v.phantom, v.disordered, v.late, v.parted)
}

// judge holds a journal against what both ends have of its stream. p is what was popped
// from its queue, nil if nobody pops.
func judge(j *journal, source, target data, p *popped, moves bool, shuts []shut) verdict {
	var v verdict
	for _, e := range j.entries {
		switch e.outcome {
		case acknowledged:
			v.acked++
		case refused:
			v.refused++
		case ambiguous:
			v.ambiguous++
		}
	}
	v.judgeLate(j, shuts)
	v.judgeRegister(j, target)
	v.judgeCounter(j, source, target)
	v.judgeLog(j, "log", onLog, target.log)
	v.judgePrefix(j, source.log, target.log)
	if p != nil {
		v.judgeQueue(j, target, *p, moves)
	}
	return v
}

// judgeLate finds writes that were sent while the source was shut and that it
// acknowledged before it was opened again.
func (v *verdict) judgeLate(j *journal, shuts []shut) {
	for _, e := range j.entries {
		if e.outcome != acknowledged || e.by.promoted {
			continue
		}
		for _, s := range shuts {
			if e.sent.After(s.from) && (s.to.IsZero() || e.done.Before(s.to)) {
				v.note(&v.late, 1, "%s: write %d was sent %v after the pause and the source acknowledged it", j.stream, e.n, e.sent.Sub(s.from))
			}
		}
	}
}

// judgeRegister: the last value is the last acknowledged one, or a later one of which
// the writer does not know.
func (v *verdict) judgeRegister(j *journal, target data) {
	last, possible := -1, map[int]bool{}
	for _, e := range j.entries {
		switch {
		case e.on&onRegister == 0:
		case e.outcome == acknowledged:
			last = e.n
			clear(possible)
		case e.outcome == ambiguous:
			possible[e.n] = true
		}
	}
	switch {
	case target.register == last || possible[target.register]:
	case target.register < last:
		v.note(&v.disordered, 1, "%s is %d, and %d was acknowledged after it", j.register(), target.register, last)
	default:
		v.note(&v.phantom, 1, "%s is %d, which was refused or never written", j.register(), target.register)
	}
}

// judgeCounter: as often as acknowledged, and as often as perhaps at the most. A retried
// INCR may have been executed more than once.
func (v *verdict) judgeCounter(j *journal, source, target data) {
	acked, perhaps, newest := int64(0), int64(0), int64(0)
	for _, e := range j.entries {
		if e.on&onCounter == 0 {
			continue
		}
		switch e.outcome {
		case acknowledged:
			if acked++; e.reply <= newest {
				v.note(&v.disordered, 1, "%s: INCR %d answered %d after %d", j.counter(), e.n, e.reply, newest)
			}
			newest = e.reply
		case ambiguous:
			perhaps++
		}
	}
	v.note(&v.lost, int(max(acked, newest)-target.counter), "%s is %d on the new primary, and was acknowledged %d times, up to %d", j.counter(), target.counter, acked, newest)
	if !j.retried {
		v.note(&v.doubled, int(target.counter-acked-perhaps), "%s is %d on the new primary, acknowledged %d times, perhaps %d more", j.counter(), target.counter, acked, perhaps)
	}
	v.note(&v.parted, int(source.counter-target.counter), "%s is %d on the source and %d on the new primary", j.counter(), source.counter, target.counter)
}

// judgeLog: each acknowledged number once, in order; what is ambiguous once at the most;
// nothing else. What is retried may be there again.
func (v *verdict) judgeLog(j *journal, name string, on effect, log []int) {
	seen := map[int]int{}
	newest := -1
	for _, n := range log {
		if n < 0 || n >= len(j.entries) || j.entries[n].on&on == 0 {
			v.note(&v.phantom, 1, "%s of %s has %d, which nobody wrote", name, j.stream, n)
			continue
		}
		if seen[n]++; seen[n] > 1 || j.entries[n].outcome != acknowledged {
			continue
		}
		if n < newest {
			v.note(&v.disordered, 1, "%s of %s has %d after %d", name, j.stream, n, newest)
		}
		newest = max(newest, n)
	}
	for _, e := range j.entries {
		switch times := seen[e.n]; {
		case e.on&on == 0:
		case e.outcome == acknowledged && times == 0:
			v.note(&v.lost, 1, "%s of %s lacks %d, acknowledged by %s", name, j.stream, e.n, e.by.addr)
		case e.outcome == refused && times > 0:
			v.note(&v.phantom, 1, "%s of %s has %d, which was refused", name, j.stream, e.n)
		case times > 1 && !j.retried:
			v.note(&v.doubled, times-1, "%s of %s has %d %d times", name, j.stream, e.n, times)
		}
	}
}

// judgePrefix: what the source has is how the history on the new primary begins.
func (v *verdict) judgePrefix(j *journal, source, target []int) {
	same := 0
	for same < min(len(source), len(target)) && source[same] == target[same] {
		same++
	}
	v.note(&v.parted, len(source)-same, "log of %s: the source has %d elements, the new primary parts from it after %d", j.stream, len(source), same)
}

// judgeQueue: each acknowledged element was popped once or waits still; a pop whose
// reply did not come may have taken one.
func (v *verdict) judgeQueue(j *journal, target data, p popped, moves bool) {
	if !slices.IsSorted(p.numbers) {
		v.note(&v.disordered, 1, "queue of %s was popped out of order", j.stream)
	}
	taken := p.numbers
	if moves { // the server has the whole history of the pops
		for _, n := range p.numbers {
			if !slices.Contains(target.moved, n) {
				v.note(&v.lost, 1, "move of %d of %s was acknowledged and is undone", n, j.stream)
			}
		}
		taken = target.moved
	}
	seen := map[int]int{}
	for _, n := range append(slices.Clone(taken), target.queue...) {
		seen[n]++
	}
	missing := 0
	for _, e := range j.entries {
		switch times := seen[e.n]; {
		case times > 1 && !j.retried:
			v.note(&v.doubled, times-1, "queue of %s: %d was there %d times, popped or waiting", j.stream, e.n, times)
		case e.outcome == acknowledged && times == 0:
			missing++
		case e.outcome == refused && times > 0:
			v.note(&v.phantom, 1, "queue of %s had %d, which was refused", j.stream, e.n)
		}
	}
	if !moves {
		missing -= p.unsure
	}
	v.note(&v.lost, missing, "queue of %s lacks %d acknowledged elements, %d pops are not known of", j.stream, missing, p.unsure)
}
