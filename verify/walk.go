package verify

import (
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/cachelift/cachelift/verify/internal/digest"
	"github.com/cachelift/cachelift/verify/internal/rdb"
	"github.com/cachelift/cachelift/verify/internal/wire"
)

const (
	// huge is from which length on an element stands for itself by its digest: it
	// comes in one piece and is not kept. What is decoded from a payload is never
	// that long.
	huge = 1 << 20
	// reply is how many bytes the answer to a step through a collection is to have.
	reply = 128 << 10
	// headSize is about how much an element takes beside its bytes.
	headSize = 8
	// firstCount is how many elements the first step asks for.
	firstCount = 64
)

// errGone tells that a value changed its type, or went, while it was read.
var errGone = errors.New("the value changed while it was read")

// walker steps through a collection without occupying the server for long.
type walker struct {
	l       *link
	key     *digest.Key
	sizes   sizes
	can     abilities
	pace    func() error // called before each step
	count   int64        // elements to ask for next
	scratch []byte
	cursor  string
	bytes   int64 // about how many the elements took since adapt was called
}

// walk hands all elements of the value to the sink. Under writes it may see an
// element twice, or a mixture; the sum will then differ, and the key is looked
// at again.
func (w *walker) walk(name []byte, kind rdb.Kind, sink rdb.Sink) error {
	w.count = firstCount
	switch kind {
	case rdb.List:
		return w.list(name, sink)
	case rdb.Set:
		return w.scan("SSCAN", name, ahead, func(n int64) error { return w.members(n, sink) })
	case rdb.ZSet:
		return w.scan("ZSCAN", name, ahead, func(n int64) error { return w.scores(n, sink) })
	case rdb.Hash:
		if !w.can.noFieldExpiry { // if it is forbidden, the hash cannot be compared
			return w.expiringHash(name, sink)
		}
		return w.scan("HSCAN", name, ahead, func(n int64) error { return w.fields(n, sink) })
	case rdb.Stream:
		return w.stream(name, sink)
	}
	return fmt.Errorf("verify: a value of type %v has no elements", kind)
}

// list reads a list in slices. The next one is asked for as soon as it is known
// to be there, so that the server works on it while this one is digested.
func (w *walker) list(name []byte, sink rdb.Sink) error {
	ask := func(from int64) error {
		if err := w.pace(); err != nil {
			return err
		}
		w.l.Command(4)
		w.l.Word("LRANGE")
		w.l.Arg(name)
		w.l.Int(from)
		w.l.Int(from + w.count - 1)
		return w.l.Flush()
	}
	if err := ask(0); err != nil {
		return err
	}
	for from, before := int64(0), int64(0); ; {
		n, err := w.array()
		if err != nil {
			return err
		}
		from += n
		last := n < w.count
		if !last {
			w.adapt(before, w.bytes)
			if err := ask(from); err != nil {
				return err
			}
		}
		if err := w.members(n, sink); err != nil || last {
			return err
		}
		before = n
	}
}

// order is when the next step through a collection is asked for.
type order byte

const (
	ahead order = iota // when its cursor is there, before the step is digested
	after              // then, because digesting asks something itself
)

// scan reads a collection by the command, whose answers each takes.
func (w *walker) scan(command string, name []byte, next order, each func(n int64) error) error {
	w.cursor = "0"
	ask := func() error {
		if err := w.pace(); err != nil {
			return err
		}
		w.l.Command(5)
		w.l.Word(command)
		w.l.Arg(name)
		w.l.Word(w.cursor)
		w.l.Word("COUNT")
		w.l.Int(w.count)
		return w.l.Flush()
	}
	if err := ask(); err != nil {
		return err
	}
	for before := int64(0); ; {
		if n, err := w.array(); err != nil || n != 2 {
			return errors.Join(err, wrong(n == 2))
		}
		cursor, err := w.last()
		if err != nil {
			return err
		}
		w.cursor = string(cursor)
		n, err := w.array()
		if err != nil {
			return err
		}
		last := w.cursor == "0"
		if next == ahead && !last {
			w.adapt(before, w.bytes)
			if err := ask(); err != nil {
				return err
			}
		}
		if err := each(n); err != nil || last {
			return err
		}
		if before = n; next == after {
			w.adapt(n, w.bytes)
			if err := ask(); err != nil {
				return err
			}
		}
	}
}

// wrong is a protocol error unless it is as it should be.
func wrong(right bool) error {
	if right {
		return nil
	}
	return wire.ErrProtocol
}

// adapt chooses how many elements to ask for, after n took bytes.
func (w *walker) adapt(n, bytes int64) {
	w.bytes = 0
	if n <= 0 {
		return
	}
	w.count = min(max(reply*n/max(bytes, 1), 1), w.sizes.count, 4*w.count)
}

// array reads the head of an array.
func (w *walker) array() (int64, error) {
	r, err := w.l.Next()
	switch {
	case err != nil:
		return 0, err
	case r.Kind == wire.Error:
		return 0, wire.Refused(string(r.Line))
	case r.Nil():
		return 0, nil
	case r.Kind != wire.Array:
		return 0, wire.ErrProtocol
	}
	return r.N, nil
}

// bulk reads a string. It is valid until the next call.
func (w *walker) bulk() ([]byte, error) {
	b, err := w.last()
	w.scratch = append(w.scratch[:0], b...)
	return w.scratch, err
}

// last reads a string. It is valid until anything is read. One that is huge is
// replaced by what it digests to.
func (w *walker) last() ([]byte, error) {
	if b, ok := w.l.Small(); ok {
		w.bytes += int64(len(b)) + headSize
		return b, nil
	}
	r, err := w.l.Next()
	switch {
	case err != nil:
		return nil, err
	case r.Kind == wire.Error:
		return nil, wire.Refused(string(r.Line))
	case r.Kind != wire.Bulk || r.Nil():
		return nil, wire.ErrProtocol
	}
	if w.bytes += r.N + headSize; r.N > huge {
		return w.hugeElement(r.N)
	}
	return w.l.Body(r.N)
}

// hugeElement reads a string of n bytes and returns what stands for it.
func (w *walker) hugeElement(n int64) ([]byte, error) {
	s, err := w.l.digest(w.key, n)
	return fmt.Appendf(nil, "(%d bytes, digest %016x%016x)", n, s.A, s.B), err
}

// members reads n elements of a list or set.
func (w *walker) members(n int64, sink rdb.Sink) error {
	for range n {
		b, err := w.last()
		if err != nil {
			return err
		}
		sink.Element(b)
	}
	return nil
}

// scores reads members with their scores, n strings.
func (w *walker) scores(n int64, sink rdb.Sink) error {
	for range n / 2 {
		member, err := w.bulk()
		if err != nil {
			return err
		}
		text, err := w.last()
		if err != nil {
			return err
		}
		score, err := strconv.ParseFloat(string(text), 64)
		if err != nil && !math.IsInf(score, 0) {
			return fmt.Errorf("%w: the score %.40q", wire.ErrProtocol, text)
		}
		sink.Scored(member, score)
	}
	return nil
}

// fields reads fields with their values, n strings.
func (w *walker) fields(n int64, sink rdb.Sink) error {
	for range n / 2 {
		name, err := w.bulk()
		if err != nil {
			return err
		}
		value, err := w.last()
		if err != nil {
			return err
		}
		sink.Field(name, value, 0)
	}
	return nil
}
