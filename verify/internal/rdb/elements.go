package rdb

import "encoding/binary"

// elements hands out the entries of a list or set.
func (d *Decoder) elements(l *list, sink Sink) {
	for e, ok := l.next(); ok; e, ok = l.next() {
		sink.Element(e.bytes(d.digits[:]))
	}
}

// scored hands out the members of a sorted set, each followed by its score.
func (d *Decoder) scored(l *list, sink Sink) {
	for e, ok := l.next(); ok; e, ok = l.next() {
		s := l.must()
		score := float64(s.number)
		if s.isText {
			score = d.score(s.text)
		}
		if d.err == nil {
			sink.Scored(e.bytes(d.digits[:]), score)
		}
	}
}

// pairs hands out the fields of a hash, each followed by its value.
func (d *Decoder) pairs(l *list, sink Sink) {
	for e, ok := l.next(); ok; e, ok = l.next() {
		v := l.must()
		if d.err == nil {
			sink.Field(e.bytes(d.digits[:]), v.bytes(d.value2[:]), 0)
		}
	}
}

// triples hands out the fields of a hash, each followed by its value and its
// expiry, 0 for none.
func (d *Decoder) triples(l *list, sink Sink) {
	for e, ok := l.next(); ok; e, ok = l.next() {
		v, expiry := l.must(), l.must()
		if expiry.isText {
			d.fail(ErrFormat)
		}
		if d.err == nil {
			sink.Field(e.bytes(d.digits[:]), v.bytes(d.value2[:]), expiry.number)
		}
	}
}

// intset hands out a set of numbers, which are 2, 4 or 8 bytes each.
func (d *Decoder) intset(b []byte, sink Sink) {
	if len(b) < 8 {
		d.fail(ErrFormat)
		return
	}
	size, n := uint64(binary.LittleEndian.Uint32(b)), uint64(binary.LittleEndian.Uint32(b[4:]))
	b = b[8:]
	if size != 2 && size != 4 && size != 8 || n*size != uint64(len(b)) {
		d.fail(ErrFormat)
		return
	}
	for ; len(b) > 0; b = b[size:] {
		sink.Element(entry{number: signed(b[:size])}.bytes(d.digits[:]))
	}
}

// zipmap hands out a hash of Redis before 2.6: after a byte for the count, field
// and value, each behind its length, the value with some free bytes at its end.
func (d *Decoder) zipmap(b []byte, sink Sink) {
	if len(b) < 2 {
		d.fail(ErrFormat)
		return
	}
	rest := Decoder{in: b[1:]}
	for rest.err == nil {
		n, end := rest.zipmapLength()
		if end {
			break
		}
		name := rest.take(n)
		n, end = rest.zipmapLength()
		free := rest.byte()
		value := rest.take(n)
		rest.take(uint64(free))
		if end {
			rest.fail(ErrFormat)
		}
		if rest.err == nil {
			sink.Field(name, value, 0)
		}
	}
	if rest.err != nil || len(rest.in) > 0 {
		d.fail(ErrFormat)
	}
}

// zipmapLength reads a length, or the end.
func (d *Decoder) zipmapLength() (n uint64, end bool) {
	switch first := d.byte(); first {
	case 254:
		if b := d.take(4); b != nil {
			return uint64(binary.LittleEndian.Uint32(b)), false
		}
		return 0, false
	case 255:
		return 0, d.err == nil
	default:
		return uint64(first), false
	}
}
