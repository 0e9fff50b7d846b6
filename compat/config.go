package wgctrl

import (
	"fmt"
	"math"
	"net"
	"net/netip"
	"strconv"

	libtypes "github.com/wgctrl/wgctrl/wgtypes"
	"golang.zx2c4.com/wireguard/wgctrl/wgtypes"
)

// newConfig converts a change. It returns a *libtypes.FieldError for values that
// the library's types cannot represent. The library checks the others.
func newConfig(old wgtypes.Config) (libtypes.Config, error) {
	c := libtypes.Config{ReplacePeers: old.ReplacePeers}
	if old.PrivateKey != nil {
		c.PrivateKey = new(libtypes.NewPrivateKey(*old.PrivateKey))
	}
	if old.ListenPort != nil {
		if !isPort(*old.ListenPort) {
			return c, &libtypes.FieldError{Index: -1, Field: "ListenPort", Reason: invalidPort(*old.ListenPort)}
		}
		c.ListenPort = new(uint16(*old.ListenPort))
	}
	if old.FirewallMark != nil {
		if !isMark(*old.FirewallMark) {
			return c, &libtypes.FieldError{Index: -1, Field: "FirewallMark", Reason: fmt.Sprintf("invalid mark %d: must be 0 to 4294967295", *old.FirewallMark)}
		}
		c.FirewallMark = new(uint32(*old.FirewallMark))
	}
	for i := range old.Peers {
		p, field, reason := newPeer(&old.Peers[i])
		if reason != "" {
			return c, &libtypes.FieldError{Index: i, Peer: p.PublicKey, Field: field, Reason: reason}
		}
		c.Peers = append(c.Peers, p)
	}
	return c, nil
}

func isPort(n int) bool { return n >= 0 && n <= math.MaxUint16 }

func invalidPort(n int) string { return fmt.Sprintf("invalid port %d: must be 0 to 65535", n) }

// isMark reports whether n is a mark. If an int has 32 bits, every n is one: the
// upper half of the marks is negative.
func isMark(n int) bool {
	return strconv.IntSize == 32 || n >= 0 && int64(n) <= math.MaxUint32
}

// newPeer converts a peer. It returns the first invalid field and the reason, which
// is "" if the peer is valid.
func newPeer(old *wgtypes.PeerConfig) (p libtypes.PeerConfig, field, reason string) {
	p = libtypes.PeerConfig{PublicKey: libtypes.PublicKey(old.PublicKey), Remove: old.Remove}
	if p.Remove {
		return p, "", ""
	}
	p.UpdateOnly, p.ReplaceAllowedIPs = old.UpdateOnly, old.ReplaceAllowedIPs
	p.PersistentKeepalive = old.PersistentKeepaliveInterval
	if old.PresharedKey != nil {
		p.PresharedKey = new(libtypes.NewPresharedKey(*old.PresharedKey))
	}
	if old.Endpoint != nil {
		if p.Endpoint, reason = newEndpoint(old.Endpoint); reason != "" {
			return p, "Endpoint", reason
		}
	}
	for i, n := range old.AllowedIPs {
		prefix, reason := newPrefix(n)
		if reason != "" {
			return p, fmt.Sprintf("AllowedIPs[%d]", i), reason
		}
		p.AllowedIPs = append(p.AllowedIPs, prefix)
	}
	return p, "", ""
}

func newEndpoint(old *net.UDPAddr) (e netip.AddrPort, reason string) {
	addr, ok := netip.AddrFromSlice(old.IP)
	if !ok {
		return e, invalidIP(old.IP)
	}
	if !isPort(old.Port) {
		return e, invalidPort(old.Port)
	}
	if old.Zone != "" {
		// In this form an IPv4 address keeps its zone, so that the library checks
		// it.
		addr = netip.AddrFrom16(addr.As16()).WithZone(old.Zone)
	}
	return netip.AddrPortFrom(addr, uint16(old.Port)), ""
}

func invalidIP(ip net.IP) string {
	return fmt.Sprintf("invalid IP address of %d bytes: must have 4 or 16", len(ip))
}

// newPrefix converts a prefix. An IPv4-mapped address becomes IPv4, because package
// net does not distinguish them.
func newPrefix(n net.IPNet) (p netip.Prefix, reason string) {
	addr, ok := netip.AddrFromSlice(n.IP)
	if !ok {
		return p, invalidIP(n.IP)
	}
	addr = addr.Unmap()
	// Size returns 0, 0 for an invalid mask.
	ones, bits := n.Mask.Size()
	if addr.Is4() && bits == 128 {
		ones, bits = ones-96, 32
	}
	if bits != addr.BitLen() || ones < 0 {
		return p, fmt.Sprintf("invalid mask %q of %v: must be ones followed by zeros, with %d bits", n.Mask.String(), addr, addr.BitLen())
	}
	return netip.PrefixFrom(addr, ones), ""
}
