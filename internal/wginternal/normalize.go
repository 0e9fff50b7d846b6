package wginternal

import (
	"errors"
	"net/netip"
	"slices"

	"github.com/wgctrl/wgctrl/internal/arena"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// Normalize returns the form of a valid Config that backends send and compare: the
// private key is clamped, IPv4-mapped endpoints are IPv4, prefixes are masked, keepalive
// ranges have more than one interval, peers with Remove have no other settings, and an
// AmneziaConfig that sets nothing is nil. It does not modify the memory that c refers
// to, and copies only what it changes.
func Normalize(c wgtypes.Config) wgtypes.Config {
	if c.PrivateKey != nil {
		clamped := c.PrivateKey.Clamped()
		c.PrivateKey = &clamped
	}
	if c.Amnezia != nil && c.Amnezia.IsZero() {
		c.Amnezia = nil
	}
	if AnyPeer(c.Peers, isNotNormal) {
		c.Peers = slices.Clone(c.Peers)
		for i := range c.Peers {
			if isNotNormal(&c.Peers[i]) {
				c.Peers[i] = normalPeer(c.Peers[i])
			}
		}
	}
	return c
}

// Validate returns the error of c.Validate. With zeroKeys, a peer may have the
// zero public key.
func Validate(c wgtypes.Config, zeroKeys bool) error {
	err := c.Validate()
	// Validate reports missing keys last, so everything else is valid.
	if fe, ok := errors.AsType[*wgtypes.FieldError](err); ok && zeroKeys && fe.Field == "PublicKey" {
		return nil
	}
	return err
}

// AnyPeer reports whether the predicate is(p) is true for one of the peers. Unlike
// slices.ContainsFunc it does not copy them.
func AnyPeer(peers []wgtypes.PeerConfig, is func(*wgtypes.PeerConfig) bool) bool {
	for i := range peers {
		if is(&peers[i]) {
			return true
		}
	}
	return false
}

// isNotNormal reports whether a peer is not in its normal form.
func isNotNormal(p *wgtypes.PeerConfig) bool {
	if p.Remove {
		return p.UpdateOnly || p.PresharedKey != nil || p.Endpoint != (netip.AddrPort{}) ||
			p.PersistentKeepalive != nil || p.PersistentKeepaliveMax != 0 || p.ReplaceAllowedIPs ||
			len(p.AllowedIPs)+len(p.RemoveAllowedIPs) > 0
	}
	return p.Endpoint.Addr().Is4In6() || isSingleInterval(p) ||
		!areMasked(p.AllowedIPs) || !areMasked(p.RemoveAllowedIPs)
}

// isSingleInterval reports whether p has a range of keepalive intervals that contains
// only one.
func isSingleInterval(p *wgtypes.PeerConfig) bool {
	return p.PersistentKeepaliveMax != 0 && p.PersistentKeepalive != nil && p.PersistentKeepaliveMax == *p.PersistentKeepalive
}

func normalPeer(p wgtypes.PeerConfig) wgtypes.PeerConfig {
	if p.Remove {
		return wgtypes.PeerConfig{PublicKey: p.PublicKey, Remove: true}
	}
	p.Endpoint = Unmap(p.Endpoint)
	if isSingleInterval(&p) {
		p.PersistentKeepaliveMax = 0
	}
	p.AllowedIPs = masked(p.AllowedIPs)
	p.RemoveAllowedIPs = masked(p.RemoveAllowedIPs)
	return p
}

// Unmap returns e with an IPv4-mapped IPv6 address as IPv4. The IPv6 socket of a
// device does not send to IPv4.
func Unmap(e netip.AddrPort) netip.AddrPort {
	if !e.Addr().Is4In6() {
		return e
	}
	return netip.AddrPortFrom(e.Addr().Unmap(), e.Port())
}

func areMasked(ps []netip.Prefix) bool {
	for _, p := range ps {
		if !arena.IsMasked(p) {
			return false
		}
	}
	return true
}

func masked(ps []netip.Prefix) []netip.Prefix {
	if areMasked(ps) {
		return ps
	}
	out := make([]netip.Prefix, len(ps))
	for i, p := range ps {
		out[i] = p.Masked()
	}
	return out
}
