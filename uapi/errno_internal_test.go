package uapi

import (
	"syscall"
	"testing"
)

// TestWindowsErrnos runs on every system, since both directions of the table
// are pure: Windows has no errnos of its own, so that devices there answer
// those of Linux.
func TestWindowsErrnos(t *testing.T) {
	t.Parallel()
	for wire, local := range map[uint64]syscall.Errno{
		5: syscall.EIO, 22: syscall.EINVAL, 55: enoanoWindows, 71: syscall.EPROTO, 98: syscall.EADDRINUSE,
	} {
		if got := localErrno("windows", wire); got != local {
			t.Errorf("%d is %d, want %d", wire, got, local)
		}
		if got := wireErrno("windows", local); got != wire {
			t.Errorf("%d is sent as %d, want %d", local, got, wire)
		}
	}
	for _, goos := range []string{"linux", "windows"} {
		if got := localErrno(goos, 4242); got != 4242 || wireErrno(goos, 4242) != 4242 {
			t.Errorf("%s: an errno that is in no table became %d", goos, got)
		}
	}
	if got := localErrno("darwin", 48); got != 48 {
		t.Errorf("an errno of macOS became %d", got)
	}
}
