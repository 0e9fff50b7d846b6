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

// reason returns the text of strerror(3) for the errno that wg would have got
// instead of err, or the text of err.
func reason(err error) string {
	if errno, ok := deviceErrno(err); ok {
		return strerror(errno)
	}
	return strings.TrimPrefix(err.Error(), "wgctrl: ")
}

// because returns the text of strerror(3) for an error of a file.
func because(err error) string {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return strerror(errno)
	}
	return err.Error()
}

// deviceErrno returns the errno that wg would have got. The library looks for the
// device first, so its error for a missing device may have no errno, or that of
// a directory.
//
// The errno in err is tried before errors.ErrUnsupported, which some errnos are.
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

// isBadName reports whether err is about an invalid device name, such as one with
// a slash.
func isBadName(err error) bool {
	var field *wgtypes.FieldError
	return errors.As(err, &field) && field.Index < 0 && field.Field == "name"
}

// lastErrno returns an errno in err. If several backends failed it is that of the
// last one, the kernel, since wg ignores unreachable daemons.
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

// strerror returns the text of glibc's strerror(3). Package syscall has the same
// texts, beginning with a lower-case letter.
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
