package dataset

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync/atomic"
)

// pipe sends commands to a server without waiting for their replies, which a
// goroutine of its own reads and counts. A reply that is an error is kept; the
// first one is what finish returns.
type pipe struct {
	conn net.Conn
	out  *bufio.Writer
	sent int64
	head []byte // scratch for lengths and numbers

	last atomic.Int64 // the number of the last reply, once it is known
	done chan error   // the reader's result
	stop func() bool  // ends the watch over the context
}

// openPipe connects to the server. A cancelled context closes the connection.
func openPipe(ctx context.Context, addr string) (*pipe, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	p := &pipe{conn: conn, out: bufio.NewWriterSize(conn, 256<<10), done: make(chan error, 1)}
	p.stop = context.AfterFunc(ctx, func() { _ = conn.Close() })
	go p.read()
	return p, nil
}

// command begins a command of n words; word and number add them.
func (p *pipe) command(n int) {
	p.sent++
	p.length('*', int64(n))
}

func (p *pipe) length(kind byte, n int64) {
	p.head = append(p.head[:0], kind)
	p.head = strconv.AppendInt(p.head, n, 10)
	p.head = append(p.head, '\r', '\n')
	_, _ = p.out.Write(p.head) // a bufio.Writer keeps its error for Flush
}

func (p *pipe) word(s string) {
	p.length('$', int64(len(s)))
	_, _ = p.out.WriteString(s)
	_, _ = p.out.WriteString("\r\n")
}

func (p *pipe) number(n int64) { p.word(strconv.FormatInt(n, 10)) }

// send sends a command that is at hand in one piece.
func (p *pipe) send(words ...string) {
	p.command(len(words))
	for _, w := range words {
		p.word(w)
	}
}

// finish sends what is buffered, waits for the last reply and closes the
// connection.
func (p *pipe) finish() error {
	p.send("PING")
	p.last.Store(p.sent) // before the reply that ends the reader can come
	flushed := p.out.Flush()
	if flushed != nil {
		_ = p.conn.Close() // wakes the reader
	}
	err := <-p.done
	p.stop()
	return errors.Join(err, flushed, p.close())
}

func (p *pipe) close() error {
	if err := p.conn.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

// read skips replies until all have come.
func (p *pipe) read() {
	in := bufio.NewReaderSize(p.conn, 64<<10)
	var refused error
	for got := int64(1); ; got++ {
		err := skipReply(in)
		var r replyError
		switch {
		case errors.As(err, &r):
			if refused == nil {
				refused = fmt.Errorf("reply %d: %w", got, err)
			}
		case err != nil:
			p.done <- errors.Join(refused, err)
			return
		}
		if got == p.last.Load() {
			p.done <- refused
			return
		}
	}
}

// replyError is an error that the server answered.
type replyError string

func (e replyError) Error() string { return string(e) }

// skipReply reads one reply of RESP2.
func skipReply(in *bufio.Reader) error {
	line, err := in.ReadSlice('\n')
	if err != nil {
		return err
	}
	if len(line) < 3 {
		return fmt.Errorf("reply %q", line)
	}
	body := line[1 : len(line)-2]
	switch line[0] {
	case '+', ':':
		return nil
	case '-':
		return replyError(body)
	}
	n, err := strconv.Atoi(string(body))
	if err != nil || n < 0 {
		return err // a nil of either kind
	}
	if line[0] == '$' {
		_, err := io.CopyN(io.Discard, in, int64(n)+2)
		return err
	}
	var refused error
	for range n {
		if err := skipReply(in); err != nil {
			var r replyError
			if !errors.As(err, &r) {
				return err
			}
			refused = err
		}
	}
	return refused
}
