package main

import (
	"context"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wgtypes"
	"github.com/wgctrl/wgctrl/wireguardgo/wireguardgotest"
)

func TestMain(m *testing.M) { os.Exit(testutil.RunMain(m)) }

// names are hosts and their addresses, which tests change.
type names map[string]string

func (n names) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	if n[host] == "" {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	return []netip.Addr{netip.MustParseAddr(n[host])}, nil
}

// TestMoves checks that a tunnel without a session works again after the address of
// its host changed.
func TestMoves(t *testing.T) {
	t.Parallel()
	for name, tunnel := range map[string]func(testing.TB) (a, b *wgtest.End){
		"userspace": wireguardgotest.Tunnel, "kernel": wgtest.KernelTunnel,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			a, b := tunnel(t)
			port := only(t, a).Endpoint.Port()
			n := names{"vpn.example": "192.0.2.9"} // an address that does not answer
			r := &refresher{c: a.Client(t), device: a.Name, silence: wgtypes.SessionLifetime, resolver: n, peers: []wgconf.Peer{
				{PublicKey: only(t, a).PublicKey, Endpoint: wgconf.Endpoint{Host: "vpn.example", Port: port}},
			}}
			r.want(t, 1)
			if got := only(t, a).Endpoint; got != netip.AddrPortFrom(netip.MustParseAddr("192.0.2.9"), port) {
				t.Errorf("the endpoint is %v, want 192.0.2.9:%d", got, port)
			}
			r.want(t, 0)
			n["vpn.example"] = "127.0.0.1"
			r.want(t, 1)
			if _, err := wgtest.RoundTrip(ctx, a, b); err != nil {
				t.Fatal(err)
			}
			// While the session lives, the endpoint stays.
			n["vpn.example"] = "192.0.2.9"
			r.want(t, 0)
			r.silence = 0
			r.want(t, 1)
		})
	}
}

// want calls refresh and checks the number of endpoints that changed.
func (r *refresher) want(t *testing.T, changed int) {
	t.Helper()
	if n, err := r.refresh(t.Context()); n != changed || err != nil {
		t.Fatalf("refresh() = %d, %v, want %d", n, err, changed)
	}
}

// only returns the only peer of a device.
func only(t *testing.T, e *wgtest.End) wgtypes.Peer {
	t.Helper()
	d, err := e.Client(t).Device(t.Context(), e.Name)
	if err != nil || len(d.Peers) != 1 {
		t.Fatalf("Device(%q) = %+v, %v, want one peer", e.Name, d, err)
	}
	return d.Peers[0]
}

// TestOneFails checks that a name which does not exist does not block others, and
// that addresses and absent peers are ignored.
func TestOneFails(t *testing.T) {
	t.Parallel()
	keys := []wgtypes.PublicKey{{1}, {2}, {3}, {4}}
	state := new(wgtypes.Device)
	for _, k := range keys[:3] {
		state.Peers = append(state.Peers, wgtypes.Peer{PublicKey: k})
	}
	f := wgtest.NewFake(t, state)
	r := &refresher{c: f.Client(t), device: f.Name, silence: wgtypes.SessionLifetime, resolver: names{"b.example": "192.0.2.2"}}
	for i, host := range []string{"gone.example", "b.example", "192.0.2.9", "b.example"} {
		r.peers = append(r.peers, wgconf.Peer{PublicKey: keys[i], Endpoint: wgconf.Endpoint{Host: host, Port: 5}})
	}
	n, err := r.refresh(t.Context())
	if n != 1 || err == nil || !strings.Contains(err.Error(), "gone.example") {
		t.Errorf("refresh() = %d, %v, want 1 and an error about gone.example", n, err)
	}
	if got := f.State().Peers; len(got) != 3 || got[0].Endpoint.IsValid() || got[1].Endpoint.String() != "192.0.2.2:5" || got[2].Endpoint.IsValid() {
		t.Errorf("the peers are %+v, want three, and only the second with an endpoint: 192.0.2.2:5", got)
	}
}
