//go:build !plan9

package errno

import (
	"os"
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
		if got := fromWire("windows", wire); got != local {
			t.Errorf("fromWire(windows, %d) = %d, want %d", wire, got, local)
		}
		if got := toWire("windows", local); got != wire {
			t.Errorf("toWire(windows, %d) = %d, want %d", local, got, wire)
		}
	}
	for _, goos := range []string{"linux", "windows"} {
		if local, wire := fromWire(goos, 4242), toWire(goos, 4242); local != 4242 || wire != 4242 {
			t.Errorf("localErrno, toWire(%s, 4242) = %d, %d, want 4242, 4242", goos, local, wire)
		}
	}
	if got := fromWire("darwin", 48); got != 48 {
		t.Errorf("fromWire(darwin, 48) = %d, want 48", got)
	}
}

// TestSystem checks the functions for this system with numbers that all systems
// share, and that a number that is sent comes back.
func TestSystem(t *testing.T) {
	t.Parallel()
	for wire, want := range map[uint64]Errno{1: syscall.EPERM, 5: EIO, 22: EINVAL} {
		if got := FromWire(wire); got != want {
			t.Errorf("FromWire(%d) = %v, want %v", wire, got, want)
		}
		if got := ToWire(want); got != wire {
			t.Errorf("ToWire(%v) = %d, want %d", want, got, wire)
		}
	}
	for n := range uint64(200) {
		if got := ToWire(FromWire(n)); got != n {
			t.Errorf("ToWire(FromWire(%d)) = %d, want %d", n, got, n)
		}
	}
}

func TestIsTemporary(t *testing.T) {
	t.Parallel()
	for err, want := range map[error]bool{
		syscall.EMFILE: true, syscall.ENFILE: true, syscall.ECONNABORTED: true, syscall.EINVAL: false, nil: false,
		&os.SyscallError{Syscall: "accept", Err: syscall.EMFILE}: true,
	} {
		if got := IsTemporary(err); got != want {
			t.Errorf("IsTemporary(%v) = %t, want %t", err, got, want)
		}
	}
}
