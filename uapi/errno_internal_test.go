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
		5: syscall.EIO, 22: syscall.EINVAL, 55: enoanoWindows, 71: syscall.EPROTO, 98: syscall.EADDRINUSE,
	} {
		if got := localErrno("windows", wire); got != local {
			t.Errorf("localErrno(windows, %d) = %d, want %d", wire, got, local)
		}
		if got := wireErrno("windows", local); got != wire {
			t.Errorf("wireErrno(windows, %d) = %d, want %d", local, got, wire)
		}
	}
	for _, goos := range []string{"linux", "windows"} {
		if local, wire := localErrno(goos, 4242), wireErrno(goos, 4242); local != 4242 || wire != 4242 {
			t.Errorf("localErrno, wireErrno(%s, 4242) = %d, %d, want 4242, 4242", goos, local, wire)
		}
	}
	if got := localErrno("darwin", 48); got != 48 {
		t.Errorf("localErrno(darwin, 48) = %d, want 48", got)
	}
}
