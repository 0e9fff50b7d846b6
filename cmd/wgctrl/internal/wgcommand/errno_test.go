package wgcommand

import (
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"syscall"
	"testing"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestDeviceReason checks wg's texts for errors of the library.
func TestDeviceReason(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("needs the error messages of Linux")
	}
	tag := func(sentinel error) error {
		return &wgctrl.OpError{Op: "read", Device: "wg0", Err: fmt.Errorf("odd: %w", sentinel)}
	}
	for _, test := range []struct {
		err  error
		want string
	}{
		{tag(fs.ErrNotExist), "No such device"},
		{tag(syscall.ENOENT), "No such device"},
		{tag(&wgtypes.FieldError{Index: -1, Field: "name", Reason: "is odd"}), "No such device"},
		{tag(&wgtypes.FieldError{Index: 0, Field: "Endpoint", Reason: "is odd"}), "Invalid argument"},
		{tag(wgctrl.ErrNotWireGuard), "Operation not supported"},
		{tag(errors.ErrUnsupported), "Protocol not supported"},
		{tag(fs.ErrPermission), "Operation not permitted"},
		{tag(syscall.EPERM), "Operation not permitted"},
		{tag(syscall.EACCES), "Permission denied"},
		{tag(syscall.EOPNOTSUPP), "Operation not supported"},
		{tag(&uapi.DeviceError{Errno: syscall.EADDRINUSE}), "Address already in use"},
		{tag(uapi.ErrProtocol), "Protocol error"},
		{tag(wgctrl.ErrInterrupted), "Interrupted system call"},
		{tag(errors.Join(fmt.Errorf("userspace: %w", syscall.EACCES), fmt.Errorf("kernel: %w", syscall.EPERM))), "Operation not permitted"},
		{errors.New("wgctrl: odd"), "odd"},
	} {
		if got := deviceReason(test.err); got != test.want {
			t.Errorf("deviceReason(%v) = %q, want %q", test.err, got, test.want)
		}
	}
}

// TestStrerror compares some texts with glibc's.
func TestStrerror(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("needs the error numbers and messages of Linux")
	}
	for errno, want := range map[syscall.Errno]string{
		1: "Operation not permitted", 2: "No such file or directory", 12: "Cannot allocate memory", 19: "No such device", 36: "File name too long",
		41: "Unknown error 41", 73: "RFS specific error", 81: ".lib section in a.out corrupted", 93: "Protocol not supported",
		98: "Address already in use", 120: "Is a named type file", 5000: "Unknown error 5000",
	} {
		if got := strerror(errno); got != want {
			t.Errorf("strerror(%d) = %q, want %q", int(errno), got, want)
		}
	}
}
