package nltest

import (
	"encoding/binary"
	"iter"
	"net/netip"
	"strconv"

	"github.com/wgctrl/wgctrl/internal/wglinux/nlwire"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// Commands and attributes of the family (linux/wireguard.h).
const (
	commandGet  = 0 // WG_CMD_GET_DEVICE
	commandSet  = 1 // WG_CMD_SET_DEVICE
	genlVersion = 1

	devIndex      = 1 // WGDEVICE_A_IFINDEX
	devName       = 2
	devPrivateKey = 3
	devPublicKey  = 4
	devFlags      = 5
	devListenPort = 6
	devMark       = 7
	devPeers      = 8

	peerPublicKey       = 1 // WGPEER_A_PUBLIC_KEY
	peerPresharedKey    = 2
	peerFlags           = 3
	peerEndpoint        = 4
	peerKeepalive       = 5
	peerLastHandshake   = 6
	peerReceiveBytes    = 7
	peerTransmitBytes   = 8
	peerAllowedIPs      = 9
	peerProtocolVersion = 10

	allowedFamily = 1 // WGALLOWEDIP_A_FAMILY
	allowedAddr   = 2
	allowedMask   = 3
	allowedFlags  = 4

	afInet  = 2
	afInet6 = 10
)

// Fragment yields the messages of a dump of dev, without the final Done. It
// splits them as a kernel does, into messages of at most limit bytes if a peer's
// head and one prefix fit. Each message is only valid until the next one. A device with
// parameters of AmneziaWG is sent as the module of its version does.
func Fragment(dev *wgtypes.Device, h nlwire.Header, limit int) iter.Seq[[]byte] {
	return fragment(dev, newAmnezia(dev.Amnezia), h, limit)
}

func fragment(dev *wgtypes.Device, a *amnezia, h nlwire.Header, limit int) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		f := fragmenter{dev: dev, amnezia: a, header: h, limit: limit}
		f.header.Flags |= nlwire.FlagMulti
		f.begin()
		for i := range dev.Peers {
			if !f.peer(&dev.Peers[i], yield) {
				return
			}
			f.firstDone = true
		}
		yield(f.end())
	}
}

type fragmenter struct {
	dev       *wgtypes.Device
	amnezia   *amnezia // nil for WireGuard
	header    nlwire.Header
	limit     int
	firstDone bool // the first peer is complete

	b     []byte
	peers int // start of the nest of the peers
}

func (f *fragmenter) begin() {
	f.b = append(appendHeader(f.b[:0], f.header), commandGet, f.amnezia.genlVersion(), 0, 0)
	if !f.firstDone {
		f.b = f.appendDevice(f.b, f.dev)
	}
	f.peers = len(f.b)
	if len(f.dev.Peers) > 0 {
		f.b = appendNest(f.b, devPeers)
	}
}

func (f *fragmenter) end() []byte {
	if len(f.dev.Peers) > 0 {
		f.b = setLength(f.b, f.peers)
	}
	return finish(f.b, 0)
}

func (f *fragmenter) appendDevice(b []byte, d *wgtypes.Device) []byte {
	b = appendU16(b, devListenPort, d.ListenPort)
	b = appendU32(b, devMark, d.FirewallMark)
	b = appendU32(b, devIndex, uint32(d.Index))
	b = appendText(b, devName, d.Name)
	b = f.amnezia.appendDevice(b)
	if !d.PrivateKey.IsZero() {
		k := d.PrivateKey.Bytes()
		b = appendAttr(b, devPrivateKey, k[:])
		b = appendAttr(b, devPublicKey, d.PublicKey[:])
	}
	return b
}

// peer appends a peer in as many messages as needed. If the peer's head does not fit,
// it moves to the next message. If an allowed IP does not fit, it begins a further part
// of the peer, and the list of the current part may be empty.
func (f *fragmenter) peer(p *wgtypes.Peer, yield func([]byte) bool) bool {
	start := len(f.b)
	empty := start == f.peers+4
	f.b = f.appendPeer(f.b, p)
	if len(f.b) > f.limit && !empty {
		f.b = f.b[:start]
		if !yield(f.end()) {
			return false
		}
		f.begin()
		start = len(f.b)
		f.b = f.appendPeer(f.b, p)
	}
	return f.allowedIPs(p, start, yield)
}

func (f *fragmenter) allowedIPs(p *wgtypes.Peer, start int, yield func([]byte) bool) bool {
	if len(p.AllowedIPs) == 0 {
		f.b = setLength(f.b, start)
		return true
	}
	nest := len(f.b)
	f.b = appendNest(f.b, peerAllowedIPs)
	for _, prefix := range p.AllowedIPs {
		before := len(f.b)
		f.b = appendAllowedIP(f.b, prefix)
		if len(f.b) > f.limit {
			f.b = setLength(setLength(f.b[:before], nest), start)
			if !yield(f.end()) {
				return false
			}
			f.begin()
			start = len(f.b)
			f.b = f.amnezia.appendPeerFlags(appendNest(f.b, 0), p.PublicKey)
			f.b = appendAttr(f.b, peerPublicKey, p.PublicKey[:])
			nest = len(f.b)
			f.b = appendAllowedIP(appendNest(f.b, peerAllowedIPs), prefix)
		}
	}
	f.b = setLength(setLength(f.b, nest), start)
	return true
}

// appendPeer appends a peer without its allowed IPs, in the kernel's order. The nest
// stays open.
func (f *fragmenter) appendPeer(b []byte, p *wgtypes.Peer) []byte {
	b = f.amnezia.appendPeerFlags(appendNest(b, 0), p.PublicKey)
	b = appendAttr(b, peerPublicKey, p.PublicKey[:])
	psk := p.PresharedKey.Bytes()
	b = appendAttr(b, peerPresharedKey, psk[:])
	var sec, nsec uint64
	if !p.LastHandshake.IsZero() {
		sec, nsec = uint64(p.LastHandshake.Unix()), uint64(p.LastHandshake.Nanosecond())
	}
	b = appendAttr(b, peerLastHandshake, host.AppendUint64(host.AppendUint64(nil, sec), nsec))
	b = f.amnezia.appendKeepalive(b, p)
	b = appendU64(b, peerTransmitBytes, p.TransmitBytes)
	b = appendU64(b, peerReceiveBytes, p.ReceiveBytes)
	b = appendU32(b, peerProtocolVersion, uint32(p.ProtocolVersion))
	if p.Endpoint.IsValid() {
		b = appendAttr(b, peerEndpoint, sockaddr(p.Endpoint))
	}
	return b
}

// sockaddr returns e as struct sockaddr_in or sockaddr_in6.
func sockaddr(e netip.AddrPort) []byte {
	if e.Addr().Is4() {
		b := host.AppendUint16(nil, afInet)
		b = binary.BigEndian.AppendUint16(b, e.Port())
		return append(append(b, e.Addr().AsSlice()...), make([]byte, 8)...)
	}
	b := host.AppendUint16(nil, afInet6)
	b = binary.BigEndian.AppendUint16(b, e.Port())
	b = append(append(b, 0, 0, 0, 0), e.Addr().AsSlice()...)
	scope, _ := strconv.ParseUint(e.Addr().Zone(), 10, 32) // 0 if it is not a number
	return host.AppendUint32(b, uint32(scope))
}

func appendAllowedIP(b []byte, p netip.Prefix) []byte {
	start := len(b)
	b = appendU8(appendNest(b, 0), allowedMask, uint8(p.Bits()))
	family := uint16(afInet6)
	if p.Addr().Is4() {
		family = afInet
	}
	b = appendU16(b, allowedFamily, family)
	return setLength(appendAttr(b, allowedAddr, p.Addr().AsSlice()), start)
}
