package migrationtest

import (
	"bytes"
	"net"
	"os"
	"sync"
	"time"
)

// faultyConn is a connection to a server whose commands faults can strike.
type faultyConn struct {
	net.Conn
	to     End
	faults *faults
	gone   chan struct{} // closed by Close
	close  func()

	mu      sync.Mutex // guards what follows
	written []byte     // the beginning of a command
	answers []byte     // in place of those of the server
	ready   time.Time  // no answer is read before
	hung    bool       // no answer is read any more
	lose    bool       // the next answer, and the connection with it
	readBy  time.Time
}

func newFaultyConn(conn net.Conn, to End, fs *faults) *faultyConn {
	c := &faultyConn{Conn: conn, to: to, faults: fs, gone: make(chan struct{})}
	c.close = sync.OnceFunc(func() { close(c.gone) })
	return c
}

// Close closes the connection.
func (c *faultyConn) Close() error {
	c.close()
	return c.Conn.Close()
}

// Write sends the commands that are complete, unless a fault strikes one.
func (c *faultyConn) Write(p []byte) (int, error) {
	send, err := c.strike(p)
	if err == nil && len(send) > 0 {
		_, err = c.Conn.Write(send)
	}
	if err != nil {
		return 0, err
	}
	return len(p), nil
}

// strike lets faults strike the commands in p, and returns what to send.
func (c *faultyConn) strike(p []byte) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.written) == 0 && c.faults.none() {
		return p, nil
	}
	c.written = append(c.written, p...)
	all, commands := 0, 0
	refused, hangs := "", false
	for {
		args, n := command(c.written[all:])
		if n == 0 {
			break
		}
		all, commands = all+n, commands+1
		f := c.faults.strike(Request{To: c.to, Name: commandName(args), Args: args})
		if f == nil {
			continue
		}
		switch f.effect {
		case effectLostRequest:
			_ = c.Close() // the error says so
			return nil, reset("write")
		case effectLostReply:
			c.lose = true
		case effectDelay:
			c.ready = time.Now().Add(f.delay)
		case effectHang:
			hangs, c.hung = true, true
		case effectHangReply:
			c.hung = true
		case effectRefuse:
			refused = "-" + f.code + "\r\n"
		}
	}
	send := bytes.Clone(c.written[:all])
	c.written = append(c.written[:0], c.written[all:]...)
	if hangs {
		return nil, nil
	}
	if refused != "" {
		c.answers = append(c.answers, bytes.Repeat([]byte(refused), commands)...)
		return nil, nil
	}
	return send, nil
}

// Read returns answers, of faults or of the server.
func (c *faultyConn) Read(p []byte) (int, error) {
	if err := c.delay(); err != nil {
		return 0, err
	}
	c.mu.Lock()
	lose, n := c.lose, copy(p, c.answers)
	c.answers = c.answers[n:]
	c.mu.Unlock()
	if n > 0 {
		return n, nil
	}
	n, err := c.Conn.Read(p)
	if lose && err == nil {
		_ = c.Close() // the error says so
		return 0, reset("read")
	}
	return n, err
}

// delay waits until answers may be read, or the deadline.
func (c *faultyConn) delay() error {
	c.mu.Lock()
	ready, by, hung := c.ready, c.readBy, c.hung
	c.mu.Unlock()
	if hung && by.IsZero() {
		<-c.gone
		return net.ErrClosed
	}
	if hung || !by.IsZero() && by.Before(ready) {
		if err := wait(c.gone, time.Until(by)); err != nil {
			return err
		}
		return os.ErrDeadlineExceeded
	}
	return wait(c.gone, time.Until(ready))
}

// SetDeadline sets the deadlines of Read and Write.
func (c *faultyConn) SetDeadline(t time.Time) error {
	c.noteDeadline(t)
	return c.Conn.SetDeadline(t)
}

// SetReadDeadline sets the deadline of Read. One that is set while a Read waits
// for a delayed answer is not noticed by it.
func (c *faultyConn) SetReadDeadline(t time.Time) error {
	c.noteDeadline(t)
	return c.Conn.SetReadDeadline(t)
}

func (c *faultyConn) noteDeadline(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.readBy = t
}
