package verify

import (
	"bytes"
	"strconv"

	"github.com/cachelift/cachelift/verify/internal/digest"
	"github.com/cachelift/cachelift/verify/internal/rdb"
	"github.com/cachelift/cachelift/verify/internal/wire"
)

// itoa is a number in decimals.
func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// answer reads the answer to the command about a key, and decides on the next.
func (r *reader) answer(l *link, rec *record) error {
	reply, err := l.Next()
	if err != nil {
		return err
	}
	if reply.Kind == wire.Error {
		rec.kind = rdb.None // it may have been guessed
		if (rec.op == opText || rec.op == opWhole) && bytes.HasPrefix(reply.Line, []byte("WRONGTYPE")) {
			r.predict.mistaken(rec.lane)
			rec.op = r.sized()
			return nil
		}
		return r.refuse(rec, reply)
	}
	switch rec.op {
	case opText:
		return r.gotText(l, rec, reply)
	case opWhole:
		return r.gotWhole(l, rec, reply)
	case opSize:
		return r.gotSize(rec, reply)
	case opDump:
		return r.gotDump(l, rec, reply)
	}
	return r.gotType(rec, reply)
}

// gotText takes the beginning of a string. An empty one may be a key that does
// not exist: the expiry tells, or the type.
func (r *reader) gotText(l *link, rec *record, reply wire.Reply) error {
	if reply.Kind != wire.Bulk || reply.Nil() {
		return wire.ErrProtocol
	}
	b, err := l.Body(reply.N)
	if err != nil {
		return err
	}
	rec.op = opDone
	r.predict.sized(rec.lane, reply.N)
	switch {
	case reply.N >= r.limits.text:
		rec.op = opPiece
	case reply.N == 0 && r.commands.expiry == "":
		rec.op = opType
	}
	rec.found(rdb.String, r.sum.text(b), reply.N)
	return nil
}

// found records a value.
func (rec *record) found(kind rdb.Kind, value digest.Sum, count int64) {
	rec.state, rec.kind, rec.value, rec.count = present, kind, value, count
	rec.times, rec.timeless, rec.weak = digest.Sum{}, false, false
}

// gone records that there is no such key.
func (rec *record) gone() {
	rec.found(rdb.None, digest.Sum{}, 0)
	rec.state, rec.op, rec.expiry = absent, opDone, -1
}

// gotSize takes how much memory a value takes.
func (r *reader) gotSize(rec *record, reply wire.Reply) error {
	switch {
	case reply.Nil():
		rec.gone()
	case reply.Kind != wire.Int:
		return wire.ErrProtocol
	case reply.N <= r.limits.memory:
		rec.op = opDump
	default:
		rec.op = opPiece
		r.predict.counted(rec.lane, rdb.None, 0, reply.N)
	}
	return nil
}

// gotDump takes a value as the server writes it to disk.
func (r *reader) gotDump(l *link, rec *record, reply wire.Reply) error {
	switch {
	case reply.Nil():
		rec.gone()
		return nil
	case reply.Kind != wire.Bulk:
		return wire.ErrProtocol
	case reply.N > largest:
		rec.op = opPiece
		return l.Skip(reply.N)
	}
	payload, err := l.Body(reply.N)
	if err != nil {
		return err
	}
	kind, ok := rdb.KindOfPayload(payload)
	if !ok {
		rec.op = opPiece
		return nil
	}
	r.predict.learn(rec.lane, kind == rdb.String)
	rec.op = opDone
	if kind == rdb.Module {
		return r.gotModule(rec, payload)
	}
	r.sum.begin(kind)
	if err := r.decoder.Decode(payload, &r.sum); err != nil {
		rec.op = opPiece
		return nil
	}
	rec.found(kind, r.sum.value(), int64(r.sum.count))
	rec.times, rec.timeless = r.sum.times, r.sum.timeless
	switch kind {
	case rdb.String:
		rec.count = r.sum.length
		r.predict.sized(rec.lane, rec.count)
	case rdb.Stream:
		r.stream()
		fallthrough
	default:
		r.predict.counted(rec.lane, kind, rec.count, reply.N)
	}
	return nil
}

// stream notes that a stream was read, of which not everything is compared.
func (r *reader) stream() {
	if !r.sum.counters {
		r.weak("how many entries were ever added to streams and which of those deleted was the last is not compared: not both sides are known to be 7.0 or later")
	}
}

// gotModule takes a value that only its module understands.
func (r *reader) gotModule(rec *record, payload []byte) error {
	content, err := rdb.Content(payload)
	if err != nil {
		return err
	}
	st := r.key.Begin(tagModule)
	st.Bytes(content)
	rec.found(rdb.Module, st.Sum(), int64(len(content)))
	rec.weak = true
	r.weak("values of modules are compared as the servers write them to disk: equal bytes are equal values, different bytes prove nothing")
	return nil
}

// gotType takes the type of a key.
func (r *reader) gotType(rec *record, reply wire.Reply) error {
	if reply.Kind != wire.Simple {
		return wire.ErrProtocol
	}
	kind := rdb.KindOf(string(reply.Line))
	switch {
	case kind == rdb.None:
		rec.gone()
	case rec.skip || r.depth == depthType:
		rec.found(kind, digest.Sum{}, 0)
		rec.op = opDone
	case rec.state == present: // an empty string, which was read
		rec.op = opDone
	default:
		r.predict.learn(rec.lane, kind == rdb.String)
		rec.op = opPiece
	}
	return nil
}
