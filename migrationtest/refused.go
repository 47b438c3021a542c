package migrationtest

import (
	"net"
	"os"
	"syscall"
)

// refused is the error of a connection that nobody takes.
func refused(network string) error {
	return &net.OpError{Op: "dial", Net: network, Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
}
