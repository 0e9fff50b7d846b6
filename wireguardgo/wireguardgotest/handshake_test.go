package wireguardgotest_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wgtypes"
	"github.com/wgctrl/wgctrl/wireguardgo/wireguardgotest"
)

// side is one of two devices in a tunnel.
type side struct {
	*wgtest.Device
	client *wgctrl.Client
	key    wgtypes.PrivateKey
	port   uint16
}

func newSide(t *testing.T) side {
	t.Helper()
	d := wireguardgotest.Device(t)
	key, err := wgtypes.GeneratePrivateKey()
	if err != nil {
		t.Fatal(err)
	}
	s := side{Device: d, client: d.Client(t), key: key}
	s.configure(t, wgtypes.Config{PrivateKey: &key})
	s.port = s.state(t).ListenPort
	return s
}

func (s side) configure(t *testing.T, c wgtypes.Config) {
	t.Helper()
	if err := s.client.ConfigureDevice(t.Context(), s.Name, c); err != nil {
		t.Fatal(err)
	}
}

func (s side) state(t *testing.T) *wgtypes.Device {
	t.Helper()
	d, err := s.client.Device(t.Context(), s.Name)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestUserspaceHandshake checks that two devices have a handshake over the loopback
// interface. The keepalive of one starts it.
func TestUserspaceHandshake(t *testing.T) {
	t.Parallel()
	a, b := newSide(t), newSide(t)
	b.configure(t, wgtypes.Config{Peers: []wgtypes.PeerConfig{{PublicKey: a.key.PublicKey()}}})
	a.configure(t, wgtypes.Config{Peers: []wgtypes.PeerConfig{{
		PublicKey:           b.key.PublicKey(),
		Endpoint:            netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), b.port),
		PersistentKeepalive: new(time.Second),
	}}})
	again, deadline := time.NewTicker(5*time.Millisecond), time.After(20*time.Second)
	defer again.Stop()
	for a.state(t).Peers[0].LastHandshake.IsZero() || b.state(t).Peers[0].LastHandshake.IsZero() {
		select {
		case <-again.C:
		case <-deadline:
			t.Fatalf("the peers are %+v and %+v after 20 s, want a handshake", a.state(t).Peers[0], b.state(t).Peers[0])
		}
	}
}
