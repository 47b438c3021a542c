package verify

import (
	"bytes"
	"context"
	"slices"
	"time"
)

// outcome is what looks at a key come to.
type outcome byte

const (
	again   outcome = iota // nothing is proven
	settled                // it is equal
	proven                 // it differs
)

const (
	// calmLooks is in how many looks in a row a key has to be the same on each
	// side, where the source does not tell whether it was written meanwhile.
	calmLooks = 4
	// apart is from which round on suspects are looked at one by one. Before
	// that there are fewer in each look from round to round.
	apart = 3
)

// seen is what a look has seen of a key on the target, and how many looks in a
// row have seen the same on both sides.
type seen struct {
	target record
	looks  int
}

// settle looks at the suspects again, until each is equal on both sides or proven
// to differ. A look watches keys on the source, reads them there, waits until the
// target has what was written on the source by then, reads the target, and asks
// the source whether any of them was written: if not, the target had all that the
// source had. That one of many was written says nothing about the others, so that
// they are looked at in ever smaller numbers.
func (k *look) settle(ctx context.Context) error {
	s := &settling{look: k, keys: &batch{}, first: &batch{}, last: &batch{}}
	for ; len(k.suspect) > 0; s.round++ {
		if s.round > 0 {
			if err := pause(ctx, settleStep<<min(s.round-1, 6)); err != nil {
				return err
			}
		}
		size := max(1, lookKeys>>(3*s.round))
		if s.round >= min(apart, k.e.o.Rounds-1) {
			size = 1
		}
		s.left, s.now = k.suspect[:0], map[string]seen{}
		for suspects := range slices.Chunk(k.suspect, size) {
			if err := s.once(ctx, suspects); err != nil {
				return err
			}
		}
		k.suspect, s.before = s.left, s.now
	}
	return nil
}

// settling is how far settle has come.
type settling struct {
	*look
	keys, first, last *batch // the suspects, what the source had, what it had after
	round             int
	left              []pairOfKeys    // what is not decided on in this round
	before, now       map[string]seen // of the last round and of this one
}

// once is one look at some of the suspects.
func (s *settling) once(ctx context.Context, suspects []pairOfKeys) error {
	held, reached, err := s.lookAgain(ctx, suspects)
	if err != nil {
		return err
	}
	for i := range s.keys.recs {
		a, b, c := &s.first.recs[i], &s.batches[1].recs[i], &s.last.recs[i]
		now := seen{target: *b, looks: 1}
		if old, ok := s.before[string(a.name)]; ok && old.target.same(b, 0) && a.same(c, 0) {
			now.looks += old.looks
		}
		switch out := s.e.weigh(a, b, c); {
		case out == settled:
			s.e.settledOne()
		case out == proven && (a.state == unread || b.state == unread || c.state == unread),
			out == proven && s.enough(held, reached, now.looks):
			err = s.report(ctx, c, b, "")
		case s.round+1 >= s.e.o.Rounds:
			err = s.report(ctx, c, b, s.undecided(a, c, reached))
		default:
			a.name = bytes.Clone(a.name) // as the batch will be used again
			now.target.name = nil
			s.left = append(s.left, pairOfKeys{*a, now.target})
			s.now[string(a.name)] = now
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// enough reports whether a key that differs is proven to: the source did not
// change, the target had all of it, and where the target is written by others
// than the source, it was the same twice.
func (s *settling) enough(held, reached bool, looks int) bool {
	switch {
	case s.e.following && !reached, !held && !s.unwatched:
		return false
	case s.unwatched:
		return looks >= calmLooks
	}
	return s.e.following || looks >= 2
}

// lookAgain reads suspects: the source, the target when it has reached that, and
// the source once more. held tells that no key was written on the source
// meanwhile.
func (s *settling) lookAgain(ctx context.Context, suspects []pairOfKeys) (held, reached bool, err error) {
	s.keys.reset()
	for i := range suspects {
		s.keys.add(suspects[i].source.name)
	}
	read := func(i int, into *batch) error {
		was := s.batches[i]
		s.batches[i] = into
		err := s.read(ctx, i, s.keys)
		s.batches[i] = was
		return err
	}
	w, err := s.watch(ctx, s.keys)
	if err != nil {
		return false, false, err
	}
	if err := read(0, s.first); err != nil {
		return false, false, err
	}
	if reached, err = s.e.catchUp(ctx); err != nil {
		return false, false, err
	}
	if err := read(1, s.batches[1]); err != nil {
		return false, false, err
	}
	if err := read(0, s.last); err != nil {
		return false, false, err
	}
	held, err = s.held(ctx, w)
	return held, reached, err
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
