package kerneltest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"syscall"

	"github.com/wgctrl/wgctrl/internal/bsd"
	"github.com/wgctrl/wgctrl/internal/wginternal"
)

// Interfaces is a fake of the network interfaces of a BSD kernel. It handles the
// ioctls for groups and links.
type Interfaces struct {
	calls      bsd.LinkCalls
	pointerLen int

	mu           sync.Mutex
	list         []*link
	nextIndex    int
	unprivileged bool
	noModule     bool
	// created and destroyed are called without the lock.
	created, destroyed func(name string)
}

// link is a network interface.
type link struct {
	name  string
	index int
	group string
	mtu   uint32
	flags [2]uint16 // the second are those that only FreeBSD and DragonFly BSD have
}

// NewInterfaces returns a system without interfaces. created and destroyed are called
// for WireGuard devices; nil is allowed.
func NewInterfaces(calls bsd.LinkCalls, pointerLen int, created, destroyed func(name string)) *Interfaces {
	return &Interfaces{calls: calls, pointerLen: pointerLen, created: created, destroyed: destroyed}
}

// Add adds an interface to a group, such as a foreign interface to "wg".
func (f *Interfaces) Add(name, group string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.add(name, group)
}

func (f *Interfaces) add(name, group string) *link {
	f.nextIndex++
	l := &link{name: name, index: f.nextIndex, group: group, mtu: 1420, flags: [2]uint16{0x8000, 0x7}}
	f.list = append(f.list, l)
	return l
}

// SetUnprivileged makes the kernel refuse changes with EPERM.
func (f *Interfaces) SetUnprivileged(unprivileged bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.unprivileged = unprivileged
}

// RemoveModule makes the kernel refuse to create WireGuard devices, as it does without
// their module.
func (f *Interfaces) RemoveModule() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.noModule = true
}

// Index returns the index of an interface, or 0 if it does not exist.
func (f *Interfaces) Index(name string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	if l := f.find(name); l != nil {
		return l.index
	}
	return 0
}

// List returns all interfaces, as net.Interfaces does.
func (f *Interfaces) List() (list []wginternal.Interface, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, l := range f.list {
		list = append(list, wginternal.Interface{Name: l.name, Index: l.index})
	}
	return list, nil
}

// Names returns the names of all interfaces.
func (f *Interfaces) Names() (names []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, l := range f.list {
		names = append(names, l.name)
	}
	return names
}

func (f *Interfaces) find(name string) *link {
	for _, l := range f.list {
		if l.name == name {
			return l
		}
	}
	return nil
}

// Ioctl performs a call. handled is false if the call is not one for interfaces.
func (f *Interfaces) Ioctl(request uint32, arg []byte, pointer int, data []byte) (handled bool, err error) {
	if size := int(request >> 16 & 0x1fff); size != len(arg) {
		return true, fmt.Errorf("argument of request %#x has %d bytes, want %d", request, len(arg), size)
	}
	switch request {
	case bsd.GroupRequest(f.pointerLen):
		return true, f.group(arg, pointer, data)
	case f.calls.Create:
		return true, f.create(arg)
	case f.calls.Destroy:
		return true, f.destroy(arg)
	case f.calls.GetMTU, f.calls.SetMTU, f.calls.GetFlags, f.calls.SetFlags:
		return true, f.value(request, arg)
	}
	if request == f.calls.Rename && request != 0 {
		return true, f.rename(arg, pointer, data)
	}
	return false, nil
}

// group lists a group, as if_getgroupmembers in the kernel does: a length of 0 asks for
// the size, and a list that does not fit is EINVAL.
func (f *Interfaces) group(arg []byte, pointer int, data []byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if want := bsd.NameLen + max(4, f.pointerLen); pointer != want {
		return fmt.Errorf("pointer is at offset %d, want %d", pointer, want)
	}
	var members []string
	for _, l := range f.list {
		if l.group == text(arg) {
			members = append(members, l.name)
		}
	}
	size := binary.NativeEndian.Uint32(arg[bsd.NameLen:])
	switch need := len(members) * bsd.NameLen; {
	case need == 0:
		return syscall.ENOENT
	case size == 0:
		binary.NativeEndian.PutUint32(arg[bsd.NameLen:], uint32(need))
		return nil
	case int(size) != len(data):
		return errors.New("the length of a group differs from that of its buffer")
	case int(size) < need:
		return syscall.EINVAL
	}
	for i, name := range members {
		copy(data[i*bsd.NameLen:], name)
	}
	return nil
}

// text returns the name at the start of a struct.
func text(arg []byte) string {
	name, _, _ := bytes.Cut(arg[:bsd.NameLen], []byte{0})
	return string(name)
}

func (f *Interfaces) create(arg []byte) error {
	name, err := f.addNew(text(arg))
	if err != nil {
		return err
	}
	clear(arg[:bsd.NameLen])
	copy(arg, name)
	if f.created != nil {
		f.created(name)
	}
	return nil
}

// addNew adds a WireGuard device. The name "wg" stands for the first free number where
// interfaces can be renamed.
func (f *Interfaces) addNew(name string) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.unprivileged {
		return "", syscall.EPERM
	}
	unit, ok := strings.CutPrefix(name, "wg")
	if !ok || f.noModule || strings.Trim(unit, "0123456789") != "" || unit == "" && f.calls.Rename == 0 {
		return "", syscall.EINVAL
	}
	if unit == "" {
		for n := 0; ; n++ {
			if name = fmt.Sprintf("wg%d", n); f.find(name) == nil {
				break
			}
		}
	}
	if f.find(name) != nil {
		return "", syscall.EEXIST
	}
	f.add(name, "wg")
	return name, nil
}

func (f *Interfaces) destroy(arg []byte) error {
	name := text(arg)
	if err := f.remove(name); err != nil {
		return err
	}
	if f.destroyed != nil {
		f.destroyed(name)
	}
	return nil
}

func (f *Interfaces) remove(name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.unprivileged {
		return syscall.EPERM
	}
	l := f.find(name)
	if l == nil {
		return syscall.ENXIO
	}
	f.list = slices.DeleteFunc(f.list, func(other *link) bool { return other == l })
	return nil
}

func (f *Interfaces) rename(arg []byte, pointer int, data []byte) error {
	from, to := text(arg), text(data)
	if err := f.setName(from, to, pointer); err != nil {
		return err
	}
	if f.destroyed != nil {
		f.destroyed(from)
		f.created(to)
	}
	return nil
}

func (f *Interfaces) setName(from, to string, pointer int) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	l := f.find(from)
	switch {
	case f.unprivileged:
		return syscall.EPERM
	case pointer != bsd.NameLen:
		return fmt.Errorf("pointer is at offset %d, want %d", pointer, bsd.NameLen)
	case l == nil:
		return syscall.ENXIO
	case to == "":
		return syscall.EINVAL
	case f.find(to) != nil:
		return syscall.EEXIST
	}
	l.name = to
	return nil
}

// value reads or changes the MTU or the flags.
func (f *Interfaces) value(request uint32, arg []byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	l := f.find(text(arg))
	if l == nil {
		return syscall.ENXIO
	}
	field := arg[bsd.NameLen:]
	if f.unprivileged && (request == f.calls.SetMTU || request == f.calls.SetFlags) {
		return syscall.EPERM
	}
	switch request {
	case f.calls.GetMTU:
		binary.NativeEndian.PutUint32(field, l.mtu)
	case f.calls.GetFlags:
		binary.NativeEndian.PutUint16(field, l.flags[0])
		binary.NativeEndian.PutUint16(field[2:], l.flags[1])
	case f.calls.SetFlags:
		l.flags = [2]uint16{binary.NativeEndian.Uint16(field), binary.NativeEndian.Uint16(field[2:])}
	case f.calls.SetMTU:
		mtu := binary.NativeEndian.Uint32(field)
		if mtu == 0 || mtu > 9000 {
			return syscall.EINVAL
		}
		l.mtu = mtu
	}
	return nil
}
