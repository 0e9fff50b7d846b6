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

// deviceReason returns the text of strerror(3) for the errno that wg would get
// where the library returns err. If err has none, it returns the text of err.
func deviceReason(err error) string {
	if errno, ok := deviceErrno(err); ok {
		return strerror(errno)
	}
	return strings.TrimPrefix(err.Error(), "wgctrl: ")
}

// fileReason returns the text of strerror(3) for an error of package os.
func fileReason(err error) string {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return strerror(errno)
	}
	return err.Error()
}

// deviceErrno returns the errno that wg would get where the library returns err. A
// missing device is ENODEV for wg; err may have no errno then, or ENOENT.
//
// Some errnos match errors.ErrUnsupported, so the errno in err takes precedence.
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
		{errors.ErrUnsupported, syscall.EPROTONOSUPPORT}, // the kernel has no WireGuard module
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

// isBadName reports whether err rejects the name of a device, such as "a/b".
func isBadName(err error) bool {
	var field *wgtypes.FieldError
	return errors.As(err, &field) && field.Index < 0 && field.Field == "name"
}

// lastErrno returns the last errno in err. If several backends failed, it is that
// of the kernel: wg ignores daemons that it cannot reach.
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
