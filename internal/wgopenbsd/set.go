package wgopenbsd

import (
	"slices"
	"time"

	"github.com/wgctrl/wgctrl/internal/bsd"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// setSize returns the size of the data that AppendSet appends.
func (l *Layout) setSize(c *wgtypes.Config) int {
	n := l.ifaceSize + len(c.Peers)*l.peerSize
	for i := range c.Peers {
		n += len(c.Peers[i].AllowedIPs) * allowedSize
	}
	return n
}

// AppendSet appends the data of SIOCSWG that apply c. c must be normalized, have numbers
// as zones, and have no RemoveAllowedIPs, which the kernel does not support. The kernel
// relies on the numbers of peers and allowed IPs: it does not know the size of the data.
func (l *Layout) AppendSet(b []byte, c *wgtypes.Config) []byte {
	start, n := len(b), l.setSize(c)
	b = slices.Grow(b, n)[:start+n] // once, so that no smaller array keeps keys
	to := b[start:]
	clear(to)
	l.putInterface(to, c)
	to = to[l.ifaceSize:]
	for i := range c.Peers {
		p := &c.Peers[i]
		l.putPeer(to, p)
		to = to[l.peerSize:]
		for _, prefix := range p.AllowedIPs {
			l.putAllowedIP(to[:allowedSize], prefix)
			to = to[allowedSize:]
		}
	}
	return b
}

// putInterface writes the settings of c, except for those of peers, to the zeros in b.
func (l *Layout) putInterface(b []byte, c *wgtypes.Config) {
	var flags uint32
	if c.PrivateKey != nil {
		flags |= ifaceHasPrivate
		k := c.PrivateKey.Bytes()
		copy(b[l.ifacePrivate:], k[:])
	}
	if c.ListenPort != nil {
		flags |= ifaceHasPort
		host.PutUint16(b[l.ifacePort:], *c.ListenPort)
	}
	if c.FirewallMark != nil {
		flags |= ifaceHasMark
		host.PutUint32(b[l.ifaceMark:], *c.FirewallMark)
	}
	if c.ReplacePeers {
		flags |= ifaceReplacePeers
	}
	if l.ifaceFlags == 1 {
		b[0] = uint8(flags)
	} else {
		host.PutUint32(b, flags)
	}
	putWord(b[l.ifaceCount:], l.word, uint64(len(c.Peers)))
}

// putPeer writes p without its allowed IPs to the zeros in b. A protocol version of 0
// means the newest.
func (l *Layout) putPeer(b []byte, p *wgtypes.PeerConfig) {
	host.PutUint32(b, peerFlags(p))
	copy(b[l.peerPublic:], p.PublicKey[:])
	if p.PresharedKey != nil {
		k := p.PresharedKey.Bytes()
		copy(b[l.peerPSK:], k[:])
	}
	if p.PersistentKeepalive != nil {
		host.PutUint16(b[l.peerKeepalive:], uint16(*p.PersistentKeepalive/time.Second))
	}
	if p.Endpoint.IsValid() {
		bsd.PutSockaddr(b[l.peerEndpoint:][:bsd.SockaddrIn6], p.Endpoint, l.inet6)
	}
	putWord(b[l.peerCount:], l.word, uint64(len(p.AllowedIPs)))
}

func peerFlags(p *wgtypes.PeerConfig) uint32 {
	flags := uint32(peerHasPublic)
	if p.PresharedKey != nil {
		flags |= peerHasPSK
	}
	if p.PersistentKeepalive != nil {
		flags |= peerHasKeepalive
	}
	if p.Endpoint.IsValid() {
		flags |= peerHasEndpoint
	}
	if p.ReplaceAllowedIPs {
		flags |= peerReplaceAllowedIPs
	}
	if p.Remove {
		flags |= peerRemove
	}
	if p.UpdateOnly {
		flags |= peerUpdate
	}
	return flags
}
