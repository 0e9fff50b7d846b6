package wireguardgo

import (
	"math/rand/v2"
	"net"
	"net/netip"

	"golang.zx2c4.com/wireguard/conn"
)

// Offline returns a bind without a network, for tests of configuration. It opens no
// socket and drops all packets. Every port is free, and every firewall mark is
// allowed, which otherwise needs root.
func Offline() conn.Bind { return new(offlineBind) }

type offlineBind struct {
	closed chan struct{} // nil if not open
}

// Open chooses a port if port is 0, as the system would.
func (b *offlineBind) Open(port uint16) ([]conn.ReceiveFunc, uint16, error) {
	if port == 0 {
		port = 49152 + uint16(rand.IntN(1<<14))
	}
	closed := make(chan struct{})
	b.closed = closed
	receive := func([][]byte, []int, []conn.Endpoint) (int, error) {
		<-closed
		return 0, net.ErrClosed
	}
	return []conn.ReceiveFunc{receive}, port, nil
}

func (b *offlineBind) Close() error {
	if b.closed != nil {
		close(b.closed)
		b.closed = nil
	}
	return nil
}

func (b *offlineBind) ParseEndpoint(s string) (conn.Endpoint, error) {
	e, err := netip.ParseAddrPort(s)
	if err != nil {
		return nil, err
	}
	return &conn.StdNetEndpoint{AddrPort: e}, nil
}

func (b *offlineBind) SetMark(uint32) error               { return nil }
func (b *offlineBind) Send([][]byte, conn.Endpoint) error { return nil }
func (b *offlineBind) BatchSize() int                     { return 1 }
