package wgnetbsd

import (
	"net/netip"

	"github.com/wgctrl/wgctrl/internal/bsd"
	"github.com/wgctrl/wgctrl/internal/wgnetbsd/plist"
	"github.com/wgctrl/wgctrl/wgtypes"
)

const (
	// maxAllowedIPs is the size of an array in the kernel's peer, which writes past
	// its end if there are more.
	maxAllowedIPs = 16
	// maxName is the length of the longest name of a peer, in bytes.
	maxName = 16
	// maxList is more than the length of the longest property list, which is that of a
	// peer with 16 allowed IPs. The kernel accepts 32 765 bytes.
	maxList = 6 << 10
)

// appendPrivateKey appends the property list of SET_PRIVATE_KEY.
func appendPrivateKey(b []byte, k wgtypes.PrivateKey) []byte {
	e := plist.NewEncoder(b)
	e.Begin(plist.Dict)
	key := k.Bytes()
	data(&e, "private_key", key[:])
	e.End(plist.Dict)
	return e.Finish()
}

// appendListenPort appends the property list of SET_LISTEN_PORT.
func appendListenPort(b []byte, port uint16) []byte {
	e := plist.NewEncoder(b)
	e.Begin(plist.Dict)
	number(&e, "listen_port", uint64(port))
	e.End(plist.Dict)
	return e.Finish()
}

// appendAddPeer appends the property list of ADD_PEER. p has at most 16 allowed IPs. Its
// keepalive interval and its flags are not sent.
func appendAddPeer(b []byte, name string, p *wgtypes.PeerConfig) []byte {
	e := plist.NewEncoder(b)
	e.Begin(plist.Dict)
	if len(p.AllowedIPs) > 0 {
		e.Key("allowedips")
		e.Begin(plist.Array)
		for _, prefix := range p.AllowedIPs {
			allowedIP(&e, prefix)
		}
		e.End(plist.Array)
	}
	if p.Endpoint.IsValid() {
		var sockaddr [bsd.SockaddrIn6]byte
		n := bsd.PutSockaddr(sockaddr[:], p.Endpoint, bsd.Inet6OpenBSD)
		data(&e, "endpoint", sockaddr[:n])
	}
	text(&e, "name", name)
	if p.PresharedKey != nil {
		key := p.PresharedKey.Bytes()
		data(&e, "preshared_key", key[:])
	}
	data(&e, "public_key", p.PublicKey[:])
	e.End(plist.Dict)
	return e.Finish()
}

// allowedIP encodes a masked prefix.
func allowedIP(e *plist.Encoder, p netip.Prefix) {
	e.Begin(plist.Dict)
	number(e, "cidr", uint64(p.Bits()))
	if p.Addr().Is4() {
		number(e, "family", bsd.Inet)
		ip := p.Addr().As4()
		data(e, "ip", ip[:])
	} else {
		number(e, "family", bsd.Inet6OpenBSD)
		ip := p.Addr().As16()
		data(e, "ip", ip[:])
	}
	e.End(plist.Dict)
}

// appendDeletePeer appends the property list of DELETE_PEER.
func appendDeletePeer(b []byte, name string) []byte {
	e := plist.NewEncoder(b)
	e.Begin(plist.Dict)
	text(&e, "name", name)
	e.End(plist.Dict)
	return e.Finish()
}

func number(e *plist.Encoder, key string, n uint64) {
	e.Key(key)
	e.Integer(plist.Integer{Bits: n})
}

func data(e *plist.Encoder, key string, b []byte) {
	e.Key(key)
	e.Data(b)
}

func text(e *plist.Encoder, key, s string) {
	e.Key(key)
	e.String(s)
}
