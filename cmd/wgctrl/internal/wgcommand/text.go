package wgcommand

import (
	"net/netip"
	"strconv"
	"time"

	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// none is printed for values that are not set.
const none = "(none)"

// secretKey is a private or preshared key.
type secretKey interface {
	IsZero() bool
	AppendText([]byte) ([]byte, error)
}

func appendPublicKey(b []byte, k *wgtypes.PublicKey) []byte {
	b, _ = k.AppendText(b) // never fails
	return b
}

// appendSecret appends a secret key in base64.
func appendSecret(b []byte, k secretKey) []byte {
	b, _ = k.AppendText(b) // never fails
	return b
}

func appendSecretOrNone(b []byte, k secretKey) []byte {
	if k.IsZero() {
		return append(b, none...)
	}
	return appendSecret(b, k)
}

// appendMark appends a firewall mark other than 0.
func appendMark(b []byte, mark uint32) []byte {
	return strconv.AppendUint(append(b, "0x"...), uint64(mark), 16)
}

func appendEndpointOrNone(b []byte, e netip.AddrPort) []byte {
	if !e.IsValid() {
		return append(b, none...)
	}
	return wgconf.AppendAddrPort(b, e)
}

// appendPrefixes appends prefixes separated by sep, with slash before each length.
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

// handshake returns the time of the last handshake in seconds since 1970, or 0 if
// there was none.
func handshake(p *wgtypes.Peer) int64 {
	if p.LastHandshake.IsZero() {
		return 0
	}
	return p.LastHandshake.Unix()
}

// keepalive returns the lowest and the highest interval in seconds. Both are 0 for off,
// and they differ only with AmneziaWG.
func keepalive(p *wgtypes.Peer) wgtypes.Range {
	lo, hi := p.PersistentKeepalive/time.Second, p.PersistentKeepaliveMax/time.Second
	return wgtypes.Range{Lo: uint32(lo), Hi: uint32(max(lo, hi))}
}
