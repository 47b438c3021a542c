package verify

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/cachelift/cachelift/verify/internal/digest"
	"github.com/cachelift/cachelift/verify/internal/rdb"
	"github.com/cachelift/cachelift/verify/internal/wire"
)

// piecemeal reads a value bit by bit.
func (r *reader) piecemeal(ctx context.Context, rec *record) error {
	err := steady(ctx, r.pieces, func(l *link) error {
		pace := r.pace(ctx, l)
		if err := r.walk(l, rec, pace); err != nil {
			return err
		}
		return pace()
	})
	text, ok := refused(err)
	switch {
	case errors.Is(err, errGone), ok && vanished(text): // it is in flight, so that it must not be equal to anything
		rec.found(rec.kind, digest.Sum{A: uint64(r.side.name[0])}, 0)
		return nil
	case ok:
		rec.state, rec.reason = unread, text
		return nil
	}
	return err
}

// vanished reports whether the text of an error says that what was there before, by its
// type or by the answer to another command, is not there any more.
func vanished(text string) bool {
	return strings.HasPrefix(text, "WRONGTYPE") || strings.HasPrefix(text, "NOGROUP") || strings.HasPrefix(text, "ERR no such key")
}

// pace returns what is called between the steps through a big value: it tells the
// limits of the side what was read, and waits for as long as they want it.
func (r *reader) pace(ctx context.Context, l *link) func() error {
	counted := l.Received()
	return func() error {
		got := l.Received()
		r.side.throttle.spent(0, got-counted)
		counted = got
		return r.side.throttle.wait(ctx)
	}
}

// walk reads a value of any type on a connection.
func (r *reader) walk(l *link, rec *record, pace func() error) error {
	kind, err := typeOf(l, rec.name)
	if err != nil {
		return err
	}
	switch kind {
	case rdb.None:
		rec.gone()
		return nil
	case rdb.String:
		return r.text(l, rec, pace)
	}
	r.predict.learn(rec.lane, false)
	switch kind {
	case rdb.Module:
		return r.module(l, rec)
	}
	w := walker{l: l, key: r.key, sizes: r.limits, can: r.side.can, pace: pace}
	r.sum.begin(kind)
	if err := w.walk(rec.name, kind, &r.sum); err != nil {
		return err
	}
	rec.found(kind, r.sum.value(), int64(r.sum.count))
	if kind == rdb.Stream {
		r.stream()
	}
	if rec.timeless = r.sum.timeless; rec.timeless {
		r.weak("when the pending entries of large streams were delivered is not compared: no command tells it a part at a time")
	}
	return nil
}

// typeOf asks for the type of a key.
func typeOf(l *link, name []byte) (rdb.Kind, error) {
	l.Command(2)
	l.Word("TYPE")
	l.Arg(name)
	reply, err := l.Next()
	if err != nil {
		return rdb.None, err
	}
	if reply.Kind == wire.Error {
		return rdb.None, wire.Refused(string(reply.Line))
	}
	return rdb.KindOf(string(reply.Line)), nil
}

// text reads a long string in chunks. Two of them are under way at a time, so
// that the server does not wait for us.
func (r *reader) text(l *link, rec *record, pace func() error) error {
	chunk := r.limits.chunk &^ 15
	ask := func(from int64) {
		l.Command(4)
		l.Word("GETRANGE")
		l.Arg(rec.name)
		l.Int(from)
		l.Int(from + chunk - 1)
	}
	st := r.key.Begin(tagString)
	total := int64(0)
	ask(0)
	ask(chunk)
	for asked := 2 * chunk; ; asked += chunk {
		reply, err := l.Next()
		if err != nil {
			return err
		}
		if reply.Kind == wire.Error {
			return l.after(wire.Refused(string(reply.Line)))
		}
		if reply.Kind != wire.Bulk || reply.N < 0 || reply.N > chunk {
			return wire.ErrProtocol
		}
		if reply.N < chunk {
			err = r.lastChunk(l, &st, reply.N)
		} else {
			err = l.Stream(reply.N, st.Piece)
		}
		if err != nil {
			return err
		}
		total += reply.N
		if reply.N < chunk {
			break
		}
		if err := pace(); err != nil {
			return err
		}
		ask(asked)
	}
	next, err := l.Next()
	if err == nil {
		err = l.SkipReply(next)
	}
	if err != nil {
		return err
	}
	r.sum.begin(rdb.String)
	r.sum.add(st.Sum())
	rec.found(rdb.String, r.sum.value(), total)
	return nil
}

// lastChunk reads the end of a string.
func (r *reader) lastChunk(l *link, st *digest.State, n int64) error {
	left := n
	if n == 0 {
		st.Last(nil)
	}
	return l.Stream(n, func(p []byte) {
		if left -= int64(len(p)); left > 0 {
			st.Piece(p)
		} else {
			st.Last(p)
		}
	})
}

// after reads the answer to the command under way, and returns err.
func (l *link) after(err error) error {
	reply, err2 := l.Next()
	if err2 == nil {
		err2 = l.SkipReply(reply)
	}
	return errors.Join(err, err2)
}

// wholeStream hands the parts of a stream that is not large to the sink, by the
// command that tells all of them.
func (r *reader) wholeStream(l *link, name []byte, sink rdb.Sink) error {
	l.Command(2)
	l.Word("DUMP")
	l.Arg(name)
	reply, err := l.Next()
	switch {
	case err != nil:
		return err
	case reply.Kind == wire.Error:
		return wire.Refused(string(reply.Line))
	case reply.Nil():
		return nil
	}
	payload, err := l.Body(reply.N)
	if err != nil {
		return err
	}
	if kind, ok := rdb.KindOfPayload(payload); !ok || kind != rdb.Stream {
		return nil
	}
	return r.decoder.Decode(payload, sink)
}

// module reads a value that only its module understands. No command tells it a part at
// a time: what takes more memory than may be dumped at once, or an amount that the server
// does not tell, is not read.
func (r *reader) module(l *link, rec *record) error {
	rec.kind = rdb.Module
	size, err := l.Ask("MEMORY", "USAGE", string(rec.name), "SAMPLES", "128")
	switch {
	case err != nil:
		return err
	case size.Nil:
		rec.gone()
		return nil
	case size.Kind != wire.Int:
		return wire.ErrProtocol
	case size.Int > r.limits.memory:
		rec.tooLarge("MEMORY USAGE", size.Int, r.limits.memory)
		return nil
	}
	l.Command(2)
	l.Word("DUMP")
	l.Arg(rec.name)
	reply, err := l.Next()
	switch {
	case err != nil:
		return err
	case reply.Kind == wire.Error:
		return wire.Refused(string(reply.Line))
	case reply.Nil():
		rec.gone()
		return nil
	case reply.N > largestModule: // its module says little of how much it takes
		rec.tooLarge("DUMP", reply.N, largestModule)
		return l.Skip(reply.N)
	}
	payload, err := l.Body(reply.N)
	if err != nil {
		return err
	}
	if err := r.gotModule(rec, payload); err != nil {
		return err
	}
	l.Trim()
	return nil
}

// largestModule bounds a module's value in the memory.
const largestModule = 16 * largest

// tooLarge records that a module's value is not read, because of what a command says of
// its size.
func (rec *record) tooLarge(command string, size, most int64) {
	rec.state = unread
	rec.reason = fmt.Sprintf("%s %d for the value of a module, of which up to %d are read in one piece (see Options.MaxBlock)", command, size, most)
}
