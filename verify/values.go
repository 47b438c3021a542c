package verify

import (
	"math"

	"github.com/cachelift/cachelift/verify/internal/digest"
	"github.com/cachelift/cachelift/verify/internal/rdb"
)

// summer digests a value whose elements it is given, in any order unless it is a
// list. It is an [rdb.Sink].
type summer struct {
	elements
	kind  rdb.Kind
	sum   digest.Sum
	count uint64

	length   int64      // of a string
	times    digest.Sum // when pending entries were delivered
	timeless bool       // that is not known
}

// begin begins a value.
func (s *summer) begin(kind rdb.Kind) { *s = summer{elements: s.elements, kind: kind} }

// value is the digest of the whole.
func (s *summer) value() digest.Sum {
	if s.kind == rdb.String { // which is one element
		return s.sum
	}
	st := s.key.Begin(tagValue)
	st.Add(uint64(s.kind), s.count)
	st.Add(s.sum.A, s.sum.B)
	return st.Sum()
}

func (s *summer) add(d digest.Sum) {
	s.sum.Add(d)
	s.count++
}

// Element takes a string, or an element of a list or set.
func (s *summer) Element(b []byte) {
	switch s.kind {
	case rdb.String:
		s.length = int64(len(b))
		s.add(s.text(b))
	case rdb.List:
		s.add(s.element(s.count, b))
	default:
		s.add(s.member(b))
	}
}

// Scored takes a member of a sorted set.
func (s *summer) Scored(member []byte, score float64) { s.add(s.scored(member, score)) }

// Field takes a field of a hash.
func (s *summer) Field(name, value []byte, expiry int64) { s.add(s.field(name, value, expiry)) }

// Entry takes an entry of a stream.
func (s *summer) Entry(id rdb.ID, fields [][]byte) { s.add(s.entry(id, fields)) }

// Tail takes the rest of a stream. It does not count as an element.
func (s *summer) Tail(t rdb.Tail) { s.sum.Add(s.tail(t)) }

// Group takes a consumer group.
func (s *summer) Group(name []byte, last rdb.ID) { s.sum.Add(s.group(name, last)) }

// Consumer takes a consumer.
func (s *summer) Consumer(group, name []byte) { s.sum.Add(s.consumer(group, name)) }

// Pending takes a pending entry. When it was delivered is summed apart, because
// not every way of reading a stream tells it.
func (s *summer) Pending(group []byte, p rdb.Pending) {
	s.sum.Add(s.pending(group, p))
	if p.Delivered > 0 {
		s.times.Add(s.delivered(group, p))
	} else {
		s.timeless = true
	}
}

// elements digests the elements of values.
type elements struct {
	key *digest.Key
	// counters tells whether the counters of streams are compared: both servers
	// have them.
	counters bool
}

func (e *elements) text(b []byte) digest.Sum {
	st := e.key.Begin(tagString)
	st.Bytes(b)
	return st.Sum()
}

func (e *elements) element(index uint64, b []byte) digest.Sum {
	st := e.key.Begin(tagElement)
	st.Add(index, 0)
	st.Bytes(b)
	return st.Sum()
}

func (e *elements) member(b []byte) digest.Sum {
	st := e.key.Begin(tagMember)
	st.Bytes(b)
	return st.Sum()
}

// scored takes -0 for 0: a listpack has no -0, a skip list has.
func (e *elements) scored(member []byte, score float64) digest.Sum {
	st := e.key.Begin(tagScore)
	st.Bytes(member)
	st.Add(math.Float64bits(score+0), 0)
	return st.Sum()
}

func (e *elements) field(name, value []byte, expiry int64) digest.Sum {
	st := e.key.Begin(tagField)
	st.Bytes(name)
	st.Bytes(value)
	if expiry > 0 {
		st.Add(uint64(expiry), 0)
	}
	return st.Sum()
}

func (e *elements) entry(id rdb.ID, fields [][]byte) digest.Sum {
	st := e.key.Begin(tagEntry)
	st.Add(id.Ms, id.Seq)
	for _, f := range fields {
		st.Bytes(f)
	}
	return st.Sum()
}

func (e *elements) tail(t rdb.Tail) digest.Sum {
	st := e.key.Begin(tagTail)
	st.Add(t.Last.Ms, t.Last.Seq)
	if e.counters {
		st.Add(t.MaxDeleted.Ms, t.MaxDeleted.Seq)
		st.Add(t.Added, 0)
	}
	return st.Sum()
}

func (e *elements) group(name []byte, last rdb.ID) digest.Sum {
	st := e.key.Begin(tagGroup)
	st.Bytes(name)
	st.Add(last.Ms, last.Seq)
	return st.Sum()
}

func (e *elements) consumer(group, name []byte) digest.Sum {
	st := e.key.Begin(tagConsumer)
	st.Bytes(group)
	st.Bytes(name)
	return st.Sum()
}

func (e *elements) pending(group []byte, p rdb.Pending) digest.Sum {
	st := e.key.Begin(tagPending)
	st.Bytes(group)
	st.Add(p.ID.Ms, p.ID.Seq)
	st.Bytes(p.Consumer)
	st.Add(p.Deliveries, 0)
	return st.Sum()
}

func (e *elements) delivered(group []byte, p rdb.Pending) digest.Sum {
	st := e.key.Begin(tagDelivered)
	st.Bytes(group)
	st.Add(p.ID.Ms, p.ID.Seq)
	st.Add(uint64(p.Delivered), 0)
	return st.Sum()
}
