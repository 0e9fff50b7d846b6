package nlwire

import (
	"math"
	"net/netip"
	"time"

	"github.com/wgctrl/wgctrl/internal/arena"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// Attributes of one peer (enum wgpeer_attribute).
const (
	peerPublicKey       = 1  // 32 bytes
	peerPresharedKey    = 2  // 32 bytes, zeros for none
	peerFlags           = 3  // u32
	peerEndpoint        = 4  // struct sockaddr_in or sockaddr_in6
	peerKeepalive       = 5  // u16 seconds, 0 for off; AmneziaWG 3: u32, see span
	peerLastHandshake   = 6  // s64 seconds and s64 nanoseconds of the epoch, 0/0 for never
	peerReceiveBytes    = 7  // u64
	peerTransmitBytes   = 8  // u64
	peerAllowedIPs      = 9  // nest of nests
	peerProtocolVersion = 10 // u32

	peerRemoveMe          = 1 // WGPEER_F_REMOVE_ME
	peerReplaceAllowedIPs = 2 // WGPEER_F_REPLACE_ALLOWEDIPS
	peerUpdateOnly        = 4 // WGPEER_F_UPDATE_ONLY
)

const keySize = wgtypes.KeyLen

// peerHeadSize returns the encoded size of a peer without its allowed IPs.
func peerHeadSize(p *wgtypes.PeerConfig) int {
	n := attrSize(0) + attrSize(keySize)
	if peerFlagsOf(p) != 0 {
		n += attrSize(4)
	}
	if p.PresharedKey != nil {
		n += attrSize(keySize)
	}
	n += endpointSize(p.Endpoint)
	if p.PersistentKeepalive != nil {
		n += attrSize(4) // the same for 2 bytes
	}
	if len(p.AllowedIPs)+len(p.RemoveAllowedIPs) > 0 {
		n += attrSize(0)
	}
	return n
}

// peerSize returns the encoded size of a peer, or false if it exceeds limit. It does
// not look at each allowed IP if their number is already too large.
func peerSize(p *wgtypes.PeerConfig, limit int) (n int, ok bool) {
	n = peerHeadSize(p)
	if n+allowedSize4*len(p.AllowedIPs)+(allowedSize4+allowedFlagsSize)*len(p.RemoveAllowedIPs) > limit {
		return 0, false
	}
	for i := range p.AllowedIPs {
		n += allowedSize(&p.AllowedIPs[i])
	}
	for i := range p.RemoveAllowedIPs {
		n += allowedSize(&p.RemoveAllowedIPs[i]) + allowedFlagsSize
	}
	return n, n <= limit
}

func peerFlagsOf(p *wgtypes.PeerConfig) (flags uint32) {
	if p.Remove {
		flags |= peerRemoveMe
	}
	if p.ReplaceAllowedIPs {
		flags |= peerReplaceAllowedIPs
	}
	if p.UpdateOnly {
		flags |= peerUpdateOnly
	}
	return flags
}

// appendPeerConfig appends a peer's nest to a set for a device with that version of
// AmneziaWG.
func appendPeerConfig(b []byte, p *wgtypes.PeerConfig, version wgtypes.AmneziaVersion) []byte {
	start := len(b)
	b = beginNest(b, 0)
	b = appendKey(b, peerPublicKey, p.PublicKey)
	if flags := peerFlagsOf(p); flags != 0 {
		b = appendU32(b, peerFlags, flags)
	}
	if p.PresharedKey != nil {
		b = appendKey(b, peerPresharedKey, p.PresharedKey.Bytes())
	}
	b = appendEndpoint(b, p.Endpoint)
	if p.PersistentKeepalive != nil {
		lo := uint16(*p.PersistentKeepalive / time.Second)
		if version < wgtypes.AmneziaV30 {
			b = appendU16(b, peerKeepalive, lo)
		} else {
			b = appendU32(b, peerKeepalive, span(lo, max(lo, uint16(p.PersistentKeepaliveMax/time.Second))))
		}
	}
	if len(p.AllowedIPs)+len(p.RemoveAllowedIPs) > 0 {
		nest := len(b)
		b = beginNest(b, peerAllowedIPs)
		for _, prefix := range p.RemoveAllowedIPs {
			b = appendRemoved(b, prefix)
		}
		b = appendAllowed(b, p.AllowedIPs)
		b = endNest(b, nest)
	}
	return endNest(b, start)
}

// decodePeer decodes the content of a peer's nest. It appends the allowed IPs to
// d.list, which holds those of the peer's earlier parts, and decodes the rest into p.
// In a continuation it ignores everything except the allowed IPs.
func (d *Decoder) decodePeer(b []byte, p *wgtypes.Peer) error {
	rest := b
	if d.begun {
		rest = afterKey(b)
	} else if keepaliveSize(d.Amnezia) == 2 { // as in the fast path's form
		rest = fastPeer(b, p, &d.keys)
	}
	if len(rest) == len(b) {
		if _, err := publicKeyOf(b); err != nil {
			return err
		}
	}
	if inside := fastList(rest); inside != nil {
		return decodeAllowedIPs(inside, &d.list)
	}
	a := attrsOf(rest)
	for a.next() {
		if a.typ == peerAllowedIPs {
			a.adopt(decodeAllowedIPs(a.payload(), &d.list))
		} else if !d.begun {
			a.peerField(p, d.Amnezia)
		}
	}
	return a.err
}

func (a *attrs) peerField(p *wgtypes.Peer, version wgtypes.AmneziaVersion) {
	switch a.typ {
	case peerPublicKey:
		if k, ok := a.key(); ok {
			p.PublicKey = k
		}
	case peerPresharedKey:
		if k, ok := a.key(); ok {
			p.PresharedKey = wgtypes.NewPresharedKey(k)
		}
	case peerEndpoint:
		p.Endpoint = a.endpoint()
	case peerKeepalive:
		a.keepalive(p, version)
	case peerLastHandshake:
		if b := a.payload(); len(b) >= timespecSize {
			p.LastHandshake = timespec((*[timespecSize]byte)(b))
		}
	case peerReceiveBytes:
		decodeNumber(a, &p.ReceiveBytes)
	case peerTransmitBytes:
		decodeNumber(a, &p.TransmitBytes)
	case peerProtocolVersion:
		version := uint32(p.ProtocolVersion)
		decodeNumber(a, &version)
		p.ProtocolVersion = int(version)
	}
}

// keepalive decodes a keepalive interval or, from AmneziaWG 3 on, a range of them.
func (a *attrs) keepalive(p *wgtypes.Peer, version wgtypes.AmneziaVersion) {
	if version != 0 && !a.hasSize(keepaliveSize(version)) {
		return
	}
	n, ok := a.number()
	if !ok || n > math.MaxUint32 {
		return
	}
	lo, hi := unspan(uint32(n))
	p.PersistentKeepalive = time.Duration(lo) * time.Second
	if version >= wgtypes.AmneziaV30 && hi != lo {
		p.PersistentKeepaliveMax = time.Duration(hi) * time.Second
	}
}

const timespecSize = 16

// timespec decodes seconds and nanoseconds. It returns the zero time, which means never,
// if both are 0 or the nanoseconds are invalid.
func timespec(b *[timespecSize]byte) time.Time {
	sec, nsec := int64(host.Uint64(b[:])), int64(host.Uint64(b[8:]))
	if sec == 0 && nsec == 0 || nsec < 0 || nsec >= 1e9 {
		return time.Time{}
	}
	return time.Unix(sec, nsec).UTC()
}

// decodeAllowedIPs appends the content of a list of allowed IPs to list.
func decodeAllowedIPs(b []byte, list *arena.Slab[netip.Prefix]) error {
	for {
		b = fastAllowedIPs(b, list)
		if len(b) == 0 {
			return nil
		}
		a := attrsOf(b)
		if !a.next() {
			return a.err
		}
		prefix, err := decodeAllowed(a.payload())
		if err != nil {
			return err
		}
		list.Append(prefix)
		b = b[min(a.at, len(b)):]
	}
}

// countPeers returns the number of peers' nests in a list, and about how many allowed
// IPs they have. It stops at a malformed attribute.
func countPeers(b []byte) (peers, prefixes int) {
	for len(b) >= attrHeader {
		n := int(host.Uint16(b))
		if n < attrHeader || n > len(b) {
			break
		}
		if inside := b[attrHeader:n]; len(inside) >= attrSize(keySize) { // has room for a public key
			peers++
			prefixes += (len(inside) - headOf(inside)) / allowedSize4
		}
		b = b[min(align(n), len(b)):]
	}
	return peers, prefixes
}

// beginsOtherPeer reports whether the first peer in a list of peers has another public
// key than key. It may return false if the keys begin with the same eight bytes, or if
// the list does not have the form of the fast path.
func beginsOtherPeer(b []byte, key *wgtypes.PublicKey) bool {
	const offset = 2 * attrHeader // of the key
	return len(b) >= offset+8 && host.Uint32(b[attrHeader:]) == headKey && host.Uint64(b[offset:]) != host.Uint64(key[:])
}

// isOtherPeer reports whether the content of a peer's nest has another public key
// than key. It returns false if the key is missing; decodePeer reports that.
func isOtherPeer(b []byte, key *wgtypes.PublicKey) bool {
	if beginsWithKey(b) {
		// Most keys already differ here. Comparing all bytes takes a call.
		return host.Uint64(key[:]) != host.Uint64(b[attrHeader:]) || *key != wgtypes.PublicKey(b[attrHeader:])
	}
	k, err := publicKeyOf(b)
	return err == nil && k != *key
}

// publicKeyOf returns the public key in the content of a peer's nest. The key is
// usually the first attribute, but may be anywhere.
func publicKeyOf(b []byte) (k wgtypes.PublicKey, err error) {
	if beginsWithKey(b) {
		return [keySize]byte(b[attrHeader:]), nil
	}
	a := attrsOf(b)
	for a.next() {
		if a.typ == peerPublicKey {
			if key, ok := a.key(); ok {
				return key, nil
			}
		}
	}
	if a.err == nil {
		a.fail("peer without a public key")
	}
	return k, a.err
}
