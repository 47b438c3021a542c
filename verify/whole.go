package verify

import (
	"bytes"
	"math"
	"strconv"

	"github.com/cachelift/cachelift/verify/internal/rdb"
	"github.com/cachelift/cachelift/verify/internal/wire"
)

// fewMost is how many elements a collection has at most that counts as small.
const fewMost = 64

// wholes are the commands, encoded but for the key, that return a small collection
// whole and of a large one no more than a part, in the time that a part takes: so they
// need not know beforehand how large it is, as DUMP does. What has no such command has
// the zero value. HRANDFIELD and SRANDMEMBER with a number that is not exceeded return
// all; they cost less than a scan.
type wholes [rdb.Module]struct{ command, behind string }

func newWholes(s *side) (w wholes) {
	can, most := &s.can, itoa(fewMost+1)
	if can.list {
		w[rdb.List].command, w[rdb.List].behind = phrase(4, "LRANGE"), phrase(0, "0", itoa(fewMost))
	}
	if can.someMembers {
		w[rdb.Set].command, w[rdb.Set].behind = phrase(3, "SRANDMEMBER"), phrase(0, most)
	}
	if can.zset {
		w[rdb.ZSet].command, w[rdb.ZSet].behind = phrase(5, "ZSCAN"), phrase(0, "0", "COUNT", most)
	}
	// HRANDFIELD says nothing of the expiry of fields.
	if can.someFields && can.noFieldExpiry && s.version > 0 {
		w[rdb.Hash].command, w[rdb.Hash].behind = phrase(4, "HRANDFIELD"), phrase(0, most, "WITHVALUES")
	}
	return w
}

// whole reports whether the key is most likely a small collection that can be read by
// one command, and of which type.
func (r *reader) whole(rec *record) bool {
	if !r.few {
		return false
	}
	rec.kind = r.predict.collection(rec.lane)
	return r.wholes[rec.kind].command != ""
}

// gotWhole takes a collection, or the part of one that turns out not to be small.
func (r *reader) gotWhole(l *link, rec *record, reply wire.Reply) error {
	kind, rest := rec.kind, false
	if reply.Kind == wire.Array && kind == rdb.ZSet {
		var err error
		if reply, rest, err = r.scanned(l, reply); err != nil {
			return err
		}
	}
	if reply.Kind != wire.Array || reply.N < 0 {
		return wire.ErrProtocol
	}
	r.sum.begin(kind)
	size, err := r.elements(l, kind, reply.N)
	if err != nil {
		return err
	}
	if size > r.limits.text { // another surprise is not to be provoked
		r.few = false
	}
	count := int64(r.sum.count)
	r.predict.counted(rec.lane, kind, count, size)
	switch {
	case rest, count > fewMost, size > smallMost:
		rec.op = r.sized()
	case count == 0:
		rec.gone()
	default:
		rec.op = opDone
		rec.found(kind, r.sum.value(), count)
	}
	return nil
}

// scanned reads the beginning of the answer of a scan; rest reports whether there is
// more than it returned.
func (r *reader) scanned(l *link, reply wire.Reply) (elements wire.Reply, rest bool, err error) {
	if reply.N != 2 {
		return reply, false, wire.ErrProtocol
	}
	cursor, err := l.Next()
	if err != nil || cursor.Kind != wire.Bulk || cursor.Nil() {
		return reply, false, orProtocol(err)
	}
	text, err := l.Body(cursor.N)
	if err != nil {
		return reply, false, err
	}
	rest = !bytes.Equal(text, []byte("0"))
	elements, err = l.Next()
	return elements, rest, err
}

// elements digests the elements that follow, n strings, and tells how many bytes they
// have. What is too long for a small collection is dropped.
func (r *reader) elements(l *link, kind rdb.Kind, n int64) (size int64, err error) {
	if kind != rdb.Hash && kind != rdb.ZSet {
		for range n {
			b, err := r.short(l, &size)
			if err != nil {
				return size, err
			}
			r.sum.Element(b)
		}
		return size, nil
	}
	if n%2 != 0 {
		return 0, wire.ErrProtocol
	}
	for range n / 2 {
		name, b, err := r.pair(l, &size)
		if err != nil {
			return size, err
		}
		if kind == rdb.Hash {
			r.sum.Field(name, b, 0)
			continue
		}
		score, err := strconv.ParseFloat(string(b), 64)
		if err != nil && !math.IsInf(score, 0) && size <= smallMost {
			return size, wire.ErrProtocol
		}
		r.sum.Scored(name, score)
	}
	return size, nil
}

// pair reads two strings.
func (r *reader) pair(l *link, size *int64) (name, b []byte, err error) {
	name, ok := l.Small()
	if ok {
		if b, ok = l.Small(); ok {
			*size += int64(len(name) + len(b))
			return name, b, nil
		}
		*size += int64(len(name))
	} else if name, err = r.short(l, size); err != nil {
		return nil, nil, err
	}
	r.name = append(r.name[:0], name...)
	b, err = r.short(l, size)
	return r.name, b, err
}

// short reads a string, if all so far are no more than a small collection has.
func (r *reader) short(l *link, size *int64) ([]byte, error) {
	if b, ok := l.Small(); ok {
		*size += int64(len(b))
		return b, nil
	}
	reply, err := l.Next()
	if err != nil {
		return nil, err
	}
	if reply.Kind != wire.Bulk || reply.Nil() {
		return nil, wire.ErrProtocol
	}
	if *size += reply.N; *size > smallMost {
		return nil, l.Skip(reply.N)
	}
	return l.Body(reply.N)
}
