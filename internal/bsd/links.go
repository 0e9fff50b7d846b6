package bsd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// LinkCalls are the ioctls of a system for network interfaces.
type LinkCalls struct {
	System   string // its name, as in an error
	Module   string // the kernel module of the interfaces, or "" if it is always there
	IfreqLen int    // the size of struct ifreq, in bytes

	Create, Destroy, GetMTU, SetMTU, GetFlags, SetFlags uint32
	// Rename is SIOCSIFNAME, or 0 if interfaces cannot be renamed.
	Rename uint32
}

// The ioctls are from net/if.h and sys/sockio.h of each system. struct ifreq is a name
// and a union, which has the size of a sockaddr, on NetBSD of a sockaddr_storage.
const (
	ifreqLen       = NameLen + 16
	ifreqLenNetBSD = NameLen + 128
)

// FreeBSD returns the ioctls of FreeBSD and DragonFly BSD.
func FreeBSD(system string) LinkCalls {
	return LinkCalls{
		System: system, IfreqLen: ifreqLen, Module: "if_wg",
		Create: ReadWrite(124, ifreqLen), Destroy: Write(121, ifreqLen), Rename: Write(40, ifreqLen),
		GetMTU: ReadWrite(51, ifreqLen), SetMTU: Write(52, ifreqLen),
		GetFlags: ReadWrite(17, ifreqLen), SetFlags: Write(16, ifreqLen),
	}
}

// OpenBSD returns the ioctls of OpenBSD.
func OpenBSD() LinkCalls { return withCreate("openbsd", ifreqLen) }

// NetBSD returns the ioctls of NetBSD.
func NetBSD() LinkCalls { return withCreate("netbsd", ifreqLenNetBSD) }

// withCreate returns the ioctls of a system that has SIOCIFCREATE and no names but wg
// and a number.
func withCreate(system string, size int) LinkCalls {
	return LinkCalls{
		System: system, IfreqLen: size,
		Create: Write(122, size), Destroy: Write(121, size),
		GetMTU: ReadWrite(126, size), SetMTU: Write(127, size),
		GetFlags: ReadWrite(17, size), SetFlags: Write(16, size),
	}
}

const (
	valueAt = NameLen // the offset of the union in struct ifreq
	flagUp  = 1       // IFF_UP
)

// Links reads, creates and changes the interfaces of WireGuard devices.
type Links struct {
	Ioctl      Ioctl
	PointerLen int // of the process, in bytes: 4 or 8
	Calls      LinkCalls
	// Check returns nil if the interface is a WireGuard device, and otherwise an error
	// that wraps fs.ErrNotExist or wginternal.ErrNotWireGuard.
	Check func(ctx context.Context, name string) error
	// Interfaces returns the system's network interfaces.
	Interfaces func() ([]wginternal.Interface, error)
}

var _ wginternal.Links = (*Links)(nil)

// ListGroup returns the members of the interface group "wg" that are WireGuard devices.
// The kernel adds its devices to the group, and root can add other interfaces.
func (l *Links) ListGroup(ctx context.Context) ([]wgtypes.DeviceRef, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	names, err := GroupMembers(l.Ioctl, l.PointerLen, "wg")
	if err != nil {
		return nil, err
	}
	var refs []wgtypes.DeviceRef
	interfaces := wginternal.Interfaces{Lookup: l.Interfaces}
	for _, name := range names {
		ref, err := l.ref(ctx, name, &interfaces)
		switch {
		case err == nil:
			refs = append(refs, ref)
		case !errors.Is(err, wginternal.ErrNotWireGuard) && !errors.Is(err, fs.ErrNotExist):
			return refs, err
		}
	}
	return refs, nil
}

// Ref returns the DeviceRef of a WireGuard device. The errors are those of Check.
func (l *Links) Ref(ctx context.Context, name string) (wgtypes.DeviceRef, error) {
	return l.ref(ctx, name, &wginternal.Interfaces{Lookup: l.Interfaces})
}

func (l *Links) ref(ctx context.Context, name string, interfaces *wginternal.Interfaces) (wgtypes.DeviceRef, error) {
	if err := l.Check(ctx, name); err != nil {
		return wgtypes.DeviceRef{}, err
	}
	index, err := interfaces.Index(name)
	return wgtypes.DeviceRef{Name: name, Kind: wgtypes.KindKernel, Index: index}, err
}

// Link returns the state of the interface. If index is not 0, the interface must have
// that index.
func (l *Links) Link(ctx context.Context, name string, index int) (wginternal.Link, error) {
	found, err := l.find(ctx, name, index)
	if err != nil {
		return wginternal.Link{}, err
	}
	mtu, err := l.call(l.Calls.GetMTU, name, 0)
	if err != nil {
		return wginternal.Link{}, l.explain("read the MTU", name, err)
	}
	flags, err := l.call(l.Calls.GetFlags, name, 0)
	if err != nil {
		return wginternal.Link{}, l.explain("read the flags", name, err)
	}
	up := order.Uint16(flags[valueAt:])&flagUp != 0
	return wginternal.Link{Index: found, MTU: int(order.Uint32(mtu[valueAt:])), Up: up}, nil
}

// Create creates an interface. If it cannot set all properties, it removes the
// interface again.
func (l *Links) Create(ctx context.Context, name string, mtu int, up bool, netNS int) error {
	if netNS >= 0 {
		return wginternal.Tag(errors.ErrUnsupported, fmt.Errorf("network namespaces: not supported on %s", l.Calls.System))
	}
	if err := l.checkNewName(name); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := l.create(name); err != nil {
		return err
	}
	err := l.set(name, mtu, up)
	if err != nil {
		_, _ = l.call(l.Calls.Destroy, name, 0) // the first error is more important
	}
	return err
}

func (l *Links) set(name string, mtu int, up bool) error {
	if mtu != 0 {
		if err := l.setMTU(name, mtu); err != nil {
			return err
		}
	}
	if up {
		return l.setUp(name, up)
	}
	return nil
}

// Unit returns the digits of a name that is wg and a number. ok is false for other names.
func Unit(name string) (digits string, ok bool) {
	digits, ok = strings.CutPrefix(name, "wg")
	return digits, ok && digits != "" && strings.Trim(digits, "0123456789") == ""
}

// isUnitName reports whether the kernel creates interfaces with this name. It does not
// create wg01, for example; only renaming, where that is possible, gives an interface such
// a name.
func isUnitName(name string) bool {
	digits, ok := Unit(name)
	return ok && (digits == "0" || digits[0] != '0')
}

// checkNewName returns a *wgtypes.FieldError for a name that the system refuses.
func (l *Links) checkNewName(name string) error {
	if err := wginternal.CheckName(name, wginternal.MaxNameUnix); err != nil {
		return err
	}
	if l.Calls.Rename == 0 && !isUnitName(name) {
		return &wgtypes.FieldError{Index: -1, Field: "name", Reason: fmt.Sprintf("%q is not wg and a number without leading zeros, as the names of devices are on %s", name, l.Calls.System)}
	}
	return nil
}

// create creates an interface with this name. A name other than wg and a number is
// given to an interface that the kernel has named.
func (l *Links) create(name string) error {
	if isUnitName(name) {
		_, err := l.call(l.Calls.Create, name, 0)
		return l.explainCreate(name, err)
	}
	interfaces := wginternal.Interfaces{Lookup: l.Interfaces}
	index, err := interfaces.Index(name)
	if err != nil {
		return err
	}
	if index != 0 {
		return fmt.Errorf("create interface %q: %w", name, syscall.EEXIST)
	}
	arg, err := l.call(l.Calls.Create, "wg", 0)
	if err != nil {
		return l.explainCreate(name, err)
	}
	created := cString(arg[:NameLen])
	rename := argument(l.Calls.IfreqLen, created)
	newName := argument(NameLen, name)
	if err := l.Ioctl(l.Calls.Rename, rename, valueAt, newName); err != nil {
		_, _ = l.call(l.Calls.Destroy, created, 0) // the first error is more important
		return l.explain("rename "+created+" to", name, err)
	}
	return nil
}

// explainCreate adds the cause to an error of Create. EINVAL means that the kernel
// knows no interfaces of this kind.
func (l *Links) explainCreate(name string, err error) error {
	if isErrno(err, syscall.EINVAL) {
		advice := "the kernel has no interfaces named wg"
		if l.Calls.Module != "" {
			advice += "; load the module " + l.Calls.Module
		}
		return wginternal.Tag(errors.ErrUnsupported, fmt.Errorf("create interface %q: %w (%s)", name, err, advice))
	}
	return l.explain("create", name, err)
}

// SetLink changes an interface. If index is not 0, the interface must have that index.
func (l *Links) SetLink(ctx context.Context, name string, index int, mtu *int, up *bool) error {
	if _, err := l.find(ctx, name, index); err != nil {
		return err
	}
	if mtu != nil {
		if err := l.setMTU(name, *mtu); err != nil {
			return err
		}
	}
	if up != nil {
		return l.setUp(name, *up)
	}
	return nil
}

func (l *Links) setMTU(name string, mtu int) error {
	_, err := l.call(l.Calls.SetMTU, name, uint32(mtu))
	if isErrno(err, syscall.EINVAL) {
		return wginternal.Tag(fs.ErrInvalid, fmt.Errorf("set the MTU of %q to %d: %w", name, mtu, err))
	}
	return l.explain("set the MTU of", name, err)
}

// setUp changes one bit of the flags. FreeBSD and DragonFly BSD have 16 more flags
// after the first 16, which stay as they are.
func (l *Links) setUp(name string, up bool) error {
	arg, err := l.call(l.Calls.GetFlags, name, 0)
	if err != nil {
		return l.explain("read the flags of", name, err)
	}
	flags := order.Uint16(arg[valueAt:]) &^ flagUp
	if up {
		flags |= flagUp
	}
	order.PutUint16(arg[valueAt:], flags)
	return l.explain("set the flags of", name, l.Ioctl(l.Calls.SetFlags, arg, 0, nil))
}

// Delete removes an interface. If index is not 0, the interface must have that index.
func (l *Links) Delete(ctx context.Context, name string, index int) error {
	if _, err := l.find(ctx, name, index); err != nil {
		return err
	}
	_, err := l.call(l.Calls.Destroy, name, 0)
	return l.explain("remove", name, err)
}

// find returns the index of a WireGuard device. If index is not 0, the device must
// have that index.
func (l *Links) find(ctx context.Context, name string, index int) (int, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	ref, err := l.Ref(ctx, name)
	if err == nil && index != 0 && index != ref.Index {
		err = wginternal.Tag(fs.ErrNotExist, fmt.Errorf("%q was replaced: its index is %d, not %d", name, ref.Index, index))
	}
	return ref.Index, err
}

// call performs an ioctl with a struct ifreq and returns the struct.
func (l *Links) call(request uint32, name string, value uint32) ([]byte, error) {
	arg := argument(l.Calls.IfreqLen, name)
	order.PutUint32(arg[valueAt:], value)
	return arg, l.Ioctl(request, arg, 0, nil)
}

// explain returns nil if err is nil, and otherwise an error that says what failed.
func (l *Links) explain(what, name string, err error) error {
	switch {
	case err == nil:
		return nil
	case isErrno(err, syscall.ENXIO):
		return wginternal.Tag(fs.ErrNotExist, fmt.Errorf("%s %q: no such interface", what, name))
	case errors.Is(err, fs.ErrPermission):
		err = fmt.Errorf("%w (this needs root)", err)
	}
	return fmt.Errorf("%s %q: %w", what, name, err)
}
