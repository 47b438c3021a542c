package memory

import (
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// address is one end of a connection.
type address string

// Network returns "tcp", which is what clients expect.
func (address) Network() string { return "tcp" }

// String returns "host:port".
func (a address) String() string { return string(a) }

// pair is a connection in memory. Unlike those of net.Pipe its writes do not
// wait for a reader, so that a client may send several commands before it reads.
type pair struct {
	mu   sync.Mutex
	wake chan struct{} // closed and replaced when anything changes
}

// end is one end of a pair, a [net.Conn].
type end struct {
	pair          *pair
	peer          *end
	local, remote address
	gone          chan struct{} // closed with the end

	// Guarded by pair.mu.
	received []byte
	closed   bool
	readBy   time.Time
	writeBy  time.Time
}

// newPair connects two addresses.
func newPair(client, server address) (*end, *end) {
	p := &pair{wake: make(chan struct{})}
	a := &end{pair: p, local: client, remote: server, gone: make(chan struct{})}
	b := &end{pair: p, local: server, remote: client, gone: make(chan struct{})}
	a.peer, b.peer = b, a
	return a, b
}

// changed lets everybody who waits look again. The caller holds p.mu.
func (p *pair) changed() {
	close(p.wake)
	p.wake = make(chan struct{})
}

// Read returns what the peer has written, and waits for it until the deadline.
func (e *end) Read(b []byte) (int, error) {
	for {
		e.pair.mu.Lock()
		wake, wait, n, err := e.pair.wake, time.Duration(-1), 0, error(nil)
		switch {
		case e.closed:
			err = net.ErrClosed
		case passed(e.readBy):
			err = os.ErrDeadlineExceeded
		case len(e.received) > 0 || len(b) == 0:
			n = copy(b, e.received)
			e.received = e.received[n:]
		case e.peer.closed:
			err = io.EOF
		default:
			if !e.readBy.IsZero() {
				wait = time.Until(e.readBy)
			}
			n = -1
		}
		e.pair.mu.Unlock()
		if n >= 0 {
			return n, e.opError("read", err)
		}
		await(wake, wait)
	}
}

// await returns when wake is closed, or after wait unless that is negative.
func await(wake <-chan struct{}, wait time.Duration) {
	if wait < 0 {
		<-wake
		return
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-wake:
	case <-timer.C:
	}
}

func passed(deadline time.Time) bool { return !deadline.IsZero() && !time.Now().Before(deadline) }

// Write hands b to the peer. To one that has closed its end it is lost, as it
// is on its way through a network; what the peer has said before can be read.
func (e *end) Write(b []byte) (int, error) {
	e.pair.mu.Lock()
	defer e.pair.mu.Unlock()
	switch {
	case e.closed:
		return 0, e.opError("write", net.ErrClosed)
	case passed(e.writeBy):
		return 0, e.opError("write", os.ErrDeadlineExceeded)
	}
	if len(b) > 0 && !e.peer.closed {
		e.peer.received = append(e.peer.received, b...)
		e.pair.changed()
	}
	return len(b), nil
}

// opError dresses an error as the net package does; io.EOF stays what it is.
func (e *end) opError(op string, err error) error {
	if err == nil || err == io.EOF {
		return err
	}
	return &net.OpError{Op: op, Net: "tcp", Source: e.local, Addr: e.remote, Err: err}
}

// Close closes this end. The peer can read what was written before.
func (e *end) Close() error {
	e.pair.mu.Lock()
	defer e.pair.mu.Unlock()
	if e.closed {
		return nil
	}
	e.closed = true
	close(e.gone)
	e.pair.changed()
	return nil
}

// LocalAddr returns the address of this end.
func (e *end) LocalAddr() net.Addr { return e.local }

// RemoteAddr returns the address of the peer.
func (e *end) RemoteAddr() net.Addr { return e.remote }

// SetDeadline sets both deadlines.
func (e *end) SetDeadline(t time.Time) error { return e.setDeadlines(&t, &t) }

// SetReadDeadline ends reads at t, also those under way.
func (e *end) SetReadDeadline(t time.Time) error { return e.setDeadlines(&t, nil) }

// SetWriteDeadline refuses writes from t on; none waits.
func (e *end) SetWriteDeadline(t time.Time) error { return e.setDeadlines(nil, &t) }

func (e *end) setDeadlines(read, write *time.Time) error {
	e.pair.mu.Lock()
	defer e.pair.mu.Unlock()
	if e.closed {
		return e.opError("set", net.ErrClosed)
	}
	if write != nil {
		e.writeBy = *write
	}
	if read != nil {
		e.readBy = *read
		e.pair.changed()
	}
	return nil
}
