package node

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/cachelift/cachelift/preflight"
)

// longestReply bounds what is read of an answer that never ends.
const longestReply = 1024

// Probe sends a plain PING without credentials, as ElastiCache's nodes do when
// they become replicas, and reports what came back. After PONG it goes on with
// REPLCONF capa psync2, as a replica does: the server writes nothing down but a
// property of the connection, which is closed, and lists no replica (measured on
// 7.0). It never asks for the data. A nil dial means a net.Dialer; a timeout of
// zero, which is for both, means 10 s.
//
// The result's Reply is the server's answer, an error such as NOAUTH or DENIED
// included. Its Err says why there is none: the port is closed, nothing
// answered in time, what answered is not a Redis, or the port wants TLS; or, with
// a Reply of PONG, why there is no answer to REPLCONF.
func Probe(ctx context.Context, address string, dial func(ctx context.Context, network, addr string) (net.Conn, error), timeout time.Duration) preflight.Probe {
	if timeout <= 0 {
		timeout = defaultTimeout
	}
	if dial == nil {
		dial = (&net.Dialer{}).DialContext
	}
	p := preflight.Probe{Address: address}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	conn, err := dial(ctx, "tcp", address)
	if err != nil {
		p.Err = explain(err, "connect", timeout)
		return p
	}
	defer conn.Close()
	// The deadline alone would not notice a cancelled context.
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })()
	p.Reached = true
	t := talk{conn, bufio.NewReaderSize(conn, longestReply)}
	line, err := t.ask("PING")
	switch {
	case isRecord(line):
		p.TLS = true
	case len(line) > 0:
		p.Reply, p.Err = reading(line)
		if p.Reply == "PONG" {
			p.Replconf, p.Err = t.greet(timeout)
		}
		return p
	default:
		p.Err = explain(err, "read the answer to PING", timeout)
		// Redis hangs up on a PING at its TLS port without a word (measured on
		// 7.0), so it is greeted properly.
		p.TLS = ctx.Err() == nil && speaksTLS(ctx, address, dial)
	}
	if p.TLS {
		p.Err = "the answer is a TLS record: the port wants TLS, which ElastiCache does not speak when it replicates"
	}
	return p
}

// talk is a connection on which lines are sent and answered.
type talk struct {
	conn net.Conn
	in   *bufio.Reader
}

// ask sends a command and returns what comes back, up to the end of the line.
func (t talk) ask(command string) ([]byte, error) {
	if _, err := t.conn.Write([]byte(command + "\r\n")); err != nil {
		return nil, err
	}
	return t.in.ReadSlice('\n')
}

// greet goes on as a replica does after PONG.
func (t talk) greet(timeout time.Duration) (reply, problem string) {
	line, err := t.ask("REPLCONF capa psync2")
	if len(line) == 0 {
		return "", explain(err, "read the answer to REPLCONF", timeout)
	}
	return reading(line)
}

// isRecord reports whether an answer begins as a TLS record does: an alert or a
// handshake.
func isRecord(answer []byte) bool { return len(answer) > 0 && (answer[0] == 0x15 || answer[0] == 0x16) }

// speaksTLS connects once more, and reports whether a TLS greeting is answered
// by a TLS record. Who answers is of no interest: nothing is told to it.
func speaksTLS(ctx context.Context, address string, dial func(ctx context.Context, network, addr string) (net.Conn, error)) bool {
	conn, err := dial(ctx, "tcp", address)
	if err != nil {
		return false
	}
	defer conn.Close()
	heard := &listening{Conn: conn}
	_ = tls.Client(heard, &tls.Config{InsecureSkipVerify: true}).HandshakeContext(ctx)
	return isRecord(heard.first)
}

// listening is a connection that remembers the first bytes that came.
type listening struct {
	net.Conn
	first []byte
}

// Read implements [net.Conn].
func (l *listening) Read(b []byte) (int, error) {
	n, err := l.Conn.Read(b)
	if len(l.first) == 0 {
		l.first = append(l.first, b[:n]...)
	}
	return n, err
}

// reading tells a Redis answer from anything else.
func reading(line []byte) (reply, problem string) {
	text := strings.TrimRight(string(line), "\r\n")
	if line[0] == '+' || line[0] == '-' {
		return text[1:], ""
	}
	return "", fmt.Sprintf("the answer is not Redis: %q", text)
}

// explain names the error in words an operator can act on.
func explain(err error, op string, timeout time.Duration) string {
	var dns *net.DNSError
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Sprintf("%s: refused: nothing listens on that address and port (%v)", op, err)
	case errors.As(err, &dns):
		return fmt.Sprintf("%s: the host name does not resolve (%v)", op, err)
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		return fmt.Sprintf("%s: no answer within %s (%v)", op, timeout, err)
	}
	var network net.Error
	if errors.As(err, &network) && network.Timeout() {
		return fmt.Sprintf("%s: no answer within %s (%v)", op, timeout, err)
	}
	return fmt.Sprintf("%s: %v", op, err)
}
