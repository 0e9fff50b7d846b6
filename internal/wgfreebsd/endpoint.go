package wgfreebsd

import (
	"net/netip"

	"github.com/wgctrl/wgctrl/internal/bsd"
	"github.com/wgctrl/wgctrl/internal/wgfreebsd/nvlist"
)

func endpointLen(e netip.AddrPort) int {
	switch {
	case !e.IsValid():
		return 0
	case e.Addr().Is4():
		return nvlist.PairLen(peerEndpoint, bsd.SockaddrIn)
	}
	return nvlist.PairLen(peerEndpoint, bsd.SockaddrIn6)
}

// appendEndpoint appends e, or nothing if e is not valid. The address must not be
// IPv4-mapped, and its zone must be empty or a number.
func appendEndpoint(b []byte, e netip.AddrPort) []byte {
	if !e.IsValid() {
		return b
	}
	var sockaddr [bsd.SockaddrIn6]byte
	n := bsd.PutSockaddr(sockaddr[:], e, bsd.Inet6FreeBSD)
	return nvlist.AppendBinary(b, peerEndpoint, sockaddr[:n])
}
