package uapi

import (
	"fmt"
	"io"
	"math"
	"strconv"

	errnos "github.com/wgctrl/wgctrl/internal/errno"
)

// errnoKey is the last key of every reply.
const errnoKey = "errno"

// wantErrno is a C int: negative from wireguard-go, positive from boringtun.
const wantErrno = "a decimal errno within 32 bits"

// Errno is an error number of this system. It is [syscall.Errno], except on Plan 9,
// whose errors are texts: there it is an error number of Linux.
type Errno = errnos.Errno

// AppendErrno appends the end of a reply to b: the errno, negated as in
// wireguard-go, and the empty line. It is the complete reply to a set request or
// to a failed get request.
func AppendErrno(b []byte, errno Errno) []byte {
	b = append(b, errnoKey+"="...)
	if errno != 0 {
		b = append(b, '-')
	}
	b = strconv.AppendUint(b, errnos.ToWire(errno), 10)
	return append(b, "\n\n"...)
}

// ParseErrno reads the reply to a set request and returns nil for errno 0.
//
// The error is a [*DeviceError] with the errno of the device, or wraps
// [ErrProtocol] or the error of r. ParseErrno can read beyond the end of the reply.
func ParseErrno(r io.Reader) error {
	const size = 512
	l := newLines(r, size)
	for {
		key, value, ok := l.pair()
		switch {
		case !ok:
			return l.err
		case len(key) == 0:
			l.fail("", "%s before the empty line", errnoKey)
		case string(key) == errnoKey:
			l.endReply(value)
			if l.err == io.EOF {
				return nil
			}
		}
	}
}

// endReply sets err from the errno that ends a reply: to io.EOF if the errno is 0
// and the empty line follows.
//
// Nothing needs to follow a nonzero errno, since the device may close the
// connection.
func (l *lines) endReply(value []byte) {
	n, ok := parseErrno(value)
	switch {
	case !ok:
		l.fail(errnoKey, wantErrno)
	case n != 0:
		l.err = &DeviceError{errnos.FromWire(n)}
	default:
		line, ok := l.next()
		if ok && len(line) > 0 {
			l.fail("", "an empty line after %s", errnoKey)
		} else if ok {
			l.err = io.EOF
		}
	}
}

// parseErrno returns the absolute value of an errno.
func parseErrno(v []byte) (uint64, bool) {
	if len(v) > 0 && v[0] == '-' {
		v = v[1:]
	}
	return parseUint(v, math.MaxInt32)
}

// DeviceError is an errno that a device sent in a reply. It unwraps to Errno.
type DeviceError struct {
	// Errno is the errno of this system. It is never 0.
	Errno Errno
}

// Error returns the number and the text of the errno.
func (e *DeviceError) Error() string {
	return fmt.Sprintf("device returned errno %d (%v)", errnos.ToWire(e.Errno), e.Errno)
}

// Unwrap returns Errno.
func (e *DeviceError) Unwrap() error { return e.Errno }
