package rdb

import (
	"encoding/binary"
	"math"
	"strconv"
)

// maxPlain bounds what one compressed string may unfold to.
const maxPlain = 1 << 20

// Decoder takes payloads apart, one at a time. Its zero value is ready; it keeps
// its memory for the next payload.
type Decoder struct {
	in     []byte
	plain  []byte // the last string that was compressed
	second []byte // the one before, while a pair is read
	at     list
	digits [24]byte
	value2 [24]byte
	fields [][]byte
	master [][]byte
	ends   []byte // decimals of a stream's entry
	err    error
}

// fail records the first error.
func (d *Decoder) fail(err error) {
	if d.err == nil {
		d.err = err
	}
	d.in = nil
}

// take returns the next n bytes; nil if they are not there.
func (d *Decoder) take(n uint64) []byte {
	if n > uint64(len(d.in)) {
		d.fail(ErrFormat)
		return nil
	}
	b := d.in[:n:n]
	d.in = d.in[n:]
	return b
}

func (d *Decoder) byte() byte {
	if b := d.take(1); b != nil {
		return b[0]
	}
	return 0
}

// u64 reads eight bytes, little-endian.
func (d *Decoder) u64() uint64 {
	if b := d.take(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

// length reads a length. encoded is true if it is the code of how a string is
// encoded instead.
func (d *Decoder) length() (n uint64, encoded bool) {
	first := d.byte()
	switch first >> 6 {
	case 0:
		return uint64(first & 63), false
	case 1:
		return uint64(first&63)<<8 | uint64(d.byte()), false
	case 3:
		return uint64(first & 63), true
	}
	switch first {
	case 0x80:
		if b := d.take(4); b != nil {
			return uint64(binary.BigEndian.Uint32(b)), false
		}
	case 0x81:
		if b := d.take(8); b != nil {
			return binary.BigEndian.Uint64(b), false
		}
	default:
		d.fail(ErrFormat)
	}
	return 0, false
}

// count reads a length that counts things of at least one byte each, so that a
// damaged one does not run for ever.
func (d *Decoder) count() uint64 {
	n, encoded := d.length()
	if encoded || n > uint64(len(d.in)) {
		d.fail(ErrFormat)
		return 0
	}
	return n
}

// number reads a length that is just a number.
func (d *Decoder) number() uint64 {
	n, encoded := d.length()
	if encoded {
		d.fail(ErrFormat)
	}
	return n
}

// string reads a string. What was compressed or a number is valid until the
// next call but one.
func (d *Decoder) string() []byte {
	if in := d.in; len(in) > 0 && in[0] < 64 { // a short one, as most are
		if n := 1 + int(in[0]); n <= len(in) {
			d.in = in[n:]
			return in[1:n:n]
		}
	}
	n, encoded := d.length()
	if !encoded {
		return d.take(n)
	}
	var v int64
	switch n {
	case 0:
		v = int64(int8(d.byte()))
	case 1:
		if b := d.take(2); b != nil {
			v = int64(int16(binary.LittleEndian.Uint16(b)))
		}
	case 2:
		if b := d.take(4); b != nil {
			v = int64(int32(binary.LittleEndian.Uint32(b)))
		}
	case 3:
		return d.compressed()
	default:
		d.fail(ErrFormat)
		return nil
	}
	d.plain, d.second = strconv.AppendInt(d.second[:0], v, 10), d.plain
	return d.plain
}

// compressed reads a string that LZF compressed.
func (d *Decoder) compressed() []byte {
	packed, plain := d.number(), d.number()
	in := d.take(packed)
	if d.err != nil {
		return nil
	}
	if plain > maxPlain {
		d.fail(ErrLarge)
		return nil
	}
	if uint64(cap(d.second)) < plain {
		d.second = make([]byte, plain+plain/4)
	}
	out := d.second[:plain]
	if !unfold(in, out) {
		d.fail(ErrFormat)
		return nil
	}
	d.plain, d.second = out, d.plain
	return out
}

// unfold decompresses LZF; it reports whether out was filled exactly.
func unfold(in, out []byte) bool {
	o := 0
	for i := 0; i < len(in); {
		ctrl := int(in[i])
		i++
		if ctrl < 32 { // ctrl+1 bytes as they are
			n := ctrl + 1
			switch {
			case i+32 <= len(in) && o+32 <= len(out): // too many, which is faster
				*(*[32]byte)(out[o:]) = *(*[32]byte)(in[i:])
			case i+n > len(in) || o+n > len(out):
				return false
			default:
				copy(out[o:], in[i:i+n])
			}
			i, o = i+n, o+n
			continue
		}
		n := ctrl >> 5
		if n == 7 {
			if i >= len(in) {
				return false
			}
			n += int(in[i])
			i++
		}
		if i >= len(in) {
			return false
		}
		from := o - (ctrl&31)<<8 - int(in[i]) - 1
		i++
		n += 2
		if from < 0 || o+n > len(out) {
			return false
		}
		if from+n <= o {
			if n <= 16 && o+16 <= len(out) {
				*(*[16]byte)(out[o:]) = *(*[16]byte)(out[from:])
			} else {
				copy(out[o:o+n], out[from:])
			}
			o += n
			continue
		}
		for range n { // it repeats itself
			out[o] = out[from]
			o++
			from++
		}
	}
	return o == len(out)
}

// oldDouble reads a score as text.
func (d *Decoder) oldDouble() float64 {
	switch n := d.byte(); n {
	case 253:
		return math.NaN()
	case 254:
		return math.Inf(1)
	case 255:
		return math.Inf(-1)
	default:
		return d.score(d.take(uint64(n)))
	}
}

// score parses a score that is text.
func (d *Decoder) score(b []byte) float64 {
	if f, ok := shortDecimal(b); ok {
		return f
	}
	f, err := strconv.ParseFloat(string(b), 64)
	if err != nil && d.err == nil && !math.IsInf(f, 0) {
		d.fail(ErrFormat)
	}
	return f
}

// shortDecimal parses a decimal of at most 15 digits, such as -12.25, which is
// one exact number divided by another and so is rounded once, as it has to be.
func shortDecimal(b []byte) (float64, bool) {
	digits := b
	if len(b) > 0 && b[0] == '-' {
		digits = b[1:]
	}
	if len(digits) == 0 || len(digits) > 16 {
		return 0, false
	}
	mantissa, scale, point := uint64(0), 1.0, false
	for _, c := range digits {
		switch {
		case c >= '0' && c <= '9':
			mantissa = mantissa*10 + uint64(c-'0')
			if point {
				scale *= 10
			}
		case c == '.' && !point:
			point = true
		default:
			return 0, false
		}
	}
	if mantissa >= 1<<53 || len(digits) == 1 && point {
		return 0, false
	}
	f := float64(mantissa) / scale
	if len(digits) < len(b) {
		f = -f
	}
	return f, true
}
