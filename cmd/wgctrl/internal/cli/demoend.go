package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/netip"

	"github.com/wgctrl/wgctrl/wgtypes"
	"github.com/wgctrl/wgctrl/wireguardgo"
)

// demoPort is that of the packets in the tunnel, of which any will do.
const demoPort = 7

// end is one end of the demo's tunnel.
type end struct {
	name string
	addr netip.Addr // in the tunnel
	dev  *wireguardgo.Device
	key  wgtypes.PrivateKey
	port uint16 // of the encrypted packets
}

// asPeer is what the other end must know of e.
func (e *end) asPeer() wgtypes.PeerConfig {
	return wgtypes.PeerConfig{
		PublicKey:  e.key.PublicKey(),
		AllowedIPs: []netip.Prefix{netip.PrefixFrom(e.addr, e.addr.BitLen())},
	}
}

// roundTrip sends question i to b and the answer back.
func roundTrip(ctx context.Context, a, b *end, i int) error {
	if err := pass(ctx, a, b, b.addr, fmt.Appendf(nil, "question %d", i)); err != nil {
		return err
	}
	return pass(ctx, b, a, a.addr, fmt.Appendf(nil, "answer %d", i))
}

// pass sends a packet to an address behind the other end, and checks that this
// very packet comes out there.
func pass(ctx context.Context, from, to *end, addr netip.Addr, payload []byte) error {
	sent := wireguardgo.Datagram{
		Src:     netip.AddrPortFrom(from.addr, demoPort),
		Dst:     netip.AddrPortFrom(addr, demoPort),
		Payload: payload,
	}.AppendPacket(nil)
	if err := from.dev.Send(ctx, sent); err != nil {
		return fmt.Errorf("%s sends: %w", from.name, err)
	}
	received, err := to.dev.Receive(ctx)
	if err != nil {
		return fmt.Errorf("%s receives: %w", to.name, err)
	}
	if !bytes.Equal(received, sent) {
		return errors.New(to.name + " received another packet than " + from.name + " sent")
	}
	return nil
}
