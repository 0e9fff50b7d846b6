package kerneltest

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"sync"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wgwindows"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// Windows is a fake of WireGuardNT and of the parts of Windows that find its adapters.
// It is a wgwindows.System, written from the driver's ioctl.c. It refuses requests
// that the driver would accept but that have nonzero bytes or flags without a meaning.
type Windows struct {
	mu       sync.Mutex
	adapters []*windowsAdapter
	denied   bool
	created  int
}

var _ wgwindows.System = (*Windows)(nil)

// windowsAdapter is an adapter and the state that the driver keeps for it.
type windowsAdapter struct {
	wgwindows.Adapter
	removes bool // the driver knows the flag that removes an allowed IP
	gone    bool
	dev     wgtypes.Device
	owners  map[netip.Prefix]wgtypes.PublicKey
}

// windowsMaxPeers is the largest number of peers of an adapter (MAX_PEERS_PER_DEVICE).
const windowsMaxPeers = 1 << 20

// windowsNoResources is ERROR_NO_SYSTEM_RESOURCES.
const windowsNoResources wgwindows.Errno = 1450

// NewWindows returns a machine without adapters, whose processes are elevated.
func NewWindows() *Windows { return &Windows{} }

// Backend returns a backend for the adapters. The machine has the network interface
// 901 with the name "Ethernet".
func (k *Windows) Backend() wginternal.Backend {
	return wgwindows.NewWith(wgwindows.Config{System: k, Interfaces: k.Interfaces})
}

// Interfaces lists the network interfaces that are not WireGuard adapters.
func (k *Windows) Interfaces() ([]wginternal.Interface, error) {
	return []wginternal.Interface{{Index: 901, Name: "Ethernet"}}, nil
}

// AddAdapter adds an adapter. removes says whether its driver can remove single allowed
// IPs, whatever its version says.
func (k *Windows) AddAdapter(name, version string, removes bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.created++
	path := fmt.Sprintf(`\\?\SWD#WireGuard#{%d}#{cac88484-7515-4c03-82e6-71a87abac361}`, k.created)
	k.adapters = append(k.adapters, &windowsAdapter{
		Adapter: wgwindows.Adapter{Name: name, Path: path, Version: version}, removes: removes,
		owners: make(map[netip.Prefix]wgtypes.PublicKey),
	})
}

// RemoveAdapter removes an adapter. Requests to its open handles fail.
func (k *Windows) RemoveAdapter(name string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.adapters = slices.DeleteFunc(k.adapters, func(a *windowsAdapter) bool {
		a.gone = a.gone || a.Name == name
		return a.Name == name
	})
}

// SetElevated says whether the calling process is elevated.
func (k *Windows) SetElevated(elevated bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.denied = !elevated
}

// Adapters lists the adapters.
func (k *Windows) Adapters() ([]wgwindows.Adapter, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	var list []wgwindows.Adapter
	for _, a := range k.adapters {
		list = append(list, a.Adapter)
	}
	return list, nil
}

// Open opens an adapter. It needs no privilege: the driver checks it in requests.
func (k *Windows) Open(path string) (wgwindows.Handle, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, a := range k.adapters {
		if a.Path == path {
			return &windowsHandle{k: k, a: a}, nil
		}
	}
	return nil, wgwindows.ErrFileNotFound
}

// windowsHandle is an open adapter.
type windowsHandle struct {
	k *Windows
	a *windowsAdapter
}

func (h *windowsHandle) Close() error { return nil }

// Control handles a request. code is CTL_CODE(45208, 321, 2, 3) or
// CTL_CODE(45208, 322, 1, 3).
func (h *windowsHandle) Control(code uint32, buf []byte) (returned uint32, err error) {
	h.k.mu.Lock()
	defer h.k.mu.Unlock()
	switch {
	case h.a.gone:
		return 0, wgwindows.ErrGenFailure
	case code != 0xb098c506 && code != 0xb098c509:
		return 0, wgwindows.ErrInvalidFunction
	case h.k.denied:
		return 0, wgwindows.ErrAccessDenied
	case code == 0xb098c506:
		return h.a.get(buf)
	}
	return 0, h.a.set(buf)
}

// get stores the state in buf. If buf is too small, it stores a part of the state and
// returns the size of the whole.
func (a *windowsAdapter) get(buf []byte) (returned uint32, err error) {
	size := windowsReplySize(&a.dev)
	for i := range buf {
		buf[i] = 0xa5 // for the fields that the driver does not write
	}
	if size <= len(buf) {
		putWindowsReply(buf, &a.dev)
		return uint32(size), nil
	}
	part := a.dev
	for len(part.Peers) > 0 && windowsReplySize(&part) > len(buf) {
		part.Peers = part.Peers[:len(part.Peers)/2]
	}
	if windowsReplySize(&part) <= len(buf) {
		putWindowsReply(buf, &part)
	}
	return uint32(size), wgwindows.ErrMoreData
}

// set applies a request in the driver's order. It does not undo what it applied before
// an error.
func (a *windowsAdapter) set(buf []byte) error {
	c, peers, err := decodeWindowsDevice(buf)
	if err != nil {
		return fmt.Errorf("%w: %w", wgwindows.ErrInvalidParameter, err)
	}
	if c.ListenPort != nil {
		a.dev.ListenPort = *c.ListenPort
	}
	if c.ReplacePeers {
		a.dev.Peers = nil
		clear(a.owners)
	}
	if c.PrivateKey != nil {
		a.setPrivateKey(*c.PrivateKey)
	}
	for p, err := range peers {
		if applied := a.setPeer(p); applied != nil {
			return applied
		}
		if err != nil {
			return fmt.Errorf("%w: %w", wgwindows.ErrInvalidParameter, err)
		}
	}
	return nil
}

func (a *windowsAdapter) setPrivateKey(k wgtypes.PrivateKey) {
	if k.Equal(a.dev.PrivateKey) {
		return
	}
	public := k.PublicKey()
	if !k.IsZero() {
		k = k.Clamped()
		a.removePeer(public)
	}
	a.dev.PrivateKey, a.dev.PublicKey = k, public
}

func (a *windowsAdapter) removePeer(k wgtypes.PublicKey) {
	maps.DeleteFunc(a.owners, func(_ netip.Prefix, owner wgtypes.PublicKey) bool { return owner == k })
	a.dev.Peers = slices.DeleteFunc(a.dev.Peers, func(p wgtypes.Peer) bool { return p.PublicKey == k })
}

func (a *windowsAdapter) setPeer(c wgtypes.PeerConfig) error {
	i := a.find(c.PublicKey)
	switch own := !a.dev.PrivateKey.IsZero() && c.PublicKey == a.dev.PublicKey; {
	case i >= 0 && c.Remove:
		a.removePeer(c.PublicKey)
		return nil
	case i >= 0:
	case c.Remove, c.UpdateOnly, own:
		return nil
	case len(a.dev.Peers) == windowsMaxPeers:
		return windowsNoResources
	default:
		i = len(a.dev.Peers)
		a.dev.Peers = append(a.dev.Peers, wgtypes.Peer{PublicKey: c.PublicKey})
	}
	p := &a.dev.Peers[i]
	if c.PresharedKey != nil {
		p.PresharedKey = *c.PresharedKey
	}
	if c.Endpoint.IsValid() {
		p.Endpoint = c.Endpoint
	}
	if c.ReplaceAllowedIPs {
		for _, prefix := range p.AllowedIPs {
			delete(a.owners, prefix)
		}
		p.AllowedIPs = nil
	}
	a.setAllowedIPs(i, c)
	if c.PersistentKeepalive != nil {
		p.PersistentKeepalive = *c.PersistentKeepalive
	}
	return nil
}

// setAllowedIPs changes the allowed IPs of the peer i. A prefix belongs to one peer.
func (a *windowsAdapter) setAllowedIPs(i int, c wgtypes.PeerConfig) {
	adds := c.AllowedIPs
	if a.removes {
		for _, prefix := range c.RemoveAllowedIPs {
			if a.owners[prefix] == c.PublicKey {
				a.disown(prefix)
			}
		}
	} else {
		adds = slices.Concat(c.RemoveAllowedIPs, c.AllowedIPs) // the flag is ignored
	}
	for _, prefix := range adds {
		a.disown(prefix)
		a.owners[prefix] = c.PublicKey
		a.dev.Peers[i].AllowedIPs = append(a.dev.Peers[i].AllowedIPs, prefix)
	}
}

// disown removes prefix from the peer that has it.
func (a *windowsAdapter) disown(prefix netip.Prefix) {
	owner, ok := a.owners[prefix]
	if !ok {
		return
	}
	delete(a.owners, prefix)
	p := &a.dev.Peers[a.find(owner)]
	p.AllowedIPs = slices.DeleteFunc(p.AllowedIPs, func(have netip.Prefix) bool { return have == prefix })
}

// find returns the index of a peer, or -1.
func (a *windowsAdapter) find(k wgtypes.PublicKey) int {
	return slices.IndexFunc(a.dev.Peers, func(p wgtypes.Peer) bool { return p.PublicKey == k })
}
