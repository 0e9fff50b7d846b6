package nlwire

import (
	"encoding/binary"
	"net/netip"
	"time"

	"github.com/wgctrl/wgctrl/internal/arena"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// All kernels so far send the parts of a peer in one order, each once. What has
// this usual form is decoded by comparing the headers and taking the rest from
// its known place. Whatever else comes is left to the cursors, which take what
// may come and say what is wrong; in tests they judge this file.

// Where the payloads of a peer's attributes are, up to its endpoint.
const (
	usualKey       = attrHeader
	usualPSK       = usualKey + 36
	usualHandshake = usualPSK + 36
	usualKeepalive = usualHandshake + 20
	usualTransmit  = usualKeepalive + 8
	usualReceive   = usualTransmit + 12
	usualVersion   = usualReceive + 12
	usualPeerSize  = usualVersion + 4
)

// The headers before them.
var (
	headKey       = attrHead(peerPublicKey, keySize)
	headPSK       = attrHead(peerPresharedKey, keySize)
	headHandshake = attrHead(peerLastHandshake, 16)
	headKeepalive = attrHead(peerKeepalive, 2)
	headTransmit  = attrHead(peerTransmitBytes, 8)
	headReceive   = attrHead(peerReceiveBytes, 8)
	headVersion   = attrHead(peerProtocolVersion, 4)
	headEndpoint4 = attrHead(peerEndpoint, sockaddrIn)
)

// attrHead returns an attribute's header as the number that it is.
func attrHead(typ uint16, n int) uint32 { return host.Uint32(appendAttr(nil, typ, n)) }

// beginsWithKey reports whether the public key is at the front of b.
func beginsWithKey(b []byte) bool {
	return len(b) >= attrSize(keySize) && host.Uint32(b) == headKey
}

// behindKey returns what comes behind a public key at the front.
func behindKey(b []byte) []byte {
	if beginsWithKey(b) {
		return b[attrSize(keySize):]
	}
	return b
}

// isUsual reports whether b begins as usual, up to where the endpoint comes.
func isUsual(b []byte) bool {
	if len(b) < usualPeerSize {
		return false
	}
	u := (*[usualPeerSize]byte)(b)
	return host.Uint32(u[usualKey-attrHeader:]) == headKey &&
		host.Uint32(u[usualPSK-attrHeader:]) == headPSK &&
		host.Uint32(u[usualHandshake-attrHeader:]) == headHandshake &&
		host.Uint32(u[usualKeepalive-attrHeader:]) == headKeepalive &&
		host.Uint32(u[usualTransmit-attrHeader:]) == headTransmit &&
		host.Uint32(u[usualReceive-attrHeader:]) == headReceive &&
		host.Uint32(u[usualVersion-attrHeader:]) == headVersion
}

// headOf is about how much of a peer comes before its allowed IPs: little, if it
// is the further part of one.
func headOf(b []byte) int {
	if len(b) >= usualPeerSize && host.Uint32(b[usualPSK-attrHeader:]) == headPSK {
		return usualPeerSize
	}
	return attrSize(keySize)
}

// usualPeer decodes the front of a peer into p, and returns what is behind: b
// itself if it has another form.
func usualPeer(b []byte, p *wgtypes.Peer, keys *arena.Keys) []byte {
	if !isUsual(b) {
		return b
	}
	u := (*[usualPeerSize]byte)(b)
	shook, ok := timespec(u[usualHandshake:])
	if !ok {
		return b
	}
	p.PublicKey = [keySize]byte(u[usualKey:])
	p.PresharedKey = keys.PresharedKey([keySize]byte(u[usualPSK:]))
	p.LastHandshake = shook
	p.PersistentKeepalive = time.Duration(host.Uint16(u[usualKeepalive:])) * time.Second
	p.TransmitBytes = host.Uint64(u[usualTransmit:])
	p.ReceiveBytes = host.Uint64(u[usualReceive:])
	p.ProtocolVersion = int(host.Uint32(u[usualVersion:]))
	b = b[usualPeerSize:]
	if isEndpoint4(b) {
		p.Endpoint = endpoint4(b[attrHeader:])
		b = b[attrSize(sockaddrIn):]
	}
	return b
}

func isEndpoint4(b []byte) bool {
	return len(b) >= attrSize(sockaddrIn) && host.Uint32(b) == headEndpoint4 && host.Uint16(b[attrHeader:]) == afInet
}

// usualList returns the inside of the list of allowed IPs that b is, and nil
// if it is anything else.
func usualList(b []byte) []byte {
	if len(b) > attrHeader && int(host.Uint16(b)) == len(b) && host.Uint16(b[2:]) == peerAllowedIPs|nested {
		return b[attrHeader:]
	}
	return nil
}

// usualAllowed is the head of an allowed IP, all but the address, as numbers to
// compare. The mask is 0 in it.
type usualAllowed [3]uint64

var (
	usual4 = newUsualAllowed(afInet, 4)
	usual6 = newUsualAllowed(afInet6, 16)
)

// usualAddr is where the address starts, and usualMask the number of usualAllowed
// that has the mask, as its lowest byte.
const (
	usualAddr = 24
	usualMask = 1
)

func newUsualAllowed(family uint16, addrSize int) (u usualAllowed) {
	b := beginNest(nil, 0)
	b = appendU8(b, allowedMask, 0)
	b = appendU16(b, allowedFamily, family)
	b = endNest(appendAttr(b, allowedAddr, addrSize), 0)
	for i := range u {
		u[i] = binary.LittleEndian.Uint64(b[i*8:])
	}
	return u
}

// begins reports whether b begins with u, and the mask.
func (u *usualAllowed) begins(b []byte) (bits uint, ok bool) {
	mask := binary.LittleEndian.Uint64(b[usualMask*8:])
	return uint(mask & 0xff), binary.LittleEndian.Uint64(b) == u[0] &&
		mask&^0xff == u[usualMask] && binary.LittleEndian.Uint64(b[16:]) == u[2]
}

// usualAllowedIPs decodes allowed IPs as long as they have the usual form, and
// are masked, and returns what is left.
func usualAllowedIPs(b []byte, list *arena.Slab[netip.Prefix]) []byte {
	room := list.Reserve()
	for len(b) >= allowedSize4 {
		if len(room) == cap(room) {
			list.Commit(room)
			room = list.Reserve()
		}
		if bits, ok := usual4.begins(b); ok {
			a := [4]byte(b[usualAddr:])
			// A shift by 32 leaves nothing, as it should.
			if bits > 32 || wire.Uint32(a[:])<<bits != 0 {
				break
			}
			room = append(room, netip.PrefixFrom(netip.AddrFrom4(a), int(bits)))
			b = b[allowedSize4:]
			continue
		}
		if len(b) < allowedSize6 {
			break
		}
		bits, ok := usual6.begins(b)
		a := [16]byte(b[usualAddr:])
		high, low := wire.Uint64(a[:]), wire.Uint64(a[8:])
		if !ok || bits > 128 || bits < 64 && high<<bits != 0 || low<<(max(bits, 64)-64) != 0 {
			break
		}
		room = append(room, netip.PrefixFrom(netip.AddrFrom16(a), int(bits)))
		b = b[allowedSize6:]
	}
	list.Commit(room)
	return b
}
