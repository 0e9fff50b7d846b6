package wgcommand

import (
	"errors"
	"io/fs"
	"strings"
	"syscall"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// reason says why the library failed as wg does: by the number that it would
// have got, in the words of strerror(3).
func reason(err error) string {
	if errno, ok := deviceErrno(err); ok {
		return strerror(errno)
	}
	return strings.TrimPrefix(err.Error(), "wgctrl: ")
}

// because says why a file could not be opened, read or written.
func because(err error) string {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return strerror(errno)
	}
	return err.Error()
}

// deviceErrno returns the number that wg would have got, had it asked. The
// library looks for a device before it asks, so that one that does not exist
// may have no number, or that of a directory.
//
// NB: some numbers are errors.ErrUnsupported, so that they come before it.
func deviceErrno(err error) (errno syscall.Errno, ok bool) {
	if errors.Is(err, fs.ErrNotExist) || isBadName(err) {
		return syscall.ENODEV, true
	}
	if errno, ok = lastErrno(err); ok {
		return errno, true
	}
	for _, known := range []struct {
		err   error
		errno syscall.Errno
	}{
		{wgctrl.ErrNotWireGuard, syscall.EOPNOTSUPP},
		{errors.ErrUnsupported, syscall.EPROTONOSUPPORT}, // the kernel's module is absent
		{fs.ErrPermission, syscall.EPERM},
		{uapi.ErrProtocol, syscall.EPROTO},
		{wgctrl.ErrInterrupted, syscall.EINTR},
		{fs.ErrInvalid, syscall.EINVAL},
	} {
		if errors.Is(err, known.err) {
			return known.errno, true
		}
	}
	return 0, false
}

// isBadName reports that no device can have the name, such as one with a slash.
func isBadName(err error) bool {
	var field *wgtypes.FieldError
	return errors.As(err, &field) && field.Index < 0 && field.Field == "name"
}

// lastErrno returns a number in err. Where several backends failed it is the
// last one's, the kernel's: a daemon that cannot be asked is none to wg.
func lastErrno(err error) (errno syscall.Errno, ok bool) {
	switch e := err.(type) {
	case syscall.Errno:
		return e, true
	case interface{ Unwrap() error }:
		return lastErrno(e.Unwrap())
	case interface{ Unwrap() []error }:
		all := e.Unwrap()
		for i := len(all) - 1; i >= 0 && !ok; i-- {
			errno, ok = lastErrno(all[i])
		}
	}
	return errno, ok
}

// strerror is glibc's. Package syscall has its table, with a lower-case letter
// at the beginning.
func strerror(errno syscall.Errno) string {
	text := errno.Error()
	if number, ok := strings.CutPrefix(text, "errno "); ok {
		return "Unknown error " + number
	}
	if text != "" && 'a' <= text[0] && text[0] <= 'z' {
		text = string(text[0]-'a'+'A') + text[1:]
	}
	return text
}
