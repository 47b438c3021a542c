// Package resp is the smallest client of the Redis protocol that the simulator
// needs to steer its own nodes and to look at a source as a replica would.
//
// A general client would reconnect, retry and log on its own; a simulator that
// plays a fault must see exactly one connection and one answer.
package resp

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"
)

// Limits on what one reply may hold. INFO, the largest reply asked for, is a
// few kilobytes.
const (
	maxBulk  = 16 << 20
	maxItems = 1 << 16
	maxDepth = 8
)

// Error is an error reply of the server, such as "NOAUTH Authentication required."
type Error string

// Error returns the server's text unchanged.
func (e Error) Error() string { return string(e) }

// Reply is one answer of the server.
type Reply struct {
	// Text holds simple strings, bulk strings and numbers in decimal.
	Text string
	// Items holds the elements of an array.
	Items []Reply
}

// Conn is one connection. It is not safe for concurrent use. After an error
// that is not an [Error] the connection is of no further use.
type Conn struct {
	net net.Conn
	in  *bufio.Reader
}

// Dialer makes a connection, as net.Dialer.DialContext does.
type Dialer func(ctx context.Context, network, addr string) (net.Conn, error)

// Dial connects to addr by means of dial, bounded by ctx.
func Dial(ctx context.Context, addr string, dial Dialer) (*Conn, error) {
	c, err := dial(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	return &Conn{net: c, in: bufio.NewReader(c)}, nil
}

// Close closes the connection.
func (c *Conn) Close() error { return c.net.Close() }

// Do sends one command and returns its reply. An error reply is returned as
// an [Error]. The end of ctx ends the wait.
func (c *Conn) Do(ctx context.Context, args ...string) (Reply, error) {
	if err := c.net.SetDeadline(time.Time{}); err != nil {
		return Reply{}, err
	}
	stop := context.AfterFunc(ctx, func() { _ = c.net.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if _, err := io.WriteString(c.net, encode(args)); err != nil {
		return Reply{}, errors.Join(err, ctx.Err())
	}
	reply, err := read(c.in, 0)
	if err != nil {
		var refused Error
		if errors.As(err, &refused) {
			return Reply{}, err
		}
		return Reply{}, errors.Join(err, ctx.Err())
	}
	return reply, nil
}

func encode(args []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "*%d\r\n", len(args))
	for _, a := range args {
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(a), a)
	}
	return b.String()
}

func read(r *bufio.Reader, depth int) (Reply, error) {
	line, err := readLine(r)
	if err != nil {
		return Reply{}, err
	}
	if line == "" {
		return Reply{}, errors.New("resp: empty reply line")
	}
	rest := line[1:]
	switch line[0] {
	case '+', ':':
		return Reply{Text: rest}, nil
	case '-':
		return Reply{}, Error(rest)
	case '$':
		return readBulk(r, rest)
	case '*':
		return readArray(r, rest, depth)
	}
	return Reply{}, fmt.Errorf("resp: reply of unknown type %q", line[0])
}

func readLine(r *bufio.Reader) (string, error) {
	line, err := r.ReadSlice('\n')
	if err != nil {
		return "", fmt.Errorf("resp: reading a line: %w", err)
	}
	return strings.TrimSuffix(string(line[:len(line)-1]), "\r"), nil
}

func readBulk(r *bufio.Reader, size string) (Reply, error) {
	n, err := strconv.Atoi(size)
	if err != nil || n < -1 || n > maxBulk {
		return Reply{}, fmt.Errorf("resp: bulk length %q", size)
	}
	if n == -1 {
		return Reply{}, nil
	}
	buf := make([]byte, n+2)
	if _, err := io.ReadFull(r, buf); err != nil {
		return Reply{}, fmt.Errorf("resp: reading a bulk string: %w", err)
	}
	return Reply{Text: string(buf[:n])}, nil
}

func readArray(r *bufio.Reader, size string, depth int) (Reply, error) {
	n, err := strconv.Atoi(size)
	if err != nil || n < -1 || n > maxItems || depth >= maxDepth {
		return Reply{}, fmt.Errorf("resp: array length %q at depth %d", size, depth)
	}
	var reply Reply
	var refused error
	for range max(n, 0) {
		item, err := read(r, depth+1)
		var e Error
		switch {
		case errors.As(err, &e):
			// A failed command inside EXEC: read the rest, then report it.
			refused = errors.Join(refused, err)
		case err != nil:
			return Reply{}, err
		}
		reply.Items = append(reply.Items, item)
	}
	return reply, refused
}
