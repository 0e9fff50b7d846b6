package wgfreebsd

import (
	"net/netip"
	"time"

	"github.com/wgctrl/wgctrl/internal/wgfreebsd/nvlist"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// SetLen returns the size of the list that AppendSet appends.
func SetLen(c *wgtypes.Config) int {
	n := nvlist.HeaderLen
	if c.ListenPort != nil {
		n += nvlist.PairLen(deviceListenPort, 8)
	}
	if c.PrivateKey != nil {
		n += nvlist.PairLen(devicePrivateKey, keySize)
	}
	if c.FirewallMark != nil {
		n += nvlist.PairLen(deviceUserCookie, 8)
	}
	if c.ReplacePeers {
		n += nvlist.PairLen(deviceReplacePeers, 1)
	}
	if len(c.Peers) > 0 {
		n += nvlist.PairLen(devicePeers, 0)
	}
	for i := range c.Peers {
		n += peerLen(&c.Peers[i])
	}
	return n
}

// AppendSet appends the list that applies c, which must be normalized and have numbers as
// zones. It ignores UpdateOnly, which the kernel does not know.
func AppendSet(b []byte, c *wgtypes.Config) []byte {
	end := len(b) + SetLen(c)
	b = nvlist.AppendHeader(b, end)
	if c.ListenPort != nil {
		b = nvlist.AppendNumber(b, deviceListenPort, uint64(*c.ListenPort))
	}
	if c.PrivateKey != nil {
		k := c.PrivateKey.Bytes()
		b = nvlist.AppendBinary(b, devicePrivateKey, k[:])
	}
	if c.FirewallMark != nil {
		b = nvlist.AppendNumber(b, deviceUserCookie, uint64(*c.FirewallMark))
	}
	if c.ReplacePeers {
		b = nvlist.AppendBool(b, deviceReplacePeers, true)
	}
	if len(c.Peers) > 0 {
		b = nvlist.AppendArray(b, devicePeers, len(c.Peers))
	}
	for i := range c.Peers {
		b = appendPeer(b, &c.Peers[i], end)
	}
	return b
}

func peerLen(p *wgtypes.PeerConfig) int {
	n := nvlist.ElementLen + nvlist.PairLen(peerPublicKey, keySize)
	if p.Remove {
		return n + nvlist.PairLen(peerRemove, 1)
	}
	if p.ReplaceAllowedIPs {
		n += nvlist.PairLen(peerReplaceAllowedIPs, 1)
	}
	if p.PresharedKey != nil {
		n += nvlist.PairLen(peerPresharedKey, keySize)
	}
	n += endpointLen(p.Endpoint)
	if p.PersistentKeepalive != nil {
		n += nvlist.PairLen(peerKeepalive, 8)
	}
	if len(p.AllowedIPs)+len(p.RemoveAllowedIPs) > 0 {
		n += nvlist.PairLen(peerAllowedIPs, 0)
	}
	for _, prefix := range p.RemoveAllowedIPs {
		n += allowedLen(prefix) + nvlist.PairLen(allowedFlags, 8)
	}
	for _, prefix := range p.AllowedIPs {
		n += allowedLen(prefix)
	}
	return n
}

// appendPeer appends an element of the array of peers.
func appendPeer(b []byte, p *wgtypes.PeerConfig, end int) []byte {
	b = nvlist.AppendHeader(b, end)
	b = nvlist.AppendBinary(b, peerPublicKey, p.PublicKey[:])
	if p.Remove {
		return nvlist.AppendEnd(nvlist.AppendBool(b, peerRemove, true))
	}
	if p.ReplaceAllowedIPs {
		b = nvlist.AppendBool(b, peerReplaceAllowedIPs, true)
	}
	if p.PresharedKey != nil {
		k := p.PresharedKey.Bytes()
		b = nvlist.AppendBinary(b, peerPresharedKey, k[:])
	}
	b = appendEndpoint(b, p.Endpoint)
	if p.PersistentKeepalive != nil {
		b = nvlist.AppendNumber(b, peerKeepalive, uint64(*p.PersistentKeepalive/time.Second))
	}
	if n := len(p.AllowedIPs) + len(p.RemoveAllowedIPs); n > 0 {
		b = nvlist.AppendArray(b, peerAllowedIPs, n)
	}
	for _, prefix := range p.RemoveAllowedIPs {
		b = nvlist.AppendHeader(b, end)
		b = nvlist.AppendNumber(b, allowedFlags, flagRemove)
		b = nvlist.AppendEnd(appendPrefix(b, prefix))
	}
	for _, prefix := range p.AllowedIPs {
		b = nvlist.AppendEnd(appendPrefix(nvlist.AppendHeader(b, end), prefix))
	}
	return nvlist.AppendEnd(b)
}

func allowedLen(p netip.Prefix) int {
	n := nvlist.ElementLen + nvlist.PairLen(allowedCIDR, 8)
	if p.Addr().Is4() {
		return n + nvlist.PairLen(allowedIPv4, 4)
	}
	return n + nvlist.PairLen(allowedIPv6, 16)
}

// appendPrefix appends the pairs of a valid prefix.
func appendPrefix(b []byte, p netip.Prefix) []byte {
	b = nvlist.AppendNumber(b, allowedCIDR, uint64(p.Bits()))
	if p.Addr().Is4() {
		a := p.Addr().As4()
		return nvlist.AppendBinary(b, allowedIPv4, a[:])
	}
	a := p.Addr().As16()
	return nvlist.AppendBinary(b, allowedIPv6, a[:])
}

// appendProbe appends a list that changes nothing if the peer k exists. Its only allowed
// IP has an unknown flag and lacks an address: kernels that know flags refuse it, and
// others skip it.
func appendProbe(b []byte, k wgtypes.PublicKey) []byte {
	end := len(b) + nvlist.HeaderLen + nvlist.PairLen(devicePeers, 0) +
		nvlist.ElementLen + nvlist.PairLen(peerPublicKey, keySize) + nvlist.PairLen(peerAllowedIPs, 0) +
		nvlist.ElementLen + nvlist.PairLen(allowedFlags, 8) + nvlist.PairLen(allowedCIDR, 8)
	b = nvlist.AppendArray(nvlist.AppendHeader(b, end), devicePeers, 1)
	b = nvlist.AppendBinary(nvlist.AppendHeader(b, end), peerPublicKey, k[:])
	b = nvlist.AppendHeader(nvlist.AppendArray(b, peerAllowedIPs, 1), end)
	b = nvlist.AppendNumber(b, allowedFlags, flagUnknown)
	b = nvlist.AppendEnd(nvlist.AppendNumber(b, allowedCIDR, 0))
	return nvlist.AppendEnd(b)
}
