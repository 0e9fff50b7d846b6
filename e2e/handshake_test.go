package e2e_test

import (
	"context"
	"net/netip"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// end is one end of a tunnel.
type end struct {
	subject
	key  wgtypes.PrivateKey
	port uint16
}

// newEnd generates a key for a device and reads the device's port.
func newEnd(t *testing.T, s subject) end {
	t.Helper()
	key, err := wgtypes.GeneratePrivateKey()
	if err != nil {
		t.Fatal(err)
	}
	s.configure(t, wgtypes.Config{PrivateKey: &key})
	return end{s, key, s.read(t).ListenPort}
}

// connect makes a and b peers of each other, and waits for their handshake. A
// keepalive starts it, so that no other packet is needed.
func connect(t *testing.T, a, b end) {
	t.Helper()
	peer := func(e end) wgtypes.Config {
		return peers(wgtypes.PeerConfig{
			PublicKey: e.key.PublicKey(), AllowedIPs: prefixes("10.0.0.0/8", "192.0.2.0/24", "2001:db8::/32"),
			Endpoint:            netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), e.port),
			PersistentKeepalive: new(time.Second),
		})
	}
	a.configure(t, peer(b))
	b.configure(t, peer(a))
	for _, e := range []end{a, b} {
		e.await(t, "a handshake", func(p wgtypes.Peer) bool {
			return !p.LastHandshake.IsZero() && p.ReceiveBytes > 0 && p.TransmitBytes > 0
		})
	}
}

// await reads the device until is reports true for its only peer.
func (e end) await(t *testing.T, what string, is func(wgtypes.Peer) bool) wgtypes.Peer {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		d, err := e.client.Device(ctx, e.name)
		if err != nil {
			t.Fatalf("waiting for %s: %v", what, err)
		}
		if len(d.Peers) == 1 && is(d.Peers[0]) {
			return d.Peers[0]
		}
	}
}
