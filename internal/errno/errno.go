//go:build !plan9

// Package errno has the error numbers of this system, and converts those that
// daemons send.
package errno

import (
	"errors"
	"runtime"
	"syscall"
)

// Errno is an error number of this system. It is syscall.Errno, except on Plan 9,
// whose errors are texts: there it is an error number of Linux.
type Errno = syscall.Errno

// Error numbers that are handled. On Plan 9 the system returns none of them.
const (
	EIO          = syscall.EIO
	EINVAL       = syscall.EINVAL
	EPIPE        = syscall.EPIPE
	EADDRINUSE   = syscall.EADDRINUSE
	ECONNRESET   = syscall.ECONNRESET
	ECONNREFUSED = syscall.ECONNREFUSED
)

// IsTemporary reports whether accepting a connection, which has failed with err, can
// succeed later: the process or the system has too many open files, or the client
// has gone.
func IsTemporary(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) || errors.Is(err, syscall.ECONNABORTED)
}

// enoanoWindows is syscall.ENOANO on Windows. Package syscall does not define it
// on every system.
const enoanoWindows = syscall.Errno(1<<29 + 69)

// windowsErrnos are the errnos of Linux that devices send on Windows. Windows has
// none of its own, and package syscall has other numbers for them there.
var windowsErrnos = [...]struct {
	wire  uint64
	local syscall.Errno
}{
	{1, syscall.EPERM},
	{2, syscall.ENOENT},
	{4, syscall.EINTR},
	{5, syscall.EIO},
	{6, syscall.ENXIO},
	{7, syscall.E2BIG},
	{9, syscall.EBADF},
	{11, syscall.EAGAIN},
	{12, syscall.ENOMEM},
	{13, syscall.EACCES},
	{14, syscall.EFAULT},
	{16, syscall.EBUSY},
	{17, syscall.EEXIST},
	{19, syscall.ENODEV},
	{22, syscall.EINVAL},
	{28, syscall.ENOSPC},
	{32, syscall.EPIPE},
	{34, syscall.ERANGE},
	{38, syscall.ENOSYS},
	{55, enoanoWindows},
	{71, syscall.EPROTO},
	{75, syscall.EOVERFLOW},
	{90, syscall.EMSGSIZE},
	{97, syscall.EAFNOSUPPORT},
	{98, syscall.EADDRINUSE},
	{99, syscall.EADDRNOTAVAIL},
	{101, syscall.ENETUNREACH},
	{104, syscall.ECONNRESET},
	{105, syscall.ENOBUFS},
	{110, syscall.ETIMEDOUT},
	{111, syscall.ECONNREFUSED},
	{113, syscall.EHOSTUNREACH},
}

// FromWire returns the error number of this system for the number that a daemon has
// sent.
func FromWire(n uint64) Errno { return fromWire(runtime.GOOS, n) }

// ToWire returns the number that a daemon of this system sends for e.
func ToWire(e Errno) uint64 { return toWire(runtime.GOOS, e) }

func fromWire(goos string, n uint64) Errno {
	if goos == "windows" {
		for _, e := range windowsErrnos {
			if e.wire == n {
				return e.local
			}
		}
	}
	return Errno(n)
}

func toWire(goos string, errno Errno) uint64 {
	if goos == "windows" {
		for _, e := range windowsErrnos {
			if e.local == errno {
				return e.wire
			}
		}
	}
	return uint64(errno)
}
