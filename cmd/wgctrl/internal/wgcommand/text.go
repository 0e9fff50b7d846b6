package wgcommand

import (
	"net/netip"
	"strconv"
	"time"

	"github.com/wgctrl/wgctrl/wgconf"
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

func appendEndpointOrNone(b []byte, e netip.AddrPort) []byte {
	if !e.IsValid() {
		return append(b, none...)
	}
	return wgconf.AppendAddrPort(b, e)
}

// appendPrefixes appends prefixes with sep between any two, where slash stands
// before the length.
func appendPrefixes(b []byte, prefixes []netip.Prefix, slash, sep string) []byte {
	for i := range prefixes {
		if i > 0 {
			b = append(b, sep...)
		}
		b = wgconf.AppendAddr(b, prefixes[i].Addr())
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

// handshake is when the last one was, in seconds since 1970, and 0 for never.
func handshake(p *wgtypes.Peer) int64 {
	if p.LastHandshake.IsZero() {
		return 0
	}
	return p.LastHandshake.Unix()
}

// keepalive is in seconds, and 0 for off.
func keepalive(p *wgtypes.Peer) uint64 { return uint64(p.PersistentKeepalive / time.Second) }
