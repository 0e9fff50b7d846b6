//go:build !plan9

package wguser

import "syscall"

// The errors of daemons and sockets that are handled here.
const (
	eio          = syscall.EIO
	einval       = syscall.EINVAL
	epipe        = syscall.EPIPE
	eaddrinuse   = syscall.EADDRINUSE
	econnreset   = syscall.ECONNRESET
	econnrefused = syscall.ECONNREFUSED
)
