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
	// Carrier reaches the device's interface.
	Carrier Carrier

	other netip.Addr
}

// A Carrier sends and receives UDP payloads at one end of a tunnel: it puts
// packets into the device's interface and takes them out of it.
type Carrier interface {
	// Send sends a payload to the other end's address.
	Send(ctx context.Context, to netip.Addr, payload []byte) error
	// Receive returns the next payload that arrived, or ctx's error.
	Receive(ctx context.Context) (payload []byte, err error)
}

// Send sends a UDP datagram to the other end. That it has been sent does not mean
// that it arrives.
func (e *End) Send(ctx context.Context, payload []byte) error {
	return e.Carrier.Send(ctx, e.other, payload)
}

// Receive returns the next UDP datagram that came through the tunnel. What nobody
// receives is dropped in the end.
func (e *End) Receive(ctx context.Context) (payload []byte, err error) { return e.Carrier.Receive(ctx) }

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

// Join gives both devices a private key and makes each the peer of the other:
// with the other's Addr as its allowed IP, and its UDP port on the loopback
// interface as its endpoint. It fails the test if a device refuses.
func Join(t testing.TB, a, b *End) {
	t.Helper()
	a.other, b.other = b.Addr, a.Addr
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
