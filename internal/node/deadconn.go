package node

import (
	"net"
	"time"
)

// deadConn is what a client gets in place of a connection that there is not:
// every use gives the reason.
type deadConn struct{ err error }

// Read returns the reason.
func (c deadConn) Read([]byte) (int, error) { return 0, whole{c.err} }

// Write returns the reason.
func (c deadConn) Write([]byte) (int, error) { return 0, whole{c.err} }

// Close does nothing.
func (deadConn) Close() error { return nil }

// RemoteAddr is nil: there is no peer.
func (deadConn) RemoteAddr() net.Addr { return nil }

// LocalAddr is nil: there is no connection.
func (deadConn) LocalAddr() net.Addr { return nil }

// SetDeadline does nothing.
func (deadConn) SetDeadline(time.Time) error { return nil }

// SetReadDeadline does nothing.
func (deadConn) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline does nothing.
func (deadConn) SetWriteDeadline(time.Time) error { return nil }
