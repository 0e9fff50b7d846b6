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

// newConfig converts a change. What the library's types cannot even hold is a
// *libtypes.FieldError here; the library refuses the rest.
func newConfig(old wgtypes.Config) (libtypes.Config, error) {
	c := libtypes.Config{ReplacePeers: old.ReplacePeers}
	if old.PrivateKey != nil {
		c.PrivateKey = new(libtypes.NewPrivateKey(*old.PrivateKey))
	}
	if old.ListenPort != nil {
		if !isPort(*old.ListenPort) {
			return c, &libtypes.FieldError{Index: -1, Field: "ListenPort", Reason: badPort(*old.ListenPort)}
		}
		c.ListenPort = new(uint16(*old.ListenPort))
	}
	if old.FirewallMark != nil {
		if !isMark(*old.FirewallMark) {
			return c, &libtypes.FieldError{Index: -1, Field: "FirewallMark", Reason: fmt.Sprintf("%d is not within 32 bits", *old.FirewallMark)}
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

func badPort(n int) string { return fmt.Sprintf("%d is not within 0 to 65535", n) }

// isMark takes every number where int has 32 bits: a negative one is how the
// upper half of the marks is read there.
func isMark(n int) bool {
	return strconv.IntSize == 32 || n >= 0 && int64(n) <= math.MaxUint32
}

// newPeer converts a peer. It returns the first field that cannot be, and why.
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
		return e, badIP(old.IP)
	}
	if !isPort(old.Port) {
		return e, "port " + badPort(old.Port)
	}
	if old.Zone != "" {
		// An IPv4 address keeps a zone in this form, and the library looks at
		// what is in it before it drops it.
		addr = netip.AddrFrom16(addr.As16()).WithZone(old.Zone)
	}
	return netip.AddrPortFrom(addr, uint16(old.Port)), ""
}

func badIP(ip net.IP) string { return fmt.Sprintf("%d bytes are no IP address", len(ip)) }

// newPrefix takes an IPv4-mapped address for an IPv4 one: package net does not
// tell them apart.
func newPrefix(n net.IPNet) (p netip.Prefix, reason string) {
	addr, ok := netip.AddrFromSlice(n.IP)
	if !ok {
		return p, badIP(n.IP)
	}
	addr = addr.Unmap()
	// NB: of what is no mask the size is 0, 0.
	ones, bits := n.Mask.Size()
	if addr.Is4() && bits == 128 {
		ones, bits = ones-96, 32
	}
	if bits != addr.BitLen() || ones < 0 {
		return p, fmt.Sprintf("%q is no mask of %v", n.Mask.String(), addr)
	}
	return netip.PrefixFrom(addr, ones), ""
}
