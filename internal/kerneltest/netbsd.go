package kerneltest

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/wgctrl/wgctrl/internal/bsd"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wgnetbsd"
)

// NetBSD is a fake of the kernel of NetBSD: its interfaces and sys/net/if_wg.c.
//
// It does not roll back a command that fails. It records a fault where the kernel would
// corrupt its memory, or where it would accept what it cannot undo. Its methods may be
// called concurrently.
type NetBSD struct {
	*Interfaces
	pointerLen int

	mu           sync.Mutex
	devices      map[string]*NetBSDDevice
	unprivileged bool
	before       func(NetBSDCall) error
	calls        []NetBSDCall
	faults       []string
}

// NetBSDDevice is the state of a device.
type NetBSDDevice struct {
	PrivateKey [32]byte // zeros for none
	ListenPort uint16
	Sent       bool         // it has sent packets, which binds its sockets
	Peers      []NetBSDPeer // the newest first
	// Leaked has the prefixes that belong to peers that could not be added. No peer can
	// have them until the interface is destroyed.
	Leaked []netip.Prefix
}

// NetBSDPeer is a peer of a device.
type NetBSDPeer struct {
	Name          string
	PublicKey     [32]byte
	PresharedKey  [32]byte // zeros for none
	Endpoint      []byte   // a socket address; nil for none
	LastHandshake time.Time
	AllowedIPs    []netip.Prefix // may have host bits
}

// NetBSDCall is an ioctl on a WireGuard device.
type NetBSDCall struct {
	Interface string
	Command   NetBSDCommand
	Buffer    int // size of the data, in bytes
}

// NetBSDCommand is the command of a SIOCSDRVSPEC, or 0 for a SIOCGDRVSPEC.
type NetBSDCommand uint64

// The commands of net/if_wg.h.
const (
	NetBSDGet           NetBSDCommand = 0
	NetBSDSetPrivateKey NetBSDCommand = 1
	NetBSDSetListenPort NetBSDCommand = 2
	NetBSDAddPeer       NetBSDCommand = 4
	NetBSDDeletePeer    NetBSDCommand = 8
)

// NewNetBSD returns the kernel of a 64-bit processor without devices.
func NewNetBSD() *NetBSD { return newNetBSD(8) }

// NewNetBSD32 is NewNetBSD for a 32-bit processor.
func NewNetBSD32() *NetBSD { return newNetBSD(4) }

func newNetBSD(pointerLen int) *NetBSD {
	k := &NetBSD{pointerLen: pointerLen, devices: make(map[string]*NetBSDDevice)}
	k.Interfaces = NewInterfaces(bsd.NetBSD(), pointerLen, k.created, k.destroyed)
	return k
}

// Backend returns a new backend for this kernel.
func (k *NetBSD) Backend() wginternal.Backend { return wgnetbsd.NewWith(k.Config()) }

// Config returns the Config of Backend.
func (k *NetBSD) Config() bsd.System {
	return bsd.System{Ioctl: k.Ioctl, PointerLen: k.pointerLen, Interfaces: k.List}
}

// AddDevice adds a device without settings.
func (k *NetBSD) AddDevice(name string) {
	k.Add(name, "")
	k.created(name)
}

func (k *NetBSD) created(name string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.devices[name] = new(NetBSDDevice)
}

func (k *NetBSD) destroyed(name string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.devices, name)
}

// Update calls f with the state of a device, which f may change.
func (k *NetBSD) Update(name string, f func(d *NetBSDDevice)) {
	k.mu.Lock()
	defer k.mu.Unlock()
	f(k.devices[name])
}

// SetUnprivileged makes the kernel refuse changes and omit secrets.
func (k *NetBSD) SetUnprivileged(unprivileged bool) {
	k.Interfaces.SetUnprivileged(unprivileged)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.unprivileged = unprivileged
}

// Before sets a function that is called before each ioctl on a WireGuard device, and
// whose error is its result. The function must not call methods of the kernel.
func (k *NetBSD) Before(f func(NetBSDCall) error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.before = f
}

// TakeCalls returns the ioctls on WireGuard devices since the last TakeCalls.
func (k *NetBSD) TakeCalls() []NetBSDCall {
	k.mu.Lock()
	defer k.mu.Unlock()
	calls := k.calls
	k.calls = nil
	return calls
}

// Faults returns what a program did that it must not do.
func (k *NetBSD) Faults() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.faults)
}

func (k *NetBSD) fault(format string, args ...any) {
	k.faults = append(k.faults, fmt.Sprintf(format, args...))
}

// netbsdIfdrv has the offsets of struct ifdrv and the numbers of its ioctls by the size
// of pointers, as clang lays it out.
var netbsdIfdrv = map[int]struct {
	length, data, size int
	set, get           uint32
}{
	8: {24, 32, 40, 0x8028697b, 0xc028697b},
	4: {20, 24, 28, 0x801c697b, 0xc01c697b},
}

// Ioctl performs an ioctl. It implements bsd.Ioctl.
func (k *NetBSD) Ioctl(request uint32, arg []byte, pointer int, data []byte) error {
	if handled, err := k.Interfaces.Ioctl(request, arg, pointer, data); handled {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	layout := netbsdIfdrv[k.pointerLen]
	if request != layout.set && request != layout.get || len(arg) != layout.size || pointer != layout.data {
		k.fault("ioctl %#x with %d bytes and a pointer at %d", request, len(arg), pointer)
		return syscall.EINVAL
	}
	name, _, terminated := strings.Cut(string(arg[:16]), "\x00")
	command, length := k.long(arg[16:]), k.long(arg[layout.length:])
	if !terminated || length != uint64(len(data)) {
		k.fault("ioctl on %q with a length of %d for %d bytes", name, length, len(data))
		return syscall.EINVAL
	}
	d := k.devices[name]
	if d == nil {
		if k.Index(name) != 0 {
			k.fault("ioctl %#x on %q, which is another driver's", request, name)
			return syscall.EINVAL
		}
		return syscall.ENXIO
	}
	call := NetBSDCall{Interface: name, Command: NetBSDCommand(command), Buffer: len(data)}
	k.calls = append(k.calls, call)
	if k.before != nil {
		if err := k.before(call); err != nil {
			return err
		}
	}
	if request == layout.get {
		return k.get(d, data)
	}
	return k.set(d, NetBSDCommand(command), data)
}

// long reads an unsigned long.
func (k *NetBSD) long(b []byte) uint64 {
	if k.pointerLen == 8 {
		return binary.LittleEndian.Uint64(b)
	}
	return uint64(binary.LittleEndian.Uint32(b))
}

// get writes the state of d to buf, if it is large enough.
func (k *NetBSD) get(d *NetBSDDevice, buf []byte) error {
	text := netbsdState(d, !k.unprivileged)
	if len(text)+1 > len(buf) {
		return syscall.EINVAL
	}
	buf[copy(buf, text)] = 0
	return nil
}

func (k *NetBSD) set(d *NetBSDDevice, command NetBSDCommand, data []byte) error {
	if k.unprivileged {
		return syscall.EPERM
	}
	if len(data) >= 32766 {
		return syscall.E2BIG
	}
	list, err := parseNetBSD(data)
	if err != nil {
		k.fault("command %d: %v", command, err)
		return syscall.EINVAL
	}
	switch command {
	case NetBSDSetPrivateKey:
		return k.setPrivateKey(d, list)
	case NetBSDSetListenPort:
		return k.setListenPort(d, list)
	case NetBSDAddPeer:
		return k.addPeer(d, list)
	case NetBSDDeletePeer:
		return k.deletePeer(d, list)
	}
	k.fault("unknown command %d", command)
	return syscall.EINVAL
}

func (k *NetBSD) setPrivateKey(d *NetBSDDevice, list map[string]any) error {
	key, ok := list["private_key"].([]byte)
	if !ok || len(key) != 32 {
		k.fault("SET_PRIVATE_KEY: %d bytes", len(key))
		return syscall.EINVAL
	}
	d.PrivateKey = [32]byte(key)
	if d.PrivateKey == [32]byte{} {
		k.fault("SET_PRIVATE_KEY: zeros")
	}
	return nil
}

func (k *NetBSD) setListenPort(d *NetBSDDevice, list map[string]any) error {
	port, ok := list["listen_port"].(uint64)
	if !ok || port > 65535 {
		k.fault("SET_LISTEN_PORT: %v", list["listen_port"])
		return syscall.EINVAL
	}
	switch {
	case port != 0 && uint16(port) == d.ListenPort:
		return nil
	case d.ListenPort != 0, d.Sent: // the sockets are bound
		return syscall.EINVAL
	}
	d.ListenPort = uint16(port)
	return nil
}

func (k *NetBSD) deletePeer(d *NetBSDDevice, list map[string]any) error {
	name, ok := list["name"].(string)
	if !ok || name == "" || len(name) > 16 {
		k.fault("DELETE_PEER: name %q", list["name"])
		return syscall.EINVAL
	}
	i := slices.IndexFunc(d.Peers, func(p NetBSDPeer) bool { return p.Name == name })
	if i < 0 {
		return syscall.ENOENT
	}
	d.Peers = slices.Delete(d.Peers, i, i+1)
	return nil
}

// addPeer follows the order of the kernel: wg_handle_prop_peer fills the table of
// prefixes before wg_ioctl_add_peer looks for the key and the name.
func (k *NetBSD) addPeer(d *NetBSDDevice, list map[string]any) error {
	var p NetBSDPeer
	if err := k.peerSettings(list, &p); err != nil {
		return err
	}
	elements, _ := list["allowedips"].([]any)
	if len(elements) > 16 {
		k.fault("ADD_PEER: %d allowed IPs, the kernel writes past 16", len(elements))
	}
	for _, element := range elements {
		prefix, err := k.allowedIP(element)
		if err == nil && (d.owns(prefix) || slices.Contains(p.AllowedIPs, prefix)) {
			err = syscall.EEXIST
		}
		if err != nil {
			// The prefixes before it stay in the table, without a peer that can be deleted.
			d.Leaked = append(d.Leaked, p.AllowedIPs...)
			return err
		}
		p.AllowedIPs = append(p.AllowedIPs, prefix)
	}
	for _, other := range d.Peers {
		if other.PublicKey == p.PublicKey || other.Name == p.Name && p.Name != "" {
			return syscall.EEXIST // and the prefixes are removed again
		}
	}
	d.Peers = slices.Insert(d.Peers, 0, p)
	return nil
}

// owns reports whether the table of the device has a prefix, which is masked.
func (d *NetBSDDevice) owns(prefix netip.Prefix) bool {
	same := func(other netip.Prefix) bool { return other.Bits() == prefix.Bits() && prefix.Contains(other.Addr()) }
	return slices.ContainsFunc(d.Leaked, same) || slices.ContainsFunc(d.Peers, func(p NetBSDPeer) bool {
		return slices.ContainsFunc(p.AllowedIPs, same)
	})
}
