package kerneltest

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/wgctrl/wgctrl/internal/bsd"
	"github.com/wgctrl/wgctrl/internal/wgfreebsd"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// FreeBSD is a fake of FreeBSD's kernel: its interfaces and sys/dev/wg/if_wg.c.
type FreeBSD struct {
	*Interfaces
	pointerLen int

	mu           sync.Mutex
	devices      map[string]*freebsdDevice
	unprivileged bool
	ignoresFlags bool
	busyPort     uint16
}

// freebsdDevice is a device. Its peers are in the order of their creation.
type freebsdDevice struct {
	port    uint16
	cookie  uint32
	private [32]byte // zeros for no identity
	public  [32]byte
	peers   []*freebsdPeer
	owners  map[netip.Prefix]*freebsdPeer
}

type freebsdPeer struct {
	public, preshared [32]byte
	endpoint          []byte // a socket address
	keepalive         uint16
	handshake         time.Time
	received, sent    uint64
	allowed           []netip.Prefix // the oldest first; the kernel lists the newest first
}

// NewFreeBSD returns a kernel of a 64-bit processor that can remove single allowed IPs,
// without devices.
func NewFreeBSD() *FreeBSD { return newFreeBSD(8) }

// NewFreeBSD32 is NewFreeBSD for a 32-bit processor.
func NewFreeBSD32() *FreeBSD { return newFreeBSD(4) }

func newFreeBSD(pointerLen int) *FreeBSD {
	f := &FreeBSD{pointerLen: pointerLen, devices: make(map[string]*freebsdDevice)}
	f.Interfaces = NewInterfaces(bsd.FreeBSD("freebsd"), pointerLen, f.created, f.destroyed)
	return f
}

// Backend returns a new backend for this kernel.
func (f *FreeBSD) Backend() wginternal.Backend { return wgfreebsd.NewWith(f.Config()) }

// Config returns the Config of Backend.
func (f *FreeBSD) Config() bsd.System {
	return bsd.System{
		Ioctl: f.Ioctl, PointerLen: f.pointerLen,
		Interfaces: f.List,
	}
}

// AddDevice adds a device without settings.
func (f *FreeBSD) AddDevice(name string) {
	f.Add(name, "wg")
	f.created(name)
}

func (f *FreeBSD) created(name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.devices[name] = &freebsdDevice{owners: make(map[netip.Prefix]*freebsdPeer)}
}

func (f *FreeBSD) destroyed(name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.devices, name)
}

// SetUnprivileged makes the kernel refuse changes and omit secrets.
func (f *FreeBSD) SetUnprivileged(unprivileged bool) {
	f.Interfaces.SetUnprivileged(unprivileged)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.unprivileged = unprivileged
}

// SetIgnoresFlags makes the kernel one before 14.4 and 15.0, which ignores the flags of
// allowed IPs.
func (f *FreeBSD) SetIgnoresFlags() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ignoresFlags = true
}

// SetBusyPort makes the kernel fail with EADDRINUSE when a device is to use the port.
func (f *FreeBSD) SetBusyPort(port uint16) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.busyPort = port
}

// Receive makes a peer look as if it had received packets since a handshake.
func (f *FreeBSD) Receive(name string, k wgtypes.PublicKey, handshake time.Time, received, sent uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if p := f.devices[name].find(k); p != nil {
		p.handshake, p.received, p.sent = handshake, received, sent
	}
}

// Ioctl performs a call.
func (f *FreeBSD) Ioctl(request uint32, arg []byte, pointer int, data []byte) error {
	if handled, err := f.Interfaces.Ioctl(request, arg, pointer, data); handled {
		return err
	}
	set, get := uint32(0xc02069d2), uint32(0xc02069d3)
	if f.pointerLen == 4 {
		set, get = 0xc01869d2, 0xc01869d3
	}
	if request != set && request != get {
		return fmt.Errorf("unknown request %#x", request)
	}
	if pointer != 16 {
		return fmt.Errorf("pointer is at offset %d, want 16", pointer)
	}
	size := f.size(arg)
	if size.get() != uint64(len(data)) {
		return fmt.Errorf("struct wg_data_io states %d bytes, want the length %d of the buffer", size.get(), len(data))
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	d := f.devices[text(arg)]
	switch {
	case d == nil && f.Index(text(arg)) != 0:
		return syscall.EINVAL
	case d == nil:
		return syscall.ENXIO
	case request == get:
		return f.get(d, size, data)
	}
	return f.set(d, data)
}

// sizeField is the size in struct wg_data_io, of 4 or 8 bytes.
type sizeField []byte

func (f *FreeBSD) size(arg []byte) sizeField {
	if f.pointerLen == 4 {
		return arg[20:24]
	}
	return arg[24:32]
}

func (s sizeField) get() uint64 {
	if len(s) == 4 {
		return uint64(binary.NativeEndian.Uint32(s))
	}
	return binary.NativeEndian.Uint64(s)
}

func (s sizeField) put(n int) {
	if len(s) == 4 {
		binary.NativeEndian.PutUint32(s, uint32(n))
	} else {
		binary.NativeEndian.PutUint64(s, uint64(n))
	}
}

// get is wgc_get. The size 0 asks for the size of the list.
func (f *FreeBSD) get(d *freebsdDevice, size sizeField, data []byte) error {
	list := d.list(!f.unprivileged).pack()
	if len(data) > 0 && len(data) < len(list) {
		return syscall.ENOSPC // the size stays
	}
	copy(data, list)
	size.put(len(list))
	return nil
}

// find returns the peer with that key, or nil.
func (d *freebsdDevice) find(k [32]byte) *freebsdPeer {
	for _, p := range d.peers {
		if p.public == k {
			return p
		}
	}
	return nil
}

// destroy removes a peer.
func (d *freebsdDevice) destroy(p *freebsdPeer) {
	d.removeAllAllowed(p)
	d.peers = slices.DeleteFunc(d.peers, func(other *freebsdPeer) bool { return other == p })
}

func (d *freebsdDevice) removeAllAllowed(p *freebsdPeer) {
	for _, prefix := range p.allowed {
		delete(d.owners, prefix)
	}
	p.allowed = nil
}

// removeAllowed removes a prefix if p owns it.
func (d *freebsdDevice) removeAllowed(p *freebsdPeer, prefix netip.Prefix) {
	if d.owners[prefix] == p {
		delete(d.owners, prefix)
		i := slices.Index(p.allowed, prefix)
		p.allowed = slices.Delete(p.allowed, i, i+1)
	}
}

// addAllowed moves a prefix to p. If p owns it already, its place in the list stays.
func (d *freebsdDevice) addAllowed(p *freebsdPeer, prefix netip.Prefix) {
	owner := d.owners[prefix]
	if owner == p {
		return
	}
	if owner != nil {
		d.removeAllowed(owner, prefix)
	}
	d.owners[prefix] = p
	p.allowed = append(p.allowed, prefix)
}
