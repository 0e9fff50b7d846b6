package wgtest

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"net/netip"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// An End is one of the two devices of a tunnel. A test sends and receives in the
// place of the programs whose packets go through it.
type End struct {
	*Device
	// Addr is the address of this end in the tunnel, an IPv4 one.
	Addr netip.Addr

	carrier carrier
	other   netip.Addr
}

// carrier is the way into a device's interface and out of it.
type carrier interface {
	send(ctx context.Context, to netip.Addr, payload []byte) error
	receive(ctx context.Context) (payload []byte, err error)
}

// Send sends a UDP datagram to the other end. That it has been sent does not mean
// that it arrives.
func (e *End) Send(ctx context.Context, payload []byte) error {
	return e.carrier.send(ctx, e.other, payload)
}

// Receive returns the next UDP datagram that came through the tunnel. What nobody
// receives is dropped in the end.
func (e *End) Receive(ctx context.Context) (payload []byte, err error) { return e.carrier.receive(ctx) }

// again is after what time a datagram that has not arrived is sent again.
const again = 100 * time.Millisecond

// RoundTrip sends a datagram from a to b and another one back. It sends again
// what does not arrive, until it does, or ctx ends and is the error; lost is how
// often. Nothing else may receive at a and b meanwhile, and what was sent again may
// arrive twice, to be received afterwards.
func RoundTrip(ctx context.Context, a, b *End) (lost int, err error) {
	for _, way := range [][2]*End{{a, b}, {b, a}} {
		n, err := pass(ctx, way[0], way[1])
		if lost += n; err != nil {
			return lost, err
		}
	}
	return lost, nil
}

// pass sends one datagram until it arrives. Others, which came late, it leaves
// out of account.
func pass(ctx context.Context, from, to *End) (lost int, err error) {
	payload := []byte(rand.Text())
	for ; ; lost++ {
		if err := from.Send(ctx, payload); err != nil {
			return lost, err
		}
		arrived, err := awaits(ctx, to, payload)
		if arrived || err != nil {
			return lost, err
		}
	}
}

// awaits reports whether a datagram arrives in time.
func awaits(ctx context.Context, at *End, payload []byte) (bool, error) {
	soon, cancel := context.WithTimeout(ctx, again)
	defer cancel()
	for {
		got, err := at.Receive(soon)
		switch {
		case ctx.Err() != nil:
			return false, context.Cause(ctx)
		case errors.Is(err, context.DeadlineExceeded):
			return false, nil
		case err != nil:
			return false, err
		case bytes.Equal(got, payload):
			return true, nil
		}
	}
}

// The addresses of ends in the tunnel.
var addrA, addrB = netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.2")

// join gives both devices a key, and makes each the peer of the other, with its
// address and its UDP port on the loopback interface.
func join(t testing.TB, a, b *End) {
	t.Helper()
	a.Addr, a.other = addrA, addrB
	b.Addr, b.other = addrB, addrA
	asPeerOfA, asPeerOfB := b.prepare(t), a.prepare(t)
	a.configure(t, wgtypes.Config{Peers: []wgtypes.PeerConfig{asPeerOfA}})
	b.configure(t, wgtypes.Config{Peers: []wgtypes.PeerConfig{asPeerOfB}})
}

// prepare gives the device a key, and returns what it is as a peer.
func (e *End) prepare(t testing.TB) wgtypes.PeerConfig {
	t.Helper()
	key, err := wgtypes.GeneratePrivateKey()
	if err != nil {
		t.Fatalf("wgtest: %v", err)
	}
	e.configure(t, wgtypes.Config{PrivateKey: &key})
	d, err := e.Client(t).Device(t.Context(), e.Name)
	if err != nil {
		t.Fatalf("wgtest: %v", err)
	}
	return wgtypes.PeerConfig{
		PublicKey:  d.PublicKey,
		Endpoint:   netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), d.ListenPort),
		AllowedIPs: []netip.Prefix{netip.PrefixFrom(e.Addr, 32)},
	}
}

func (e *End) configure(t testing.TB, c wgtypes.Config) {
	t.Helper()
	if err := e.Client(t).ConfigureDevice(t.Context(), e.Name, c); err != nil {
		t.Fatalf("wgtest: %v", err)
	}
}
