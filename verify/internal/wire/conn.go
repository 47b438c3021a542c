package wire

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"
)

const (
	// inSize is the size of the read buffer: what is no larger is never copied.
	inSize = 256 << 10
	// outSize is from where on commands are sent without being asked to.
	outSize = 32 << 10
	// outMost bounds the memory that is kept for commands.
	outMost = 1 << 20
	// lineMax bounds a line, such as an error reply.
	lineMax = 64 << 10
)

// ErrProtocol tells that what came back is not RESP2.
var ErrProtocol = errors.New("the server's answer is not RESP2")

// Conn is one connection. It is for one goroutine. After an error it is of no
// use any more.
type Conn struct {
	conn    net.Conn
	silence time.Duration
	in      []byte
	r, w    int // in[r:w] was received and not read yet
	out     []byte
	large   []byte // for what does not fit into in
	got     int64
	last    int // the length of what Arg added last
}

// New returns a connection on conn. silence is how long the server may say
// nothing, or take nothing, when there is something to say or take.
func New(conn net.Conn, silence time.Duration) *Conn {
	return &Conn{conn: conn, silence: silence, in: make([]byte, inSize), out: make([]byte, 0, outSize+4096)}
}

// Received returns how many bytes came from the server.
func (c *Conn) Received() int64 { return c.got }

// Command begins a command of n words; as many calls of Arg, Word and Int follow.
func (c *Conn) Command(n int) {
	c.out = append(c.out, '*')
	c.out = strconv.AppendInt(c.out, int64(n), 10)
	c.out = append(c.out, '\r', '\n')
}

// Arg adds a word to the command.
func (c *Conn) Arg(b []byte) {
	from := len(c.out)
	switch n := len(b); {
	case n < 10:
		c.out = append(c.out, '$', '0'+byte(n), '\r', '\n')
	case n < 100:
		c.out = append(c.out, '$', '0'+byte(n/10), '0'+byte(n%10), '\r', '\n')
	default:
		c.out = append(c.out, '$')
		c.out = strconv.AppendInt(c.out, int64(n), 10)
		c.out = append(c.out, '\r', '\n')
	}
	c.out = append(c.out, b...)
	c.out = append(c.out, '\r', '\n')
	c.last = len(c.out) - from
}

// Again adds the word that Arg added last once more, which has to be followed by
// nothing but the n bytes of a Raw.
func (c *Conn) Again(n int) {
	end := len(c.out) - n
	c.out = append(c.out, c.out[end-c.last:end]...)
}

// Word adds a word to the command.
func (c *Conn) Word(s string) {
	c.out = append(c.out, '$')
	c.out = strconv.AppendInt(c.out, int64(len(s)), 10)
	c.out = append(c.out, '\r', '\n')
	c.out = append(c.out, s...)
	c.out = append(c.out, '\r', '\n')
}

// Raw adds words that are encoded already.
func (c *Conn) Raw(s string) { c.out = append(c.out, s...) }

// Int adds a number to the command.
func (c *Conn) Int(n int64) {
	var b [20]byte
	c.Arg(strconv.AppendInt(b[:0], n, 10))
}

// Do adds a whole command.
func (c *Conn) Do(words ...string) {
	c.Command(len(words))
	for _, w := range words {
		c.Word(w)
	}
}

// Send sends the commands if there are many of them; reading a reply sends them
// in any case.
func (c *Conn) Send() error {
	if len(c.out) < outSize {
		return nil
	}
	return c.flush()
}

// Flush sends what was not sent yet.
func (c *Conn) Flush() error { return c.flush() }

func (c *Conn) flush() error {
	if len(c.out) == 0 {
		return nil
	}
	if err := c.conn.SetWriteDeadline(time.Now().Add(c.silence)); err != nil {
		return err
	}
	_, err := c.conn.Write(c.out)
	if cap(c.out) > outMost {
		c.out = make([]byte, 0, outSize+4096)
	}
	c.out = c.out[:0]
	return err
}

// fill receives at least one more byte.
func (c *Conn) fill() error {
	if err := c.flush(); err != nil {
		return err
	}
	if c.r == c.w {
		c.r, c.w = 0, 0
	} else if c.w == len(c.in) {
		c.w = copy(c.in, c.in[c.r:c.w])
		c.r = 0
	}
	n, err := c.receive(c.in[c.w:])
	c.w += n
	return err
}

// receive reads into b, which is not empty; it returns an error or at least a
// byte.
func (c *Conn) receive(b []byte) (int, error) {
	if err := c.conn.SetReadDeadline(time.Now().Add(c.silence)); err != nil {
		return 0, err
	}
	n, err := c.conn.Read(b)
	c.got += int64(n)
	if n > 0 {
		return n, nil
	}
	if err == nil {
		err = errors.New("nothing was read")
	}
	return 0, err
}

// line returns the next line without its end; it is valid until the next call.
func (c *Conn) line() ([]byte, error) {
	from := c.r
	for {
		if i := bytes.IndexByte(c.in[from:c.w], '\n'); i >= 0 {
			end := from + i
			if end == c.r || c.in[end-1] != '\r' {
				return nil, fmt.Errorf("%w: a line without end", ErrProtocol)
			}
			line := c.in[c.r : end-1]
			c.r = end + 1
			return line, nil
		}
		if c.w-c.r > lineMax {
			return nil, fmt.Errorf("%w: a line of more than %d bytes", ErrProtocol, lineMax)
		}
		seen := c.w - c.r
		if err := c.fill(); err != nil {
			return nil, err
		}
		from = c.r + seen
	}
}
