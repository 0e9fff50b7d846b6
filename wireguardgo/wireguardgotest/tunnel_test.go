package wireguardgotest_test

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wgtypes"
	"github.com/wgctrl/wgctrl/wireguardgo/wireguardgotest"
)

// tunnels are the functions that create tunnels.
var tunnels = map[string]func(testing.TB) (a, b *wgtest.End){
	"userspace": wireguardgotest.Tunnel,
	"kernel":    wgtest.KernelTunnel,
}

// within returns a context with a deadline in a minute.
func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func TestTunnel(t *testing.T) {
	t.Parallel()
	for name, tunnel := range tunnels {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, b := tunnel(t)
			for range 10 {
				if _, err := wgtest.RoundTrip(within(t), a, b); err != nil {
					t.Fatal(err)
				}
			}
			for _, e := range []*wgtest.End{a, b} {
				d, err := e.Client(t).Device(t.Context(), e.Name)
				if err != nil {
					t.Fatal(err)
				}
				if p := d.Peers[0]; len(d.Peers) != 1 || p.LastHandshake.IsZero() || p.ReceiveBytes == 0 || p.TransmitBytes == 0 {
					t.Errorf("%s has %d peers, the first is %+v; want one with a handshake and traffic", e.Name, len(d.Peers), p)
				}
				want := netip.PrefixFrom(map[string]*wgtest.End{"wga": b, "wgb": a}[e.Name].Addr, 32)
				if !slices.Equal(d.Peers[0].AllowedIPs, []netip.Prefix{want}) {
					t.Errorf("%s has a peer with the allowed IPs %v, want the address of the other end", e.Name, d.Peers[0].AllowedIPs)
				}
			}
		})
	}
}

// TestTunnelWithoutPeers checks that RoundTrip and Receive end with their contexts
// if nothing arrives.
func TestTunnelWithoutPeers(t *testing.T) {
	t.Parallel()
	for name, tunnel := range tunnels {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, b := tunnel(t)
			if err := b.Client(t).ConfigureDevice(t.Context(), b.Name, wgtypes.Config{ReplacePeers: true}); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 250*time.Millisecond)
			defer cancel()
			lost, err := wgtest.RoundTrip(ctx, a, b)
			if !errors.Is(err, context.DeadlineExceeded) || lost < 1 {
				t.Errorf("RoundTrip() = %d, %v, want at least 1 and context.DeadlineExceeded", lost, err)
			}
			canceled, cancel := context.WithCancel(t.Context())
			cancel()
			if _, err := b.Receive(canceled); !errors.Is(err, context.Canceled) {
				t.Errorf("Receive() = %v, want context.Canceled", err)
			}
		})
	}
}
