//go:build !plan9

package uapi

import (
	"syscall"
	"testing"
)

// TestWindowsErrnos runs on every system, since the functions take the system's
// name. Windows has no errnos, so devices on Windows send those of Linux.
func TestWindowsErrnos(t *testing.T) {
	t.Parallel()
	for wire, local := range map[uint64]syscall.Errno{
		1: syscall.EPERM, 2: syscall.ENOENT, 5: syscall.EIO, 13: syscall.EACCES, 22: syscall.EINVAL, 55: enoanoWindows, 71: syscall.EPROTO, 98: syscall.EADDRINUSE,
	} {
		if got := localErrnoOf("windows", wire); got != local {
			t.Errorf("localErrnoOf(windows, %d) = %d, want %d", wire, got, local)
		}
		if got := wireErrnoOf("windows", local); got != wire {
			t.Errorf("wireErrnoOf(windows, %d) = %d, want %d", local, got, wire)
		}
	}
	for _, goos := range []string{"linux", "windows"} {
		if local, wire := localErrnoOf(goos, 4242), wireErrnoOf(goos, 4242); local != 4242 || wire != 4242 {
			t.Errorf("localErrno, wireErrnoOf(%s, 4242) = %d, %d, want 4242, 4242", goos, local, wire)
		}
	}
	if got := localErrnoOf("darwin", 48); got != 48 {
		t.Errorf("localErrnoOf(darwin, 48) = %d, want 48", got)
	}
}
