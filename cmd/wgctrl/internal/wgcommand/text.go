package wgcommand

import (
	"encoding/binary"
	"net/netip"
	"strconv"
	"time"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// Values as text, in the forms that all of wg's outputs share.

const none = "(none)"

// secretKey is a private or preshared key.
type secretKey interface {
	IsZero() bool
	AppendText([]byte) ([]byte, error)
}

func appendPublicKey(b []byte, k *wgtypes.PublicKey) []byte {
	b, _ = k.AppendText(b) // it never fails
	return b
}

// appendSecret appends a key in clear.
func appendSecret(b []byte, k secretKey) []byte {
	b, _ = k.AppendText(b) // it never fails
	return b
}

func appendSecretOrNone(b []byte, k secretKey) []byte {
	if k.IsZero() {
		return append(b, none...)
	}
	return appendSecret(b, k)
}

// appendMark appends a firewall mark, which is not 0.
func appendMark(b []byte, mark uint32) []byte {
	return strconv.AppendUint(append(b, "0x"...), uint64(mark), 16)
}

// appendEndpoint appends a known endpoint.
func appendEndpoint(b []byte, e netip.AddrPort) []byte {
	if e.Addr().Is4() {
		b = e.Addr().AppendTo(b)
	} else {
		b = append(appendIPv6(append(b, '['), e.Addr()), ']')
	}
	return strconv.AppendUint(append(b, ':'), uint64(e.Port()), 10)
}

func appendEndpointOrNone(b []byte, e netip.AddrPort) []byte {
	if !e.IsValid() {
		return append(b, none...)
	}
	return appendEndpoint(b, e)
}

// appendPrefixes appends prefixes with sep between any two, where slash stands
// before the length.
func appendPrefixes(b []byte, prefixes []netip.Prefix, slash, sep string) []byte {
	for i := range prefixes {
		if i > 0 {
			b = append(b, sep...)
		}
		if a := prefixes[i].Addr(); a.Is4() {
			b = a.AppendTo(b)
		} else {
			b = appendIPv6(b, a)
		}
		b = strconv.AppendUint(append(b, slash...), uint64(prefixes[i].Bits()), 10)
	}
	return b
}

func appendPrefixesOrNone(b []byte, prefixes []netip.Prefix, sep string) []byte {
	if len(prefixes) == 0 {
		return append(b, none...)
	}
	return appendPrefixes(b, prefixes, "/", sep)
}

// appendIPv6 appends an IPv6 address as inet_ntop(3) writes it: unlike netip,
// it has "::1.2.3.4" for an IPv4-compatible one, where that is more than "::1".
func appendIPv6(b []byte, a netip.Addr) []byte {
	raw := a.As16()
	compatible := binary.BigEndian.Uint64(raw[:]) == 0 && binary.BigEndian.Uint32(raw[8:]) == 0 &&
		binary.BigEndian.Uint16(raw[12:]) != 0
	if !compatible {
		return a.AppendTo(b)
	}
	b = netip.AddrFrom4([4]byte(raw[12:])).AppendTo(append(b, "::"...))
	if zone := a.Zone(); zone != "" {
		b = append(append(b, '%'), zone...)
	}
	return b
}

// handshake is when the last one was, in seconds since 1970, and 0 for never.
func handshake(p *wgtypes.Peer) int64 {
	if p.LastHandshake.IsZero() {
		return 0
	}
	return p.LastHandshake.Unix()
}

// keepalive is in seconds, and 0 for off.
func keepalive(p *wgtypes.Peer) uint64 { return uint64(p.PersistentKeepalive / time.Second) }
