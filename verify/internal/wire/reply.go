package wire

import (
	"fmt"
	"math"
)

// The kinds of replies.
const (
	Simple = '+' // N is 0, Line the text
	Error  = '-' // the same
	Int    = ':' // N is the number
	Bulk   = '$' // N is the length; -1 is nil, otherwise Body, Stream or Skip follows
	Array  = '*' // N is how many replies follow; -1 is nil
)

// Reply is the head of a reply.
type Reply struct {
	Kind byte
	N    int64
	Line []byte // valid until the next call
}

// Nil reports whether the reply is a nil.
func (r Reply) Nil() bool { return r.N == -1 && (r.Kind == Bulk || r.Kind == Array) }

// Next reads the head of the next reply.
func (c *Conn) Next() (Reply, error) {
	if r, ok := c.buffered(); ok {
		return r, nil
	}
	line, err := c.line()
	if err != nil {
		return Reply{}, err
	}
	if len(line) == 0 {
		return Reply{}, fmt.Errorf("%w: an empty line", ErrProtocol)
	}
	kind, rest := line[0], line[1:]
	switch kind {
	case Simple, Error:
		return Reply{Kind: kind, Line: rest}, nil
	case Int, Bulk, Array:
		n, ok := number(rest)
		if !ok || kind != Int && (n < -1 || n > longestLength) {
			return Reply{}, fmt.Errorf("%w: %.40q", ErrProtocol, line)
		}
		return Reply{Kind: kind, N: n}, nil
	default:
		return Reply{}, fmt.Errorf("%w: %.40q", ErrProtocol, line)
	}
}

// buffered reads the head of a reply that is a number of up to 18 digits, or -1,
// which most are, if all of it was received.
func (c *Conn) buffered() (Reply, bool) {
	b := c.in[c.r:c.w]
	if len(b) < 22 || b[0] != Int && b[0] != Bulk && b[0] != Array {
		return Reply{}, false
	}
	if b[1] == '-' && b[2] == '1' && b[3] == '\r' && b[4] == '\n' {
		c.r += 5
		return Reply{Kind: b[0], N: -1}, true
	}
	n, i := int64(0), 1
	for ; b[i]-'0' <= 9; i++ {
		if i == 19 {
			return Reply{}, false
		}
		n = n*10 + int64(b[i]-'0')
	}
	if i == 1 || b[i] != '\r' || b[i+1] != '\n' || b[0] != Int && n > longestLength {
		return Reply{}, false
	}
	c.r += i + 2
	return Reply{Kind: b[0], N: n}, true
}

// Small returns the next reply if it is a bulk string below 1,000 bytes and all of it
// was received. It is Next and Body in one, for what there is the most of. The string is
// valid until a call of anything but Small.
func (c *Conn) Small() ([]byte, bool) {
	b := c.in[c.r:c.w]
	if len(b) < 6 || b[0] != Bulk {
		return nil, false
	}
	n, i := int(b[1]-'0'), 2
	if n > 9 {
		return nil, false
	}
	for ; i < 4 && b[i]-'0' <= 9; i++ {
		n = n*10 + int(b[i]-'0')
	}
	end := i + 2 + n
	if len(b) < end+2 || b[i] != '\r' || b[i+1] != '\n' || b[end] != '\r' || b[end+1] != '\n' {
		return nil, false
	}
	c.r += end + 2
	return b[i+2 : end], true
}

// longestLength bounds lengths and counts.
const longestLength = math.MaxInt32 * 2

// number parses a decimal number.
func number(b []byte) (int64, bool) {
	negative := len(b) > 0 && b[0] == '-'
	if negative {
		b = b[1:]
	}
	if len(b) == 0 || len(b) > 19 {
		return 0, false
	}
	var n uint64
	for _, d := range b {
		if d < '0' || d > '9' {
			return 0, false
		}
		n = n*10 + uint64(d-'0')
	}
	if negative {
		return -int64(n), n <= 1<<63
	}
	return int64(n), n < 1<<63
}

// Body returns the n bytes of a bulk string. They are valid until the next call.
func (c *Conn) Body(n int64) ([]byte, error) {
	need := int(n) + 2
	if need > len(c.in) {
		return c.largeBody(need)
	}
	if c.r+need > len(c.in) {
		c.w = copy(c.in, c.in[c.r:c.w])
		c.r = 0
	}
	for c.w-c.r < need {
		if err := c.fill(); err != nil {
			return nil, err
		}
	}
	b := c.in[c.r : c.r+need]
	c.r += need
	return c.ended(b)
}

// largeBody is Body for what does not fit into the buffer.
func (c *Conn) largeBody(need int) ([]byte, error) {
	if cap(c.large) < need {
		c.large = make([]byte, need+need/4)
	}
	b := c.large[:need]
	have := copy(b, c.in[c.r:c.w])
	c.r += have
	if err := c.flush(); err != nil {
		return nil, err
	}
	for have < need {
		n, err := c.receive(b[have:])
		if err != nil {
			return nil, err
		}
		have += n
	}
	return c.ended(b)
}

// ended cuts off the end of a bulk string.
func (c *Conn) ended(b []byte) ([]byte, error) {
	n := len(b) - 2
	if b[n] != '\r' || b[n+1] != '\n' {
		return nil, fmt.Errorf("%w: a string without end", ErrProtocol)
	}
	return b[:n], nil
}

// Stream hands the n bytes of a bulk string to f in pieces, whose lengths are
// multiples of 16 except for the last one. It needs no memory for them.
func (c *Conn) Stream(n int64, f func([]byte)) error {
	for n > 0 {
		have := int64(c.w - c.r)
		if have < n && have < 16 || have < 1 {
			if c.r > 0 {
				c.w = copy(c.in, c.in[c.r:c.w])
				c.r = 0
			}
			if err := c.fill(); err != nil {
				return err
			}
			continue
		}
		take := min(have, n)
		if take < n {
			take &^= 15
		}
		f(c.in[c.r : c.r+int(take)])
		c.r += int(take)
		n -= take
	}
	_, err := c.Body(0)
	return err
}

// Skip drops the n bytes of a bulk string.
func (c *Conn) Skip(n int64) error { return c.Stream(n, func([]byte) {}) }

// SkipReply drops the rest of a reply whose head was read.
func (c *Conn) SkipReply(r Reply) error {
	switch {
	case r.Nil():
		return nil
	case r.Kind == Bulk:
		return c.Skip(r.N)
	case r.Kind == Array:
		for range r.N {
			next, err := c.Next()
			if err != nil {
				return err
			}
			if err := c.SkipReply(next); err != nil {
				return err
			}
		}
	}
	return nil
}

// Trim gives memory back that a large reply needed.
func (c *Conn) Trim() { c.large = nil }
