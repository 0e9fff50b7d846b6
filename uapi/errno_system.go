//go:build !plan9

package uapi

import (
	"runtime"
	"syscall"
)

// Errno is an error number of this system. It is syscall.Errno, except on Plan 9,
// whose errors are texts: there it is an error number of Linux.
type Errno = syscall.Errno

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

// localErrno returns the errno of this system for the number that a device sent.
func localErrno(n uint64) Errno { return localErrnoOf(runtime.GOOS, n) }

// wireErrno returns the number that a device of this system sends for errno.
func wireErrno(errno Errno) uint64 { return wireErrnoOf(runtime.GOOS, errno) }

func localErrnoOf(goos string, n uint64) Errno {
	if goos == "windows" {
		for _, e := range windowsErrnos {
			if e.wire == n {
				return e.local
			}
		}
	}
	return Errno(n)
}

func wireErrnoOf(goos string, errno Errno) uint64 {
	if goos == "windows" {
		for _, e := range windowsErrnos {
			if e.local == errno {
				return e.wire
			}
		}
	}
	return uint64(errno)
}
