package wgfreebsd

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"syscall"

	"github.com/wgctrl/wgctrl/internal/bsd"
	"github.com/wgctrl/wgctrl/internal/wgfreebsd/nvlist"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// layout has the offsets in struct wg_data_io (sys/dev/wg/if_wg.h): the name of the
// interface, a pointer to the data and the size of the data. It also has the numbers of
// the ioctls, which depend on the size of the struct.
type layout struct {
	pointerLen, pointer, size, len int
	set, get                       uint32 // SIOCSWG, SIOCGWG
}

// newLayout returns the layout for pointers of this size.
func newLayout(pointerLen int) layout {
	l := layout{pointerLen: pointerLen, pointer: bsd.NameLen, size: bsd.NameLen + pointerLen}
	l.len = l.size + pointerLen
	l.set, l.get = bsd.ReadWrite(210, l.len), bsd.ReadWrite(211, l.len)
	return l
}

// putSize stores the size of the data.
func (l layout) putSize(arg []byte, size int) {
	if l.pointerLen == 8 {
		binary.NativeEndian.PutUint64(arg[l.size:], uint64(size))
	} else {
		binary.NativeEndian.PutUint32(arg[l.size:], uint32(size))
	}
}

// dataLen returns the size of the data.
func (l layout) dataLen(arg []byte) uint64 {
	if l.pointerLen == 8 {
		return binary.NativeEndian.Uint64(arg[l.size:])
	}
	return uint64(binary.NativeEndian.Uint32(arg[l.size:]))
}

const (
	// maxReply is the largest reply that is read, in bytes. The most peers that a device
	// can have, 2^20, need half of it if each has one allowed IP.
	maxReply = 1 << 30
	// maxAttempts is how often a reply is requested that outgrows its buffer.
	maxAttempts = 16
)

// call performs a request and returns the size that the kernel states.
func (b *Backend) call(ctx context.Context, request uint32, name string, data []byte) (uint64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	arg := make([]byte, b.layout.len)
	copy(arg[:bsd.NameLen-1], name)
	b.layout.putSize(arg, len(data))
	err := b.Ioctl(request, arg, b.layout.pointer, data)
	return b.layout.dataLen(arg), err
}

// replyLen returns the size of the list that describes a device. The errors are those of
// check, and ErrMalformed for a size that no list has.
func (b *Backend) replyLen(ctx context.Context, name string) (int, error) {
	n, err := b.call(ctx, b.layout.get, name, nil)
	if err != nil {
		return 0, explainGet(name, err)
	}
	if n < nvlist.HeaderLen || n > maxReply {
		return 0, malformed("list of %d bytes, want %d to %d", n, nvlist.HeaderLen, maxReply)
	}
	return int(n), nil
}

// get returns the list that describes a device. It repeats the request if the device
// grows meanwhile; after several attempts it returns ErrInterrupted. The caller clears
// the list, which has keys.
func (b *Backend) get(ctx context.Context, name string) ([]byte, error) {
	for range maxAttempts {
		n, err := b.replyLen(ctx, name)
		if err != nil {
			return nil, err
		}
		buf := make([]byte, n+n/8+spare)
		got, err := b.call(ctx, b.layout.get, name, buf)
		switch {
		case isErrno(err, syscall.ENOSPC):
			continue // the kernel has copied nothing
		case err != nil:
			return nil, explainGet(name, err)
		case got > uint64(len(buf)):
			clear(buf)
			return nil, malformed("list of %d bytes in a buffer of %d", got, len(buf))
		}
		return buf[:got], nil
	}
	return nil, wginternal.ErrInterrupted
}

// spare is how much a list may grow before it is requested again, in bytes, in addition
// to an eighth of its size.
const spare = 1 << 10

// set applies c, for which the rules of AppendSet hold.
func (b *Backend) set(ctx context.Context, name string, c *wgtypes.Config) error {
	buf := AppendSet(make([]byte, 0, SetLen(c)), c)
	defer clear(buf)
	_, err := b.call(ctx, b.layout.set, name, buf)
	return explain("SIOCSWG", name, err)
}

// explainGet is explain for SIOCGWG. Drivers of other interfaces do not know the request.
func explainGet(name string, err error) error {
	if isErrno(err, syscall.ENOTTY, syscall.EINVAL) {
		return fmt.Errorf("interface %q: %w", name, wginternal.ErrNotWireGuard)
	}
	return explain("SIOCGWG", name, err)
}

// explain returns nil if err is nil, and otherwise an error that says what failed.
func explain(request, name string, err error) error {
	switch {
	case err == nil:
		return nil
	case isErrno(err, syscall.ENXIO):
		return wginternal.Tag(fs.ErrNotExist, fmt.Errorf("no interface %q", name))
	case isErrno(err, syscall.EPERM):
		return fmt.Errorf("ioctl %s: %w (this needs root)", request, err)
	}
	if _, ok := errors.AsType[syscall.Errno](err); ok {
		return fmt.Errorf("ioctl %s: %w", request, err)
	}
	return err // of the context or the Backend
}

func isErrno(err error, errnos ...syscall.Errno) bool {
	errno, ok := errors.AsType[syscall.Errno](err)
	return ok && slices.Contains(errnos, errno)
}
