package migrationtest

import (
	"net"
	"os"
	"syscall"
	"time"
)

// refused is the error of a connection that nobody takes.
func refused(network string) error {
	return &net.OpError{Op: "dial", Net: network, Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
}

// noConn stands for a connection that could not be made: every use gives the
// reason.
type noConn struct {
	net.Conn // never used
	err      error
}

// Read returns the reason.
func (c noConn) Read([]byte) (int, error) { return 0, c.err }

// Write returns the reason.
func (c noConn) Write([]byte) (int, error) { return 0, c.err }

// Close does nothing.
func (noConn) Close() error { return nil }

// RemoteAddr is nil: there is no peer.
func (noConn) RemoteAddr() net.Addr { return nil }

// LocalAddr is nil: there is no connection.
func (noConn) LocalAddr() net.Addr { return nil }

// SetDeadline does nothing.
func (noConn) SetDeadline(time.Time) error { return nil }

// SetReadDeadline does nothing.
func (noConn) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline does nothing.
func (noConn) SetWriteDeadline(time.Time) error { return nil }
