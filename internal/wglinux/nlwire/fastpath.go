package nlwire

import (
	"encoding/binary"
	"net/netip"
	"time"

	"github.com/wgctrl/wgctrl/internal/arena"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// All kernels so far send the attributes of a peer in one order, each once. The
// fast path decodes this form: it compares the headers and takes the payloads
// from fixed offsets. It leaves any other form to the slow path, the cursors,
// which accept every order and report errors. Tests compare the two.

// Offsets of the payloads of a peer's attributes, up to its endpoint.
const (
	offsetKey       = attrHeader
	offsetPSK       = offsetKey + 36
	offsetHandshake = offsetPSK + 36
	offsetKeepalive = offsetHandshake + 20
	offsetTransmit  = offsetKeepalive + 8
	offsetReceive   = offsetTransmit + 12
	offsetVersion   = offsetReceive + 12
	fastPeerSize    = offsetVersion + 4
)

// Headers of these attributes.
var (
	headKey       = attrHead(peerPublicKey, keySize)
	headPSK       = attrHead(peerPresharedKey, keySize)
	headHandshake = attrHead(peerLastHandshake, timespecSize)
	headKeepalive = attrHead(peerKeepalive, 2)
	headTransmit  = attrHead(peerTransmitBytes, 8)
	headReceive   = attrHead(peerReceiveBytes, 8)
	headVersion   = attrHead(peerProtocolVersion, 4)
	headEndpoint4 = attrHead(peerEndpoint, sockaddrIn)
)

// attrHead returns an attribute's header as a number.
func attrHead(typ uint16, n int) uint32 { return host.Uint32(appendAttrHeader(nil, typ, n)) }

// beginsWithKey reports whether b begins with the public key.
func beginsWithKey(b []byte) bool {
	return len(b) >= attrSize(keySize) && host.Uint32(b) == headKey
}

// afterKey returns b without the public key if b begins with it.
func afterKey(b []byte) []byte {
	if beginsWithKey(b) {
		return b[attrSize(keySize):]
	}
	return b
}

// hasFastForm reports whether b begins with the attributes of the fast path, up
// to the endpoint.
func hasFastForm(b []byte) bool {
	if len(b) < fastPeerSize {
		return false
	}
	u := (*[fastPeerSize]byte)(b)
	return host.Uint32(u[offsetKey-attrHeader:]) == headKey &&
		host.Uint32(u[offsetPSK-attrHeader:]) == headPSK &&
		host.Uint32(u[offsetHandshake-attrHeader:]) == headHandshake &&
		host.Uint32(u[offsetKeepalive-attrHeader:]) == headKeepalive &&
		host.Uint32(u[offsetTransmit-attrHeader:]) == headTransmit &&
		host.Uint32(u[offsetReceive-attrHeader:]) == headReceive &&
		host.Uint32(u[offsetVersion-attrHeader:]) == headVersion
}

// headOf returns about how many bytes of a peer precede its allowed IPs. These
// are few in a continuation.
func headOf(b []byte) int {
	if len(b) >= fastPeerSize && host.Uint32(b[offsetPSK-attrHeader:]) == headPSK {
		return fastPeerSize
	}
	return attrSize(keySize)
}

// fastPeer decodes the front of a peer into p and returns the rest, or b if b
// does not have the fast path's form.
func fastPeer(b []byte, p *wgtypes.Peer, keys *arena.Keys) []byte {
	if !hasFastForm(b) {
		return b
	}
	u := (*[fastPeerSize]byte)(b)
	p.PublicKey = [keySize]byte(u[offsetKey:])
	p.PresharedKey = keys.PresharedKey([keySize]byte(u[offsetPSK:]))
	p.LastHandshake = timespec((*[timespecSize]byte)(u[offsetHandshake:]))
	p.PersistentKeepalive = time.Duration(host.Uint16(u[offsetKeepalive:])) * time.Second
	p.TransmitBytes = host.Uint64(u[offsetTransmit:])
	p.ReceiveBytes = host.Uint64(u[offsetReceive:])
	p.ProtocolVersion = int(host.Uint32(u[offsetVersion:]))
	b = b[fastPeerSize:]
	if isEndpoint4(b) {
		p.Endpoint = endpoint4(b[attrHeader:])
		b = b[attrSize(sockaddrIn):]
	}
	return b
}

func isEndpoint4(b []byte) bool {
	return len(b) >= attrSize(sockaddrIn) && host.Uint32(b) == headEndpoint4 && host.Uint16(b[attrHeader:]) == afInet
}

// fastList returns the inside of b if b is one list of allowed IPs, and nil
// otherwise.
func fastList(b []byte) []byte {
	if len(b) > attrHeader && int(host.Uint16(b)) == len(b) && host.Uint16(b[2:]) == peerAllowedIPs|nested {
		return b[attrHeader:]
	}
	return nil
}

// allowedTemplate is an allowed IP without its address, as numbers to compare.
// Its mask is 0.
type allowedTemplate [3]uint64

var (
	template4 = newAllowedTemplate(afInet, 4)
	template6 = newAllowedTemplate(afInet6, 16)
)

// templateAddr is the offset of the address. templateMask is the index of the
// number in allowedTemplate whose lowest byte is the mask.
const (
	templateAddr = 24
	templateMask = 1
)

func newAllowedTemplate(family uint16, addrSize int) (u allowedTemplate) {
	b := beginNest(nil, 0)
	b = appendU8(b, allowedMask, 0)
	b = appendU16(b, allowedFamily, family)
	b = endNest(appendBytes(b, allowedAddr, make([]byte, addrSize)), 0)
	for i := range u {
		u[i] = binary.LittleEndian.Uint64(b[i*8:])
	}
	return u
}

// compare returns the mask of the allowed IP that b begins, and 0 if b is u with
// this mask.
func (u *allowedTemplate) compare(b *[templateAddr]byte) (bits uint, difference uint64) {
	mask := binary.LittleEndian.Uint64(b[templateMask*8:])
	return uint(mask & 0xff), binary.LittleEndian.Uint64(b[:]) ^ u[0] |
		mask&^0xff ^ u[templateMask] | binary.LittleEndian.Uint64(b[16:]) ^ u[2]
}

// fastAllowedIPs decodes allowed IPs until one does not have the fast path's
// form or has host bits, and returns the rest.
func fastAllowedIPs(b []byte, list *arena.Slab[netip.Prefix]) []byte {
	room := list.Reserve()
	for len(b) >= allowedSize4 {
		if len(room) == cap(room) {
			list.Commit(room)
			room = list.Reserve()
		}
		if bits, other := template4.compare((*[templateAddr]byte)(b)); other == 0 {
			a := [4]byte(b[templateAddr:])
			// A shift by 32 gives 0: a /32 has no host bits.
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
		bits, other := template6.compare((*[templateAddr]byte)(b))
		a := [16]byte(b[templateAddr:])
		high, low := wire.Uint64(a[:]), wire.Uint64(a[8:])
		if other != 0 || bits > 128 || bits < 64 && high<<bits != 0 || low<<(max(bits, 64)-64) != 0 {
			break
		}
		room = append(room, netip.PrefixFrom(netip.AddrFrom16(a), int(bits)))
		b = b[allowedSize6:]
	}
	list.Commit(room)
	return b
}
