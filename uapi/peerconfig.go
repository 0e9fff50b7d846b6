package uapi

import (
	"net/netip"
	"time"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// peerConfigTable has the keys of a peer in a set request after its public_key.
var peerConfigTable = table[setParser]{
	{
		"remove",
		func(s *setParser, v []byte) (want string) { return setFlag(&s.peer.Remove, v) },
	},
	{
		"update_only",
		func(s *setParser, v []byte) (want string) { return setFlag(&s.peer.UpdateOnly, v) },
	},
	{
		"preshared_key",
		func(s *setParser, v []byte) (want string) {
			k, ok := parsePresharedKey(v, &s.keys)
			s.peer.PresharedKey = &k
			return expect(ok, wantKey)
		},
	},
	{
		"endpoint",
		func(s *setParser, v []byte) (want string) {
			e, ok := parseEndpoint(v)
			s.peer.Endpoint = e
			return expect(ok, wantEndpoint)
		},
	},
	{
		"persistent_keepalive_interval",
		func(s *setParser, v []byte) (want string) {
			s.peer.PersistentKeepalive = new(time.Duration)
			lo, hi, ok := parseKeepalive(v)
			*s.peer.PersistentKeepalive, s.peer.PersistentKeepaliveMax = lo, hi
			return expect(ok, wantKeepalive)
		},
	},
	{
		"replace_allowed_ips",
		func(s *setParser, v []byte) (want string) {
			// It empties the list here, so earlier lines have no effect.
			s.added.Take()
			s.taken.Take()
			return setFlag(&s.peer.ReplaceAllowedIPs, v)
		},
	},
	{
		"allowed_ip",
		func(s *setParser, v []byte) (want string) {
			list := &s.added
			if len(v) > 0 && v[0] == '-' {
				list, v = &s.taken, v[1:]
			}
			p, ok := parsePrefix(v)
			list.Append(p)
			return expect(ok, wantPrefix+", or '-' and a prefix to remove it")
		},
	},
	{
		// Other clients may send it.
		"protocol_version",
		func(_ *setParser, v []byte) (want string) { return expect(string(v) == "1", "1") },
	},
}

func appendPeerConfig(b []byte, p *wgtypes.PeerConfig) []byte {
	b = appendKey(b, publicKeyKey, p.PublicKey)
	if p.Remove {
		return appendFlag(b, "remove", true)
	}
	// This must be the first, since wireguard-go applies each line when it reads it.
	// Otherwise an allowed_ip would move to a new peer before update_only removes that
	// peer.
	b = appendFlag(b, "update_only", p.UpdateOnly)
	if p.PresharedKey != nil {
		b = appendKey(b, "preshared_key", p.PresharedKey.Bytes())
	}
	if p.Endpoint.IsValid() {
		b = appendEndpoint(b, "endpoint", p.Endpoint)
	}
	if p.PersistentKeepalive != nil {
		b = appendKeepalive(b, "persistent_keepalive_interval", *p.PersistentKeepalive, p.PersistentKeepaliveMax)
	}
	b = appendFlag(b, "replace_allowed_ips", p.ReplaceAllowedIPs)
	b = appendPrefixes(b, allowedIPKey, "-", p.RemoveAllowedIPs)
	return appendPrefixes(b, allowedIPKey, "", p.AllowedIPs)
}

// peerConfigSize returns an upper bound of the length of the lines of p. It is not
// much larger, since the kernel clears every page of the text.
func peerConfigSize(p *wgtypes.PeerConfig) int {
	const (
		key       = len("preshared_key=\n") + hexKeyLen
		flags     = len("remove=true\nupdate_only=true\nreplace_allowed_ips=true\n")
		keepalive = len("persistent_keepalive_interval=-9223372036\n")
		endpoint  = len("endpoint=[ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255%]:65535\n")
	)
	size := key + flags
	if p.PresharedKey != nil {
		size += key
	}
	if p.PersistentKeepalive != nil {
		size += keepalive
	}
	if p.PersistentKeepaliveMax != 0 {
		size += keepalive
	}
	if p.Endpoint.IsValid() {
		size += endpoint + len(p.Endpoint.Addr().Zone())
	}
	return size + prefixesSize(p.AllowedIPs) + prefixesSize(p.RemoveAllowedIPs)
}

// prefixesSize returns an upper bound of the length of the lines of prefixes.
func prefixesSize(prefixes []netip.Prefix) (size int) {
	const (
		line4 = len("allowed_ip=-255.255.255.255/32\n")
		line6 = len("allowed_ip=-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128\n")
		short = len("allowed_ip=-ffff:ffff:ffff:ffff::/128\n") // whose second half is zero
	)
	for i := range prefixes {
		a := prefixes[i].Addr()
		switch {
		case a.Is4():
			size += line4
		case a.Is6() && hasZeroHalf(a.As16()):
			size += short
		default:
			size += line6
		}
	}
	return size
}

func hasZeroHalf(ip [16]byte) bool { return [8]byte(ip[8:]) == [8]byte{} }
