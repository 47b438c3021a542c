package verify

import (
	"context"
	"strings"

	"github.com/cachelift/cachelift/verify/internal/digest"
	"github.com/cachelift/cachelift/verify/internal/rdb"
	"github.com/cachelift/cachelift/verify/internal/wire"
)

// reader reads batches of keys from one side: what is small in pipelines, what is
// big piece by piece on a connection of its own. It is for one goroutine.
type reader struct {
	side     *side
	depth    depth
	exists   bool // also of keys whose value is left out it is asked whether they are there
	together bool // strings that will be small are read with others
	few      bool // collections that will be small are read by one command
	wholes   wholes
	name     []byte // of a field or member, while the rest of it is read
	key      *digest.Key
	limits   sizes
	predict  predictor
	decoder  rdb.Decoder
	sum      summer
	pieces   *line // for what is big
	weak     func(string)
	commands phrases
}

// depth is how much is read of a key.
type depth byte

const (
	depthType  depth = iota // its type
	depthValue              // all
)

// sizes are how much is asked for with one command.
type sizes struct {
	text   int64 // up to this length a string is read whole
	memory int64 // up to this memory any other value is
	chunk  int64 // bytes of a long string at once
	count  int64 // elements of a collection at once
	many   bool  // several strings are read at once, although a length is a guess
}

// sizesFor returns the sizes for a bound on the time of a command, as measured on
// slow machines: DUMP compresses about 50 KB in a millisecond, and a scan of a
// sorted set writes about 500 scores.
func sizesFor(ms int64) sizes {
	ms = min(max(ms, 1), 100)
	return sizes{text: 64 << 10, memory: ms * 50 << 10, chunk: min(ms*64<<10, 1<<20), count: ms * 300, many: ms >= 5}
}

// largest bounds a payload that is taken apart in one piece: MEMORY USAGE only
// estimates.
const largest = huge

// phrases are the commands, encoded but for the key.
type phrases struct{ getRange, text, memory, samples, dump, kind, expiry string }

// phrase encodes words.
func phrase(n int, words ...string) string {
	var b strings.Builder
	if n > 0 {
		b.WriteString("*" + itoa(int64(n)) + "\r\n")
	}
	for _, w := range words {
		b.WriteString("$" + itoa(int64(len(w))) + "\r\n" + w + "\r\n")
	}
	return b.String()
}

// newReader returns a reader of a side and database.
func newReader(s *side, db int, d depth, key *digest.Key, limits sizes, counters bool, weak func(string)) *reader {
	r := &reader{side: s, depth: d, key: key, limits: limits, pieces: s.line(db), weak: weak, together: limits.many && s.can.mget && s.can.getRange,
		few: limits.many, wholes: newWholes(s)}
	r.sum.elements = elements{key: key, counters: counters}
	r.commands = phrases{
		getRange: phrase(4, "GETRANGE"), text: phrase(0, "0", itoa(limits.text-1)),
		memory: phrase(5, "MEMORY", "USAGE"), samples: phrase(0, "SAMPLES", "128"),
		dump: phrase(2, "DUMP"), kind: phrase(2, "TYPE"),
	}
	switch {
	case s.can.expireTime:
		r.commands.expiry = phrase(2, "PEXPIRETIME")
	case s.can.pttl && s.can.time:
		r.commands.expiry = phrase(2, "PTTL")
	}
	return r
}

// close closes the connection of its own.
func (r *reader) close() { r.pieces.close() }

// first returns what is asked first about a key.
func (r *reader) first(rec *record) op {
	switch {
	case rec.skip && !r.exists:
		return opDone
	case rec.skip, r.depth == depthType:
		return opType
	}
	rec.lane = lane(rec.name)
	switch {
	case r.together && r.predict.small(rec.lane):
		return opGet
	case r.whole(rec):
		return opWhole
	case r.side.can.getRange && r.predict.text(rec.lane):
		return opText
	}
	return r.sized()
}

// sized returns what is asked about a key that is not known to be a string.
func (r *reader) sized() op {
	if r.side.can.memory && r.side.can.dump {
		return opSize
	}
	return opType
}

// send sends the first commands of a batch; more reports whether there are any.
func (r *reader) send(l *link, b *batch) (more bool) {
	b.expiry = r.depth == depthValue && r.commands.expiry != ""
	b.timed = b.expiry && !r.side.can.expireTime
	for i := range b.recs {
		rec := &b.recs[i]
		st := r.key.Begin(tagName)
		st.Bytes(rec.name)
		rec.key, rec.state, rec.op, rec.expiry = st.Sum(), untouched, r.first(rec), -1
	}
	return r.ask(l, b, b.expiry)
}

// ask sends the next command about each record that wants one.
func (r *reader) ask(l *link, b *batch, expiry bool) bool {
	b.gets, b.asked = b.gets[:0], b.asked[:0]
	for i := range b.recs {
		switch b.recs[i].op {
		case opDone, opPiece:
		case opGet:
			b.gets = append(b.gets, i)
		default:
			b.asked = append(b.asked, i)
		}
	}
	if len(b.gets)+len(b.asked) == 0 {
		return false
	}
	if expiry && b.timed {
		l.Do("TIME")
	}
	r.askTogether(l, b, expiry)
	for _, i := range b.asked {
		rec := &b.recs[i]
		behind := 0
		switch rec.op {
		case opText:
			l.Raw(r.commands.getRange)
			l.Arg(rec.name)
			l.Raw(r.commands.text)
			behind = len(r.commands.text)
		case opWhole:
			w := &r.wholes[rec.kind]
			l.Raw(w.command)
			l.Arg(rec.name)
			l.Raw(w.behind)
			behind = len(w.behind)
		case opSize:
			l.Raw(r.commands.memory)
			l.Arg(rec.name)
			l.Raw(r.commands.samples)
			behind = len(r.commands.samples)
		case opDump:
			l.Raw(r.commands.dump)
			l.Arg(rec.name)
		case opType:
			l.Raw(r.commands.kind)
			l.Arg(rec.name)
		}
		if expiry {
			l.Raw(r.commands.expiry)
			l.Again(len(r.commands.expiry) + behind)
		}
	}
	return true
}

// receive reads the answers to the commands under way and sends those that
// follow from them; more reports whether there are any.
func (r *reader) receive(l *link, b *batch) (more bool, err error) {
	if b.expiry && b.timed {
		v, err := l.Value()
		if err != nil {
			return false, err
		}
		if at, ok := serverTime(v.Array); ok {
			b.clock = at.UnixMilli()
		}
	}
	if err := r.receiveTogether(l, b); err != nil {
		return false, err
	}
	for _, i := range b.asked {
		rec := &b.recs[i]
		if err := r.answer(l, rec); err != nil {
			return false, err
		}
		if b.expiry {
			if err := r.expiry(l, b, rec); err != nil {
				return false, err
			}
		}
	}
	b.expiry = false
	return r.ask(l, b, false), nil
}

// expiry reads the answer about the expiry of a key.
func (r *reader) expiry(l *link, b *batch, rec *record) error {
	reply, err := l.Next()
	if err != nil {
		return err
	}
	if reply.Kind == wire.Error {
		return r.refuse(rec, reply)
	}
	switch {
	case reply.Kind != wire.Int:
		return wire.ErrProtocol
	case reply.N == -2:
		if rec.state != unread {
			rec.gone()
		}
	case reply.N < 0:
		rec.expiry = -1
	case b.timed:
		rec.expiry = b.clock + reply.N
	default:
		rec.expiry = reply.N
	}
	return nil
}

// refuse takes an error reply about a key.
func (r *reader) refuse(rec *record, reply wire.Reply) error {
	text := string(reply.Line)
	if transientText(text) {
		return wire.Refused(text)
	}
	if len(text) > 120 {
		text = text[:120]
	}
	rec.state, rec.op, rec.reason = unread, opDone, text
	return nil
}

// all reads a batch on a connection, to the end.
func (r *reader) all(ctx context.Context, n *line, b *batch) error {
	before := n.got
	err := steady(ctx, n, func(l *link) error {
		more := r.send(l, b)
		for more {
			var err error
			if more, err = r.receive(l, b); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	r.side.keys.Add(int64(len(b.recs)))
	r.side.throttle.spent(int64(len(b.recs)), n.got-before)
	return r.finish(ctx, b)
}

// finish reads what is big in a batch.
func (r *reader) finish(ctx context.Context, b *batch) error {
	for i := range b.recs {
		if rec := &b.recs[i]; rec.op == opPiece {
			if err := r.piecemeal(ctx, rec); err != nil {
				return err
			}
			rec.op = opDone
		}
	}
	return nil
}
