package verify

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// errRestarted tells that the server is not the process that it was: it was
// restarted, or another one took its place. Cursors of a scan mean nothing to it.
var errRestarted = errors.New("verify: the server was restarted or replaced")

// line is a connection to one side that is made again when it is lost. It is for
// one goroutine.
type line struct {
	side *side
	db   int
	link *link
	run  string // the process it was connected to last
	was  int64  // bytes received on link that were counted
	got  int64  // bytes received, also on those before

	connected bool // at some time before
}

// do calls fn with a connection until it succeeds or fails for good: the server
// refuses it, what it reads is gone, ctx ends, or nothing has worked for as long as
// Options.WaitFor. fn may be called many times.
func (n *line) do(ctx context.Context, fn func(*link) error) error {
	var since time.Time
	for wait := 20 * time.Millisecond; ; wait = min(2*wait, time.Second) {
		before := n.side.bytes.Load()
		err := n.once(ctx, fn)
		if err == nil || errors.Is(err, errRestarted) || errors.Is(err, errGone) {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		var stop *stopError
		if _, ok := refused(err); ok || errors.As(err, &stop) {
			return err
		}
		if since.IsZero() {
			n.side.restarts.Add(1)
		}
		if since.IsZero() || n.side.bytes.Load()-before > someAnswers {
			since = time.Now()
		}
		if time.Since(since) > n.side.waitFor {
			return fmt.Errorf("verify: the %s was not to be reached for %v: %w", n.side.name, n.side.waitFor, err)
		}
		if err := pause(ctx, wait); err != nil {
			return err
		}
	}
}

// someAnswers is how many bytes from a server show that it works: more than it
// takes to connect, or to be told that it does not.
const someAnswers = 64 << 10

// stopError is an error that trying again does not help.
type stopError struct{ error }

// Unwrap returns the error itself.
func (e *stopError) Unwrap() error { return e.error }

// once connects if need be and calls fn; a connection on which fn failed is
// dropped unless the server merely refused a command.
func (n *line) once(ctx context.Context, fn func(*link) error) error {
	if n.link == nil {
		if err := n.connect(ctx); err != nil {
			return err
		}
	}
	conn := n.link.net
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	err := fn(n.link)
	alive := stop()
	if got := n.link.Received(); got != n.was {
		n.side.bytes.Add(got - n.was)
		n.got += got - n.was
		n.was = got
	}
	if err != nil || !alive {
		n.close()
	}
	return err
}

// connect makes the connection, and returns errRestarted if it leads to another
// process than the last one did.
func (n *line) connect(ctx context.Context) error {
	l, err := dial(ctx, n.side.options, n.db)
	if err != nil {
		return err
	}
	run := ""
	if n.side.can.info {
		v, err := l.Ask("INFO", "server")
		if text, ok := refused(err); err != nil && !(ok && denial(text)) {
			l.close()
			return err
		}
		run = field(v.Text, "run_id")
	}
	if n.connected && (n.run != run || run == "") {
		n.run = run
		l.close()
		n.connected = false
		return errRestarted
	}
	n.link, n.run, n.was, n.connected = l, run, 0, true
	return nil
}

// close drops the connection.
func (n *line) close() {
	if n.link != nil {
		n.link.close()
		n.link = nil
	}
}

// pause waits, or returns what ended ctx.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
