package migrationtest

import (
	"bytes"
	"context"
	"net"
	"sync"
)

// effectConn is a connection of a process to a server, on which the commands
// that change something are side effects.
type effectConn struct {
	net.Conn
	end     string // of the migration: "source" or "target"
	process *process

	mu      sync.Mutex // guards what follows
	written []byte     // the beginning of a command
	answers []byte     // in place of those of the server
	swallow int        // so many of the server's answers are not for the client
	got     []byte     // of those
	after   crashKind  // what becomes of the next answer
}

// errorReply is the answer of a server to a command that is struck.
const errorReply = "-ERR struck by a test\r\n"

// Write sends the commands that are complete, unless one is struck.
func (c *effectConn) Write(p []byte) (int, error) {
	send, how := c.examine(p)
	switch how {
	case kindLost:
		_ = c.Close() // the error says so
		return 0, reset("write")
	case kindGoneBefore:
		c.process.gone()
		return 0, c.process.fail(context.Background(), net.ErrClosed)
	}
	if len(send) > 0 {
		if _, err := c.Conn.Write(send); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}

// examine returns what is to be sent, and what is to become of it.
func (c *effectConn) examine(p []byte) (send []byte, how crashKind) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.written = append(c.written, p...)
	all, commands := 0, 0
	for {
		args, n := command(c.written[all:])
		if n == 0 {
			break
		}
		all, commands = all+n, commands+1
		if name := commandName(args); changesServer(name, c.process.effects.readers) {
			_, h := c.process.effects.begin(sideEffect{what: name + " at the " + c.end})
			if h != kindNone {
				how = h
			}
		}
	}
	send = bytes.Clone(c.written[:all])
	c.written = append(c.written[:0], c.written[all:]...)
	switch how {
	case kindRefused:
		c.answers = append(c.answers, bytes.Repeat([]byte(errorReply), commands)...)
		send = nil
	case kindErrorAfter:
		c.swallow = commands
	case kindReplyLost, kindGoneAfter:
		c.after = how
	}
	return send, how
}

// Read returns answers: those of the server, or what a strike makes of them.
func (c *effectConn) Read(p []byte) (int, error) {
	c.mu.Lock()
	n := copy(p, c.answers)
	c.answers = c.answers[n:]
	swallow, after := c.swallow, c.after
	c.mu.Unlock()
	switch {
	case n > 0:
		return n, nil
	case swallow > 0:
		return c.replace(p)
	}
	n, err := c.Conn.Read(p)
	switch {
	case after == kindGoneAfter: // also when no answer came in time
		c.process.gone()
		return 0, c.process.fail(context.Background(), net.ErrClosed)
	case after == kindReplyLost && err == nil:
		_ = c.Close() // the error says so
		return 0, reset("read")
	}
	return n, err
}

// replace reads what the server answers, and gives errors in its place.
func (c *effectConn) replace(p []byte) (int, error) {
	for {
		n, err := c.Conn.Read(p)
		if err != nil {
			return 0, err
		}
		c.mu.Lock()
		c.got = append(c.got, p[:n]...)
		complete := replies(c.got) >= c.swallow
		if complete {
			c.answers = bytes.Repeat([]byte(errorReply), c.swallow)
			c.swallow, c.got = 0, nil
			n = copy(p, c.answers)
			c.answers = c.answers[n:]
		}
		c.mu.Unlock()
		if complete {
			return n, nil
		}
	}
}

// replies counts the answers in b that are complete.
func replies(b []byte) int {
	n := 0
	for at := 0; ; n++ {
		next := reply(b, at)
		if next == 0 {
			return n
		}
		at = next
	}
}

// reply returns what comes after the answer at a place; 0 if that is not
// complete.
func reply(b []byte, at int) int {
	if at >= len(b) {
		return 0
	}
	mark := b[at]
	count, next, _ := number(b, at, mark)
	if next == 0 {
		return 0
	}
	switch {
	case mark == '$' && count >= 0:
		if count > len(b)-next-2 {
			return 0
		}
		next += count + 2
	case mark == '*':
		for range count {
			if next = reply(b, next); next == 0 {
				return 0
			}
		}
	}
	return next
}

// struck makes connections on which commands are side effects.
func (s *Scenario) struck(p *process, next dialer) dialer {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := next(ctx, network, address)
		if err != nil {
			return nil, err
		}
		end := Target
		if address == s.server.Addr() {
			end = Source
		}
		return &effectConn{Conn: conn, end: string(end), process: p}, nil
	}
}
