//go:build !linux

package simulator

import "syscall"

// childAttributes has no counterpart of Linux's parent-death signal to ask
// for: a program that is killed here leaves its servers running.
func childAttributes() *syscall.SysProcAttr { return nil }
