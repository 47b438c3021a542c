package verify

import (
	"time"

	"github.com/cachelift/cachelift/verify/internal/digest"
	"github.com/cachelift/cachelift/verify/internal/rdb"
)

// state is what is known of a key on one side.
type state byte

const (
	untouched state = iota // only the name is known
	absent
	present
	unread // it is there and could not be read; reason says why
)

// op is what is to be asked next about a key.
type op byte

const (
	opDone  op = iota
	opGet      // a string, with others by one command
	opText     // the beginning of a string
	opWhole    // a small collection of the record's type
	opSize     // how much memory it takes
	opDump     // the whole value
	opType     // the type
	opPiece    // the value, bit by bit
)

// record is a key on one side.
type record struct {
	name   []byte
	key    digest.Sum // of the name
	value  digest.Sum
	times  digest.Sum // when a stream's pending entries were delivered
	expiry int64      // in milliseconds since 1970, -1 for none
	count  int64      // bytes of a string, elements of other values
	kind   rdb.Kind
	state  state
	op     op
	lane   int32 // of the predictor
	weak   bool  // the value is of a module: compared as the server wrote it
	skip   bool  // its value is not compared
	reason string

	timeless bool // times is not known
}

// The tags that keep digests of different things apart.
const (
	tagName = iota + 1
	tagKey
	tagValue
	tagString
	tagElement
	tagMember
	tagScore
	tagField
	tagEntry
	tagTail
	tagGroup
	tagConsumer
	tagPending
	tagDelivered
	tagModule
)

// sum is what the key adds to the sum of its bucket.
func (r *record) sum(k *digest.Key) digest.Sum {
	st := k.Begin(tagKey)
	st.Add(r.key.A, r.key.B)
	st.Add(r.value.A, r.value.B)
	st.Add(r.times.A, r.times.B)
	st.Add(uint64(r.kind)|uint64(r.state)<<8, uint64(r.expiry))
	return st.Sum()
}

// same reports whether the key is the same on the other side, expiry apart by
// tolerance milliseconds at most.
func (r *record) same(o *record, tolerance int64) bool {
	return r.sameValue(o) && r.sameExpiry(o, tolerance)
}

// sameValue reports whether type and value are equal, or both are not there.
func (r *record) sameValue(o *record) bool {
	return r.state == o.state && r.kind == o.kind && r.value == o.value &&
		(r.times == o.times || r.timeless || o.timeless)
}

// sameExpiry reports whether both expire at the same time.
func (r *record) sameExpiry(o *record, tolerance int64) bool {
	if r.expiry < 0 || o.expiry < 0 {
		return r.expiry == o.expiry
	}
	return max(r.expiry-o.expiry, o.expiry-r.expiry) <= tolerance
}

// expired reports whether the key's time has come by the clock.
func (r *record) expired(now int64) bool {
	return r.state == present && r.expiry >= 0 && r.expiry <= now
}

// batch is a page of keys that is read in one go.
type batch struct {
	recs   []record
	names  []byte
	after  string // the cursor behind the page
	gets   []int  // the records that MGETs under way are about
	asked  []int  // those that other commands under way are about
	clock  int64  // the server's time, for expiries that are relative
	timed  bool   // the clock was asked for
	expiry bool   // the expiry was asked for with it

	complete bool // all answers are there
}

// reset empties the batch.
func (b *batch) reset() {
	b.recs, b.names, b.gets, b.asked = b.recs[:0], b.names[:0], b.gets[:0], b.asked[:0]
	b.complete = false
	if cap(b.names) > 1<<20 {
		b.names = nil
	}
}

// add adds a key, whose name is copied.
func (b *batch) add(name []byte) *record {
	if len(b.names)+len(name) > cap(b.names) { // those before keep the old memory
		b.names = make([]byte, 0, max(64<<10, 2*cap(b.names), len(name)))
	}
	from := len(b.names)
	b.names = append(b.names, name...)
	b.recs = append(b.recs, record{name: b.names[from:len(b.names):len(b.names)], expiry: -1})
	return &b.recs[len(b.recs)-1]
}

// milliseconds is a duration as the servers count.
func milliseconds(d time.Duration) int64 { return int64(d / time.Millisecond) }
