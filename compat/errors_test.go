package wgctrl

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"syscall"
	"testing"

	lib "github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/uapi"
	libtypes "github.com/wgctrl/wgctrl/wgtypes"
)

func TestErrors(t *testing.T) {
	t.Parallel()
	kernel := func(err error) error {
		return &lib.OpError{Op: "read", Device: "wg0", Kind: libtypes.KindKernel, Err: fmt.Errorf("a hint: %w", err)}
	}
	user := func(err error) error {
		return &lib.OpError{Op: "read", Device: "wg0", Kind: libtypes.KindUserspace, Err: fmt.Errorf("a hint: %w", err)}
	}
	anywhere := func(err error) error { return &lib.OpError{Op: "read", Device: "wg0", Err: err} }
	partial := func(err error) error { return &lib.PartialError{Err: err} }
	path := &fs.PathError{Op: "open", Path: "/var/run/wireguard", Err: syscall.EACCES}
	dial := &net.OpError{Op: "dial", Net: "unix", Err: os.NewSyscallError("connect", syscall.EACCES)}
	name := &libtypes.FieldError{Index: -1, Field: "name", Reason: "is empty"}
	field := &libtypes.FieldError{Index: 0, Field: "name"}
	both := errors.Join(fmt.Errorf("kernel: %w", lib.ErrNotWireGuard), path)
	interrupted, closed, plain := kernel(lib.ErrInterrupted), anywhere(net.ErrClosed), user(errors.New("what"))
	for _, tt := range []struct {
		name      string
		err, want error
	}{
		{"none", nil, nil},
		{"absent", anywhere(fmt.Errorf("looked there: %w", fs.ErrNotExist)), os.ErrNotExist},
		{"vanished", kernel(fmt.Errorf("%w (%w)", fs.ErrNotExist, syscall.ENODEV)), os.ErrNotExist},
		{"of another kind", kernel(lib.ErrNotWireGuard), os.ErrNotExist},
		{"of another kind, and perhaps a daemon", anywhere(both), path},
		{"a name that is none", anywhere(name), os.ErrNotExist},
		{"a field of a peer", anywhere(field), anywhere(field)},
		{"the kernel's refusal", kernel(syscall.EPERM), syscall.EPERM},
		{"in the middle of a change", kernel(partial(syscall.ENOMEM)), syscall.ENOMEM},
		// With the original, this was os.ErrNotExist.
		{"not supported", kernel(partial(syscall.EOPNOTSUPP)), syscall.EOPNOTSUPP},
		{"a directory", user(path), path},
		{"a socket", user(dial), dial},
		{"a device that changed", interrupted, interrupted},
		{"a closed client", closed, closed},
		{"something else", plain, plain},
	} {
		got := oldError(tt.err)
		same := got == tt.want
		if _, ok := tt.want.(*lib.OpError); ok {
			same = got.Error() == tt.want.Error()
		}
		if !same {
			t.Errorf("%s: oldError() = %#v, want %#v", tt.name, got, tt.want)
		}
	}
	if !errors.Is(oldError(interrupted), lib.ErrInterrupted) || !errors.Is(oldError(closed), net.ErrClosed) {
		t.Errorf("oldError() = %v and %v, want errors wrapping ErrInterrupted and net.ErrClosed", oldError(interrupted), oldError(closed))
	}
}

// TestDaemonErrors checks that the errno of a daemon has the type that the original
// returns.
func TestDaemonErrors(t *testing.T) {
	t.Parallel()
	for _, errno := range []syscall.Errno{syscall.EADDRINUSE, syscall.EINVAL, syscall.ENOENT} {
		err := oldError(&lib.OpError{Kind: libtypes.KindUserspace, Err: &lib.PartialError{Err: &uapi.DeviceError{Errno: errno}}})
		var old *os.SyscallError
		if !errors.As(err, &old) || old.Syscall != "read" || !errors.Is(err, errno) {
			t.Errorf("oldError() of %v = %v, want an *os.SyscallError for read that wraps it", errno, err)
		}
		if err == os.ErrNotExist || os.IsNotExist(err) {
			t.Errorf("oldError() of %v = %v, want another error than os.ErrNotExist", errno, err)
		}
	}
}

// TestFirst checks that first returns the first of several errors.
func TestFirst(t *testing.T) {
	t.Parallel()
	one, two := errors.New("one"), errors.New("two")
	for _, err := range []error{one, errors.Join(one), errors.Join(one, two), errors.Join(nil, errors.Join(one, two), two)} {
		if got := first(err); got != one {
			t.Errorf("first(%v) = %v, want %v", err, got, one)
		}
	}
	if got := first(nil); got != nil {
		t.Errorf("first(nil) = %v, want nil", got)
	}
}
