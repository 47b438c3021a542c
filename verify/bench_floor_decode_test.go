package verify_test

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// decoder walks the payloads of DUMP as Redis 7.0 writes them, to every
// element. It looks at nothing and keeps nothing but scratch space.
type decoder struct {
	in      []byte
	scratch []byte
	seen    int // how many elements and bytes there were
}

var errPayload = errors.New("a payload is cut off, or of a form that Redis 7.0 does not write")

// decode walks a value that is no string.
func (d *decoder) decode(payload []byte) (err error) {
	defer func() {
		if recover() != nil { // an index out of range
			err = errPayload
		}
	}()
	kind := payload[0]
	d.in = payload[1 : len(payload)-10]
	switch kind {
	case 2: // set
		d.strings(d.length())
	case 4: // hash
		d.strings(2 * d.length())
	case 5: // sorted set with binary scores
		for range d.length() {
			d.blob()
			d.in = d.in[8:]
			d.seen++
		}
	case 11: // set of numbers
		set := d.blob()
		width := int(binary.LittleEndian.Uint32(set))
		for set = set[8:]; len(set) > 0; set = set[width:] {
			d.seen++
		}
	case 16, 17: // hash, sorted set as a listpack
		d.listpack(d.blob())
	case 18: // list of listpacks
		for range d.length() {
			plain := d.length() == 1
			if node := d.blob(); !plain {
				d.listpack(node)
			}
		}
	case 19: // stream with groups
		d.stream()
	default:
		return fmt.Errorf("type %d: %w", kind, errPayload)
	}
	if len(d.in) != 0 {
		return errPayload
	}
	return nil
}

// stream walks entries, groups, consumers and what is pending.
func (d *decoder) stream() {
	for range d.length() {
		d.blob()
		d.listpack(d.blob())
	}
	for range 8 { // length, last, first and deleted id, entries added
		d.length()
	}
	for range d.length() { // groups
		d.blob()
		for range 3 { // last id, entries read
			d.length()
		}
		for range d.length() { // pending entries
			d.in = d.in[16+8:]
			d.length()
			d.seen++
		}
		for range d.length() { // consumers
			d.blob()
			d.in = d.in[8:]
			n := d.length()
			d.in = d.in[16*n:]
			d.seen += n
		}
	}
}

func (d *decoder) strings(n int) {
	for range n {
		d.seen += len(d.blob())
	}
}

// length takes a length, or a number.
func (d *decoder) length() int {
	n, _ := d.lengthOrForm()
	return n
}

// lengthOrForm takes a length, or how a string is kept otherwise.
func (d *decoder) lengthOrForm() (n int, special bool) {
	b := d.in[0]
	switch b >> 6 {
	case 0:
		d.in = d.in[1:]
		return int(b), false
	case 1:
		n = int(b&0x3f)<<8 | int(d.in[1])
		d.in = d.in[2:]
		return n, false
	case 3:
		d.in = d.in[1:]
		return int(b & 0x3f), true
	}
	if b == 0x80 {
		n = int(binary.BigEndian.Uint32(d.in[1:]))
		d.in = d.in[5:]
		return n, false
	}
	n = int(binary.BigEndian.Uint64(d.in[1:]))
	d.in = d.in[9:]
	return n, false
}

// blob takes a string; numbers are as wide as they are kept.
func (d *decoder) blob() []byte {
	n, special := d.lengthOrForm()
	if special && n == 3 { // compressed
		packed, size := d.length(), d.length()
		out := d.unpack(d.in[:packed], size)
		d.in = d.in[packed:]
		return out
	}
	if special {
		n = 1 << n // 1, 2 or 4 bytes
	}
	out := d.in[:n]
	d.in = d.in[n:]
	return out
}

// unpack undoes LZF.
func (d *decoder) unpack(in []byte, size int) []byte {
	if cap(d.scratch) < size {
		d.scratch = make([]byte, size)
	}
	out := d.scratch[:0]
	for i := 0; i < len(in); {
		c := int(in[i])
		i++
		if c < 32 {
			out = append(out, in[i:i+c+1]...)
			i += c + 1
			continue
		}
		n := c >> 5
		if n == 7 {
			n += int(in[i])
			i++
		}
		back := len(out) - (c&0x1f)<<8 - int(in[i]) - 1
		i++
		n += 2
		if back+n <= len(out) {
			out = append(out, out[back:back+n]...)
			continue
		}
		for k := range n { // what is repeated is being written
			out = append(out, out[back+k])
		}
	}
	if len(out) != size {
		panic("the size is another one") // decode turns it into an error
	}
	return out
}

// listpack walks the elements of a listpack.
func (d *decoder) listpack(b []byte) {
	for i := 6; b[i] != 0xff; d.seen++ {
		n := 0
		switch c := b[i]; {
		case c < 0x80:
			n = 1
		case c < 0xc0:
			n = 1 + int(c&0x3f)
		case c < 0xe0:
			n = 2
		case c < 0xf0:
			n = 2 + int(c&0x0f)<<8 + int(b[i+1])
		case c == 0xf0:
			n = 5 + int(binary.LittleEndian.Uint32(b[i+1:]))
		case c == 0xf4:
			n = 9
		default: // 0xf1, 0xf2, 0xf3: 16, 24, 32 bits
			n = 2 + int(c-0xf0)
		}
		switch { // and its length once more, from the back
		case n <= 127:
			n++
		case n < 1<<14-1:
			n += 2
		case n < 1<<21-1:
			n += 3
		case n < 1<<28-1:
			n += 4
		default:
			n += 5
		}
		i += n
	}
}
