package node

import (
	"bufio"
	"context"
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
// they become replicas, and reports what came back. A nil dial means a
// net.Dialer; a timeout of zero means 10 s.
//
// The result's Reply is the server's answer, an error such as NOAUTH or DENIED
// included. Its Err says why there is none: the port is closed, nothing
// answered in time, or what answered is not a Redis.
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
	p.Reached = true
	// The deadline alone would not notice a cancelled context.
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })()
	if _, err := conn.Write([]byte("PING\r\n")); err != nil {
		p.Err = explain(err, "send PING", timeout)
		return p
	}
	line, err := bufio.NewReaderSize(conn, longestReply).ReadSlice('\n')
	if len(line) == 0 {
		p.Err = explain(err, "read the answer to PING", timeout)
		return p
	}
	p.Reply, p.Err = reading(line)
	return p
}

// reading tells a Redis answer from anything else.
func reading(line []byte) (reply, problem string) {
	text := strings.TrimRight(string(line), "\r\n")
	switch {
	case line[0] == '+' || line[0] == '-':
		return text[1:], ""
	case line[0] == 0x15 || line[0] == 0x16:
		return "", "the answer is a TLS record: the port wants TLS, which ElastiCache does not speak when it replicates"
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
