package wgwindows

import (
	"net/netip"
	"slices"
	"time"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// SetSize returns the length of what AppendSet appends.
func SetSize(c *wgtypes.Config) int {
	n := ifSize + len(c.Peers)*peerSize
	for i := range c.Peers {
		n += (len(c.Peers[i].AllowedIPs) + len(c.Peers[i].RemoveAllowedIPs)) * ipSize
	}
	return n
}

// AppendSet appends the request that applies c, except for its firewall mark. c must be
// normalized and have numbers as zones.
func AppendSet(b []byte, c *wgtypes.Config) []byte {
	b, s := extend(b, ifSize)
	var flags uint32
	if c.ListenPort != nil {
		flags |= ifHasListenPort
		host.PutUint16(s[ifListenPort:], *c.ListenPort)
	}
	if c.PrivateKey != nil {
		flags |= ifHasPrivateKey
		k := c.PrivateKey.Bytes()
		copy(s[ifPrivateKey:], k[:])
	}
	if c.ReplacePeers {
		flags |= ifReplacePeers
	}
	host.PutUint32(s[ifFlags:], flags)
	host.PutUint32(s[ifPeersCount:], uint32(len(c.Peers)))
	for i := range c.Peers {
		b = appendPeer(b, &c.Peers[i])
	}
	return b
}

func appendPeer(b []byte, p *wgtypes.PeerConfig) []byte {
	b, s := extend(b, peerSize)
	flags := peerFlagsOf(p)
	copy(s[peerPublicKey:], p.PublicKey[:])
	if p.PresharedKey != nil {
		flags |= peerHasPresharedKey
		k := p.PresharedKey.Bytes()
		copy(s[peerPresharedKey:], k[:])
	}
	if p.PersistentKeepalive != nil {
		flags |= peerHasKeepalive
		host.PutUint16(s[peerKeepalive:], uint16(*p.PersistentKeepalive/time.Second))
	}
	if p.Endpoint.IsValid() {
		flags |= peerHasEndpoint
		putEndpoint(s[peerEndpoint:], p.Endpoint)
	}
	host.PutUint32(s[peerFlags:], flags)
	host.PutUint32(s[peerAllowedIPsCount:], uint32(len(p.AllowedIPs)+len(p.RemoveAllowedIPs)))
	// The driver applies the list in order. Removals come first, as in Config.
	b = appendAllowedIPs(b, p.RemoveAllowedIPs, ipRemove)
	return appendAllowedIPs(b, p.AllowedIPs, 0)
}

func peerFlagsOf(p *wgtypes.PeerConfig) uint32 {
	flags := uint32(peerHasPublicKey)
	if p.ReplaceAllowedIPs {
		flags |= peerReplaceAllowedIPs
	}
	if p.Remove {
		flags |= peerRemove
	}
	if p.UpdateOnly {
		flags |= peerUpdateOnly
	}
	return flags
}

// appendAllowedIPs appends prefixes, which must be valid.
func appendAllowedIPs(b []byte, prefixes []netip.Prefix, flags uint32) []byte {
	b, s := extend(b, len(prefixes)*ipSize)
	for i := range prefixes {
		p := &prefixes[i]
		if addr := p.Addr(); addr.Is4() {
			*(*[4]byte)(s[ipAddress:]) = addr.As4()
			host.PutUint16(s[ipFamily:], afInet)
		} else {
			*(*[16]byte)(s[ipAddress:]) = addr.As16()
			host.PutUint16(s[ipFamily:], afInet6)
		}
		s[ipCidr] = uint8(p.Bits())
		host.PutUint32(s[ipFlags:], flags)
		s = s[ipSize:]
	}
	return b
}

// extend appends n zeros to b and returns them as added.
func extend(b []byte, n int) (extended, added []byte) {
	start := len(b)
	b = slices.Grow(b, n)[:start+n]
	added = b[start:]
	clear(added)
	return b, added
}
