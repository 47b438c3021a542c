package linkfault_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// life is all that one process of the host acts by, so that it can be cut off as
// if it had been killed.
type life struct {
	until interruption
	died  chan struct{} // closed by kill

	mu   sync.Mutex
	dead bool
	cuts map[int]func()
	next int
}

// hold notes what cuts something off, until release; alive is false when the
// process is dead.
func (l *life) hold(cut func()) (release func(), alive bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.dead {
		return func() {}, false
	}
	if l.cuts == nil {
		l.cuts = map[int]func(){}
	}
	l.next++
	id := l.next
	l.cuts[id] = cut
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.cuts, id)
	}, true
}

// kill cuts everything off, now and for ever.
func (l *life) kill() {
	l.mu.Lock()
	if !l.dead {
		l.dead = true
		close(l.died)
	}
	cuts := l.cuts
	l.cuts = nil
	l.mu.Unlock()
	for _, cut := range cuts {
		cut()
	}
}

func (l *life) killed() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.dead
}

// dialer makes connections that end with the process.
func (l *life) dialer(next func(ctx context.Context, network, address string) (net.Conn, error)) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := next(ctx, network, address)
		if err != nil {
			return nil, err
		}
		release, alive := l.hold(func() { _ = conn.Close() })
		if !alive {
			_ = conn.Close()
			return nil, syscall.ECONNREFUSED
		}
		return &mortalConn{conn, release}, nil
	}
}

type mortalConn struct {
	net.Conn
	release func()
}

func (c *mortalConn) Close() error {
	c.release()
	return c.Conn.Close()
}

// callWithin is how long the host's HTTP client waits for an answer.
const callWithin = time.Second

// client makes the API calls of the process.
func (l *life) client(next aws.HTTPClient) aws.HTTPClient {
	return doFunc(func(req *http.Request) (*http.Response, error) {
		ctx, cancel := context.WithTimeout(req.Context(), callWithin)
		defer cancel()
		last := l.until.call != "" && calls(req, l.until.call)
		if last && !l.until.sent {
			l.kill()
		}
		release, alive := l.hold(cancel)
		if !alive {
			return nil, syscall.ECONNREFUSED
		}
		defer release()
		resp, err := next.Do(req.WithContext(ctx))
		if last {
			l.kill()
		}
		if l.killed() {
			return nil, syscall.ECONNRESET
		}
		return resp, err
	})
}

// calls reports whether a request is a call of an operation, and leaves it as it is.
func calls(req *http.Request, operation string) bool {
	text, err := io.ReadAll(req.Body)
	req.Body = io.NopCloser(bytes.NewReader(text))
	return err == nil && strings.Contains(string(text), "Action="+operation+"&")
}

type doFunc func(*http.Request) (*http.Response, error)

func (f doFunc) Do(req *http.Request) (*http.Response, error) { return f(req) }
