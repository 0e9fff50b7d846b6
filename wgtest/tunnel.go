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

// An End is one of the two devices of a tunnel. A test can send and receive packets
// through it.
type End struct {
	*Device
	// Addr is the IPv4 address of this end in the tunnel.
	Addr netip.Addr
	// Carrier sends and receives packets at the interface of the device.
	Carrier Carrier

	other netip.Addr
}

// A Carrier sends and receives UDP payloads through the interface of one end of a
// tunnel.
type Carrier interface {
	// Send sends a payload to the address of the other end.
	Send(ctx context.Context, to netip.Addr, payload []byte) error
	// Receive returns the next payload that arrives, or the error of ctx.
	Receive(ctx context.Context) (payload []byte, err error)
}

// Send sends a UDP datagram to the other end. The datagram may be lost.
func (e *End) Send(ctx context.Context, payload []byte) error {
	return e.Carrier.Send(ctx, e.other, payload)
}

// Receive returns the next UDP datagram that arrives through the tunnel, or the
// error of ctx. Datagrams are dropped if too many wait to be received.
func (e *End) Receive(ctx context.Context) (payload []byte, err error) { return e.Carrier.Receive(ctx) }

// resendInterval is how long RoundTrip waits before it sends a datagram again.
const resendInterval = 100 * time.Millisecond

// RoundTrip sends a datagram from a to b and another one back. It sends datagrams
// again until they arrive, and returns how many were lost. It returns the error of
// ctx if ctx ends first. The test must not call Receive of a and b meanwhile. A
// datagram that was sent again may arrive twice; a later call of Receive then
// returns it.
func RoundTrip(ctx context.Context, a, b *End) (lost int, err error) {
	for _, ends := range [][2]*End{{a, b}, {b, a}} {
		n, err := pass(ctx, ends[0], ends[1])
		if lost += n; err != nil {
			return lost, err
		}
	}
	return lost, nil
}

// pass sends a datagram until it arrives. It ignores late datagrams of earlier
// calls.
func pass(ctx context.Context, from, to *End) (lost int, err error) {
	payload := []byte(rand.Text())
	for ; ; lost++ {
		if err := from.Send(ctx, payload); err != nil {
			return lost, err
		}
		arrived, err := arrives(ctx, to, payload)
		if arrived || err != nil {
			return lost, err
		}
	}
}

// arrives reports whether a datagram arrives before it must be sent again.
func arrives(ctx context.Context, at *End, payload []byte) (bool, error) {
	soon, cancel := context.WithTimeout(ctx, resendInterval)
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

// Join gives both devices a private key and makes each the peer of the other. The
// allowed IP of a peer is its Addr, and its endpoint is its UDP port on the loopback
// interface. Join fails the test if a device cannot be configured.
func Join(t testing.TB, a, b *End) {
	t.Helper()
	a.other, b.other = b.Addr, a.Addr
	asPeerOfA, asPeerOfB := b.prepare(t), a.prepare(t)
	a.configure(t, wgtypes.Config{Peers: []wgtypes.PeerConfig{asPeerOfA}})
	b.configure(t, wgtypes.Config{Peers: []wgtypes.PeerConfig{asPeerOfB}})
}

// prepare gives the device a key, and returns the configuration of a peer for it.
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
