package verify

import (
	"context"
	"time"
)

// outcome is what looks at a key come to.
type outcome byte

const (
	again   outcome = iota // nothing is proven
	settled                // it is equal
	proven                 // it differs
)

// settle looks at the suspects again, until each is equal on both sides or proven
// to differ. A look reads the source, waits until the target has what was written
// on the source by then, reads the target, and reads the source once more: if that
// did not change, the target had all that the source had.
func (k *look) settle(ctx context.Context) error {
	keys, first, last := &batch{}, &batch{}, &batch{}
	var before map[string]record
	for round := 0; len(k.suspect) > 0; round++ {
		if round > 0 {
			if err := pause(ctx, settleStep<<min(round-1, 6)); err != nil {
				return err
			}
		}
		reached, err := k.lookAgain(ctx, keys, first, last)
		if err != nil {
			return err
		}
		left, now := k.suspect[:0], map[string]record{}
		for i := range k.suspect {
			a, b, c := &first.recs[i], &k.batches[1].recs[i], &last.recs[i]
			old, seen := before[string(a.name)]
			out := k.e.weigh(a, b, c)
			if out == proven && !k.e.following && !(seen && old.same(b, 0)) {
				out = again // the target is written as well, perhaps
			}
			if out == proven && k.e.following && !reached {
				out = again
			}
			switch {
			case out == settled:
				k.e.settledOne()
			case out == proven:
				err = k.report(ctx, c, b, "")
			case round+1 >= k.e.o.Rounds:
				err = k.report(ctx, c, b, k.undecided(a, c, reached))
			default:
				left = append(left, pairOfKeys{*a, *b})
				b.name = append([]byte(nil), b.name...)
				now[string(a.name)] = *b
			}
			if err != nil {
				return err
			}
		}
		k.suspect, before = left, now
	}
	return nil
}

// lookAgain is one look at all suspects.
func (k *look) lookAgain(ctx context.Context, keys, first, last *batch) (reached bool, err error) {
	keys.reset()
	for i := range k.suspect {
		keys.add(k.suspect[i].source.name)
	}
	read := func(i int, into *batch) error {
		into.reset()
		was := k.batches[i]
		k.batches[i] = into
		err := k.read(ctx, i, keys)
		k.batches[i] = was
		return err
	}
	if err := read(0, first); err != nil {
		return false, err
	}
	if reached, err = k.e.catchUp(ctx); err != nil {
		return false, err
	}
	if err := read(1, k.batches[1]); err != nil {
		return false, err
	}
	return reached, read(0, last)
}

// weigh compares a key on the target with what the source had before and after.
func (e *engine) weigh(before, target, after *record) outcome {
	switch {
	case before.state == unread || target.state == unread || after.state == unread:
		return proven // that it cannot be read
	case e.equal(before, target) || e.equal(after, target):
		return settled
	case before.same(after, 0):
		return proven
	}
	return again
}

// undecided says why a key is not decided on after all looks.
func (k *look) undecided(a, c *record, reached bool) string {
	switch {
	case !a.same(c, 0):
		return "written on the source during each look"
	case !reached:
		return "the target did not reach the source's replication offset within " + k.e.o.SettleFor.String()
	}
	return "written on the target during each look"
}

// catchUp waits until the target has applied what the source has sent by now.
func (e *engine) catchUp(ctx context.Context) (bool, error) {
	if !e.following {
		return true, nil
	}
	source, err := e.source.standing(ctx)
	if err != nil {
		return false, err
	}
	limit := e.o.SettleFor
	if e.stalled { // it did not come last time
		limit = settleStep
	}
	until := time.Now().Add(limit)
	for wait := time.Millisecond; ; wait = min(2*wait, 50*time.Millisecond) {
		target, err := e.target.standing(ctx)
		if err != nil {
			return false, err
		}
		if target.role != "slave" { // it was promoted
			e.following, e.stalled = false, false
			return true, nil
		}
		if target.id == source.id && target.offset >= source.offset {
			e.stalled = false
			return true, nil
		}
		if time.Now().After(until) {
			e.stalled = true
			return false, nil
		}
		if err := pause(ctx, wait); err != nil {
			return false, err
		}
	}
}
