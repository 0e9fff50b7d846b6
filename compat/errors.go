package wgctrl

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"syscall"

	lib "github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/uapi"
	libtypes "github.com/wgctrl/wgctrl/wgtypes"
)

// oldError gives an error of the library the form that wgctrl-go's had. That is
// a bare value where it was one, since programs compare with == and ask
// os.IsNotExist, which look into nothing.
func oldError(err error) error {
	if err == nil {
		return nil
	}
	// Before the numbers: one that a daemon answered may mean anything.
	var answer *uapi.DeviceError
	if errors.As(err, &answer) {
		return os.NewSyscallError("read", answer)
	}
	if isAbsent(err) {
		return os.ErrNotExist
	}
	if errno, ok := errors.AsType[syscall.Errno](err); ok && isKernel(err) {
		return errno
	}
	var path *fs.PathError
	var dial *net.OpError
	switch {
	case errors.As(err, &path):
		return path
	case errors.As(err, &dial):
		return dial
	}
	return err
}

// isAbsent reports that there is no device of that name, and no obstacle that
// might hide one.
func isAbsent(err error) bool {
	var field *libtypes.FieldError
	return errors.Is(err, fs.ErrNotExist) ||
		errors.Is(err, lib.ErrNotWireGuard) && isKernel(err) ||
		errors.As(err, &field) && field.Index < 0 && field.Field == "name"
}

// isKernel reports that the kernel alone stood in the way.
func isKernel(err error) bool {
	var op *lib.OpError
	return errors.As(err, &op) && op.Kind == libtypes.KindKernel
}

// first returns the first of joined errors.
func first(err error) error {
	for {
		joined, ok := err.(interface{ Unwrap() []error })
		if !ok {
			return err
		}
		err = joined.Unwrap()[0]
	}
}
