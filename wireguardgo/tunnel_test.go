//go:build linux || darwin || freebsd || openbsd || windows

package wireguardgo_test

import (
	"encoding/hex"
	"net/netip"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/wgtypes"
	"github.com/wgctrl/wgctrl/wireguardgo"
)

var (
	addrA = netip.MustParseAddrPort("10.0.0.1:1000")
	addrB = netip.MustParseAddrPort("10.0.0.2:2000")
	equal = cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b })
)

func newKey(t *testing.T) wgtypes.PrivateKey {
	t.Helper()
	k, err := wgtypes.GeneratePrivateKey()
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// join makes b, whose key is kb, a peer of a.
func join(t *testing.T, a, b *wireguardgo.Device, ka, kb wgtypes.PrivateKey, allowed netip.Addr) {
	t.Helper()
	private, public := ka.Bytes(), kb.PublicKey()
	set(t, a, "private_key="+hex.EncodeToString(private[:]),
		"public_key="+hex.EncodeToString(public[:]),
		"endpoint=127.0.0.1:"+get(t, b)["listen_port"],
		"allowed_ip="+allowed.String()+"/32")
}

// tunnel returns two devices that are peers of each other.
func tunnel(t *testing.T) (a, b *wireguardgo.Device) {
	t.Helper()
	a, b = start(t, wireguardgo.Options{Name: "wga"}), start(t, wireguardgo.Options{Name: "wgb"})
	ka, kb := newKey(t), newKey(t)
	join(t, a, b, ka, kb, addrB.Addr())
	join(t, b, a, kb, ka, addrA.Addr())
	return a, b
}

// pass sends d through the tunnel and checks its arrival.
func pass(t *testing.T, from, to *wireguardgo.Device, d wireguardgo.Datagram) {
	t.Helper()
	if err := from.Send(t.Context(), d.AppendPacket(nil)); err != nil {
		t.Fatalf("send: %v", err)
	}
	packet, err := to.Receive(t.Context())
	if err != nil {
		t.Fatalf("receive: %v", err)
	}
	got, err := wireguardgo.ParsePacket(packet)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(d, got, equal); diff != "" {
		t.Errorf("the received packet (-want +got):\n%s", diff)
	}
}

func TestTunnelBothDirections(t *testing.T) {
	t.Parallel()
	a, b := tunnel(t)
	for i := range 10 {
		pass(t, a, b, wireguardgo.Datagram{Src: addrA, Dst: addrB, Payload: []byte("question " + strconv.Itoa(i))})
		pass(t, b, a, wireguardgo.Datagram{Src: addrB, Dst: addrA, Payload: []byte("answer " + strconv.Itoa(i))})
	}
	for _, d := range []*wireguardgo.Device{a, b} {
		if state := get(t, d); state["last_handshake_time_sec"] == "0" || state["rx_bytes"] == "0" {
			t.Errorf("%s: last_handshake_time_sec=%v and rx_bytes=%v, want neither 0", d.Name(),
				state["last_handshake_time_sec"], state["rx_bytes"])
		}
	}
}

// TestNoReceiver checks that a device can still be configured if nobody calls
// Receive.
func TestNoReceiver(t *testing.T) {
	t.Parallel()
	a, b := tunnel(t)
	packet := wireguardgo.Datagram{Src: addrA, Dst: addrB}.AppendPacket(nil)
	for range 1000 {
		if err := a.Send(t.Context(), packet); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := b.Receive(t.Context()); err != nil {
		t.Fatal(err)
	}
	set(t, b, "replace_peers=true")
	if key, ok := get(t, b)["public_key"]; ok {
		t.Errorf("after replace_peers the device has the peer %s, want none", key)
	}
}
