package wgctrl

import (
	"errors"
	"io/fs"
	"net"
	"os"

	lib "github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/uapi"
	libtypes "github.com/wgctrl/wgctrl/wgtypes"
)

// oldError converts an error of the library to the form of wgctrl-go. Some errors
// are not wrapped, because programs compare them with == or os.IsNotExist.
func oldError(err error) error {
	if err == nil {
		return nil
	}
	// This comes first, because the errno of a daemon may be one that is checked
	// below.
	var answer *uapi.DeviceError
	if errors.As(err, &answer) {
		return os.NewSyscallError("read", answer)
	}
	if isAbsent(err) {
		return os.ErrNotExist
	}
	if errno, ok := errors.AsType[uapi.Errno](err); ok && isKernel(err) {
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

// isAbsent reports whether err means that the device does not exist. It is false if
// an error of another backend might hide the device.
func isAbsent(err error) bool {
	var field *libtypes.FieldError
	return errors.Is(err, fs.ErrNotExist) ||
		errors.Is(err, lib.ErrNotWireGuard) && isKernel(err) ||
		errors.As(err, &field) && field.Index < 0 && field.Field == "name"
}

// isKernel reports whether err is an error of the kernel only.
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
