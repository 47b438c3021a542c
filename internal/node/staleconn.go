package node

import (
	"net"
	"time"
)

// staleConn is what a client gets when it asks for a second connection: every
// use tells that its session is over.
type staleConn struct{}

// Read returns errStale.
func (staleConn) Read([]byte) (int, error) { return 0, whole{errStale} }

// Write returns errStale.
func (staleConn) Write([]byte) (int, error) { return 0, whole{errStale} }

// Close does nothing.
func (staleConn) Close() error { return nil }

// RemoteAddr is nil: there is no peer.
func (staleConn) RemoteAddr() net.Addr { return nil }

// LocalAddr is nil: there is no connection.
func (staleConn) LocalAddr() net.Addr { return nil }

// SetDeadline does nothing.
func (staleConn) SetDeadline(time.Time) error { return nil }

// SetReadDeadline does nothing.
func (staleConn) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline does nothing.
func (staleConn) SetWriteDeadline(time.Time) error { return nil }
