package simulator

import "syscall"

// childAttributes makes the kernel kill the server when the thread that
// started it dies, so that no server outlives its program even on SIGKILL. The
// server gets a process group of its own: Ctrl-C in a terminal then reaches
// the program alone, which ends its servers in order.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
}
