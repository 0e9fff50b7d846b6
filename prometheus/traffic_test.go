package wgprom_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/wgctrl/wgctrl"
	wgprom "github.com/wgctrl/wgctrl/prometheus"
	"github.com/wgctrl/wgctrl/wgtypes"
	"github.com/wgctrl/wgctrl/wireguardgo/wireguardgotest"
)

// value returns the value of a metric, and whether it has exactly one sample.
func value(t testing.TB, g prometheus.Gatherer, name string) (float64, bool) {
	t.Helper()
	families, err := g.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == name && len(f.GetMetric()) == 1 {
			m := f.GetMetric()[0]
			return m.GetGauge().GetValue() + m.GetCounter().GetValue(), true
		}
	}
	return 0, false
}

// TestTraffic checks the metrics of two devices of wireguard-go that have a
// handshake over the loopback interface.
func TestTraffic(t *testing.T) {
	t.Parallel()
	a, b := wireguardgotest.Device(t), wireguardgotest.Device(t)
	ca, cb := a.Client(t), b.Client(t)
	ka, kb := wgtypes.NewPrivateKey([32]byte{8}), wgtypes.NewPrivateKey([32]byte{16})
	configure := func(c *wgctrl.Client, name string, config wgtypes.Config) *wgtypes.Device {
		if err := c.ConfigureDevice(t.Context(), name, config); err != nil {
			t.Fatal(err)
		}
		d, err := c.Device(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	port := configure(cb, b.Name, wgtypes.Config{PrivateKey: &kb, Peers: []wgtypes.PeerConfig{{PublicKey: ka.PublicKey()}}}).ListenPort
	start := time.Now().Truncate(time.Second)
	configure(ca, a.Name, wgtypes.Config{PrivateKey: &ka, Peers: []wgtypes.PeerConfig{{
		PublicKey: kb.PublicKey(), Endpoint: netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), port),
		PersistentKeepalive: new(time.Second), // begins at once
	}}})

	for _, r := range []prometheus.Gatherer{collect(t, ca, wgprom.Options{}), collect(t, cb, wgprom.Options{})} {
		awaitAtLeast(t, r, "wireguard_device_peers_connected", 1)
		h, ok := value(t, r, "wireguard_peer_last_handshake_seconds")
		if !ok || h < float64(start.Unix()) || h > float64(time.Now().Unix()) {
			t.Errorf("wireguard_peer_last_handshake_seconds = %v, %t, want %d or later, up to now", h, ok, start.Unix())
		}
		const response = 92 // of a handshake; wireguard-go counts it when it was sent
		awaitAtLeast(t, r, "wireguard_peer_receive_bytes_total", response)
		awaitAtLeast(t, r, "wireguard_peer_transmit_bytes_total", response)
	}
}

func awaitAtLeast(t *testing.T, r prometheus.Gatherer, name string, least float64) {
	t.Helper()
	again, deadline := time.NewTicker(5*time.Millisecond), time.After(time.Minute)
	defer again.Stop()
	for {
		v, ok := value(t, r, name)
		if ok && v >= least {
			return
		}
		select {
		case <-again.C:
		case <-deadline:
			t.Fatalf("%s = %v, want at least %v", name, v, least)
		}
	}
}
