package rdb

import (
	"encoding/binary"
	"strconv"
)

// entry is an element of a ziplist or listpack: text, or a number.
type entry struct {
	text   []byte
	number int64
	isText bool
}

// bytes returns the element as text; a number is written to buf.
func (e entry) bytes(buf []byte) []byte {
	if e.isText {
		return e.text
	}
	return strconv.AppendInt(buf[:0], e.number, 10)
}

// list steps through the entries of a ziplist or listpack.
type list struct {
	d    *Decoder
	b    []byte
	zip  bool
	done bool
}

// ziplist begins a ziplist: its length in bytes and the offset of its end, four
// each, and two of a count that may be wrong.
func (d *Decoder) ziplist(b []byte) *list { return d.list(b, 10, true) }

// listpack begins a listpack: its length in bytes, four, and two of a count that
// may be wrong.
func (d *Decoder) listpack(b []byte) *list { return d.list(b, 6, false) }

func (d *Decoder) list(b []byte, head int, zip bool) *list {
	l := &d.at
	*l = list{d: d, zip: zip}
	switch {
	case d.err != nil:
		l.done = true
	case len(b) <= head || uint64(binary.LittleEndian.Uint32(b)) != uint64(len(b)):
		l.broken()
	default:
		l.b = b[head:]
	}
	return l
}

// broken ends the list with an error.
func (l *list) broken() (entry, bool) {
	l.d.fail(ErrFormat)
	l.done, l.b = true, nil
	return entry{}, false
}

// next returns the next entry; false at the end.
func (l *list) next() (entry, bool) {
	// Most entries are short texts of a listpack.
	if b := l.b; !l.zip && len(b) > 0 && b[0]>>6 == 2 {
		if n := int(b[0] & 63); n+2 <= len(b) {
			l.b = b[n+2:]
			return entry{text: b[1 : n+1], isText: true}, true
		}
	}
	if l.done {
		return entry{}, false
	}
	if len(l.b) == 0 {
		return l.broken()
	}
	if l.b[0] == 0xFF {
		l.done = true
		if len(l.b) != 1 {
			return l.broken()
		}
		return entry{}, false
	}
	if l.zip {
		return l.nextZip()
	}
	return l.nextPack()
}

// must returns the next entry where there has to be one.
func (l *list) must() entry {
	e, ok := l.next()
	if !ok && l.d.err == nil {
		l.broken()
	}
	return e
}

// cut returns n bytes after head and moves past them and behind more.
func (l *list) cut(head, n, behind int) []byte {
	if n < 0 || behind < 0 || head+n+behind > len(l.b) {
		return nil
	}
	b := l.b[head : head+n]
	l.b = l.b[head+n+behind:]
	return b
}

// nextZip reads an entry of a ziplist: the length of the one before, an
// encoding, and the data.
func (l *list) nextZip() (entry, bool) {
	p := 1
	if l.b[0] == 254 {
		p = 5
	}
	if p >= len(l.b) {
		return l.broken()
	}
	enc := l.b[p]
	head, n, number := p+1, 0, true
	switch {
	case enc>>6 == 0:
		n, number = int(enc&63), false
	case enc>>6 == 1:
		if p+1 >= len(l.b) {
			return l.broken()
		}
		head, n, number = p+2, int(enc&63)<<8|int(l.b[p+1]), false
	case enc == 0x80:
		if p+5 > len(l.b) {
			return l.broken()
		}
		head, n, number = p+5, int(binary.BigEndian.Uint32(l.b[p+1:])), false
	case enc == 0xC0:
		n = 2
	case enc == 0xD0:
		n = 4
	case enc == 0xE0:
		n = 8
	case enc == 0xF0:
		n = 3
	case enc == 0xFE:
		n = 1
	case enc >= 0xF1 && enc <= 0xFD:
		l.b = l.b[p+1:]
		return entry{number: int64(enc&15) - 1}, true
	default:
		return l.broken()
	}
	b := l.cut(head, n, 0)
	if b == nil {
		return l.broken()
	}
	if number {
		return entry{number: signed(b)}, true
	}
	return entry{text: b, isText: true}, true
}

// nextPack reads an entry of a listpack: an encoding, the data, and how long
// both are.
func (l *list) nextPack() (entry, bool) {
	enc := l.b[0]
	head, n := 1, 0
	switch {
	case enc>>7 == 0:
		if l.cut(1, 0, 1) == nil {
			return l.broken()
		}
		return entry{number: int64(enc)}, true
	case enc>>6 == 2:
		n = int(enc & 63)
		return l.text(head, n)
	case enc>>5 == 6:
		b := l.cut(1, 1, 1)
		if b == nil {
			return l.broken()
		}
		return entry{number: int64(int16(uint16(enc&31)<<11|uint16(b[0])<<3)) >> 3}, true
	case enc>>4 == 14:
		if len(l.b) < 2 {
			return l.broken()
		}
		return l.text(2, int(enc&15)<<8|int(l.b[1]))
	case enc == 0xF0:
		if len(l.b) < 5 {
			return l.broken()
		}
		return l.text(5, int(binary.LittleEndian.Uint32(l.b[1:])))
	case enc >= 0xF1 && enc <= 0xF4:
		n = []int{2, 3, 4, 8}[enc-0xF1]
		b := l.cut(1, n, 1)
		if b == nil {
			return l.broken()
		}
		return entry{number: signed(b)}, true
	}
	return l.broken()
}

// text returns a text of n bytes behind the head.
func (l *list) text(head, n int) (entry, bool) {
	b := l.cut(head, n, back(head+n))
	if b == nil {
		return l.broken()
	}
	return entry{text: b, isText: true}, true
}

// back returns how many bytes the length of an entry takes at its end.
func back(n int) int {
	switch {
	case n < 1<<7:
		return 1
	case n < 1<<14-1:
		return 2
	case n < 1<<21-1:
		return 3
	case n < 1<<28-1:
		return 4
	}
	return 5
}

// signed reads a number of 1, 2, 3, 4 or 8 bytes, little-endian.
func signed(b []byte) int64 {
	var v uint64
	for i := len(b) - 1; i >= 0; i-- {
		v = v<<8 | uint64(b[i])
	}
	shift := 64 - 8*len(b)
	return int64(v<<shift) >> shift
}
