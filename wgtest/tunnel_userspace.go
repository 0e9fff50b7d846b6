package wgtest

import (
	"context"
	"net/netip"
	"testing"

	"github.com/wgctrl/wgctrl/internal/userdev"
)

// UserspaceTunnel returns two devices as those of Userspace, wga and wgb, that
// are each other's peers. The first packet makes them shake hands.
func UserspaceTunnel(t testing.TB) (a, b *End) {
	t.Helper()
	ends := [2]*End{}
	for i, name := range [2]string{"wga", "wgb"} {
		u := newUserspace(t, name, nil)
		ends[i] = &End{Device: u.Device, carrier: packets{u.dev, [...]netip.Addr{addrA, addrB}[i]}}
	}
	join(t, ends[0], ends[1])
	return ends[0], ends[1]
}

// tunnelPort is the UDP port of both ends in the tunnel.
const tunnelPort = 7

// packets carries datagrams in IP packets that it makes itself.
type packets struct {
	dev *userdev.Device
	own netip.Addr
}

func (p packets) send(ctx context.Context, to netip.Addr, payload []byte) error {
	d := userdev.Datagram{Src: netip.AddrPortFrom(p.own, tunnelPort), Dst: netip.AddrPortFrom(to, tunnelPort), Payload: payload}
	return p.dev.Send(ctx, d.AppendPacket(nil))
}

func (p packets) receive(ctx context.Context) ([]byte, error) {
	for {
		packet, err := p.dev.Receive(ctx)
		if err != nil {
			return nil, err
		}
		if d, err := userdev.ParsePacket(packet); err == nil {
			return d.Payload, nil
		}
	}
}
