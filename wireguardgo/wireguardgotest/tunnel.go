package wireguardgotest

import (
	"context"
	"net/netip"
	"testing"

	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wireguardgo"
)

// Tunnel starts two devices, wga with the address 10.0.0.1 in the tunnel and wgb
// with 10.0.0.2, that are each other's peers. The first packet starts the
// handshake.
func Tunnel(t testing.TB) (a, b *wgtest.End) {
	t.Helper()
	a = newEnd(t, "wga", netip.AddrFrom4([4]byte{10, 0, 0, 1}))
	b = newEnd(t, "wgb", netip.AddrFrom4([4]byte{10, 0, 0, 2}))
	wgtest.Join(t, a, b)
	return a, b
}

func newEnd(t testing.TB, name string, addr netip.Addr) *wgtest.End {
	t.Helper()
	d, dev := newDevice(t, name, nil)
	return &wgtest.End{Device: d, Addr: addr, Carrier: packets{dev, addr}}
}

// tunnelPort is the UDP port of both ends in the tunnel.
const tunnelPort = 7

// packets is a wgtest.Carrier that puts payloads into IPv4 and UDP packets.
type packets struct {
	dev *wireguardgo.Device
	own netip.Addr
}

func (p packets) Send(ctx context.Context, to netip.Addr, payload []byte) error {
	d := wireguardgo.Datagram{Src: netip.AddrPortFrom(p.own, tunnelPort), Dst: netip.AddrPortFrom(to, tunnelPort), Payload: payload}
	return p.dev.Send(ctx, d.AppendPacket(nil))
}

func (p packets) Receive(ctx context.Context) ([]byte, error) {
	for {
		packet, err := p.dev.Receive(ctx)
		if err != nil {
			return nil, err
		}
		if d, err := wireguardgo.ParsePacket(packet); err == nil {
			return d.Payload, nil
		}
	}
}
