package uapi_test

import (
	"bytes"
	"net/netip"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// large returns a device with peers that have prefixes, half of them IPv6.
func large(peers, prefixes int, psk wgtypes.PresharedKey) *wgtypes.Device {
	d := &wgtypes.Device{
		PrivateKey: wgtypes.NewPrivateKey(repeated(0x48)), PublicKey: wgtypes.NewPrivateKey(repeated(0x48)).PublicKey(),
		ListenPort: 51820,
	}
	n := 0
	for i := range peers {
		p := wgtypes.Peer{
			PublicKey: wgtypes.PublicKey{byte(i), byte(i >> 8), byte(i >> 16)}, PresharedKey: psk, ProtocolVersion: 1,
			Endpoint: netip.MustParseAddrPort("192.0.2.1:51820"), LastHandshake: someTime, TransmitBytes: 123456789, ReceiveBytes: 987654321,
		}
		for range prefixes {
			n++
			if n%2 == 0 {
				p.AllowedIPs = append(p.AllowedIPs, netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(n >> 16), byte(n >> 8), byte(n)}), 32))
			} else {
				a := netip.AddrFrom16([16]byte{0x20, 0x01, 0x0d, 0xb8, 0, 0, byte(n >> 16), byte(n >> 8), byte(n)})
				p.AllowedIPs = append(p.AllowedIPs, netip.PrefixFrom(a, 72))
			}
		}
		d.Peers = append(d.Peers, p)
	}
	return d
}

// configOf returns the Config that creates d.
func configOf(d *wgtypes.Device) wgtypes.Config {
	c := wgtypes.Config{PrivateKey: new(d.PrivateKey), ListenPort: new(d.ListenPort), ReplacePeers: true}
	for _, p := range d.Peers {
		c.Peers = append(c.Peers, wgtypes.PeerConfig{
			PublicKey: p.PublicKey, PresharedKey: new(p.PresharedKey), Endpoint: p.Endpoint,
			PersistentKeepalive: new(p.PersistentKeepalive), ReplaceAllowedIPs: true, AllowedIPs: p.AllowedIPs,
		})
	}
	return c
}

func TestAllocations(t *testing.T) {
	const peers = 1000
	psk := wgtypes.NewPresharedKey(repeated(1))
	for _, test := range []struct {
		name     string
		prefixes int
		psk      wgtypes.PresharedKey
		most     float64
	}{
		{"peers", 0, wgtypes.PresharedKey{}, 50},
		{"prefixes", 100, wgtypes.PresharedKey{}, 150},
		{"preshared keys", 10, psk, 100},
	} {
		reply := uapi.AppendDevice(nil, large(peers, test.prefixes, test.psk))
		r := bytes.NewReader(reply)
		n := testing.AllocsPerRun(5, func() {
			r.Reset(reply)
			if err := drain(uapi.NewDecoder(r, time.Time{})); err != nil {
				t.Fatal(err)
			}
		})
		if n > test.most {
			t.Errorf("decoding %s = %v allocations, want at most %v", test.name, n, test.most)
		}
	}
	c := configOf(large(peers, 10, psk))
	if n := testing.AllocsPerRun(5, func() { uapi.AppendSet(nil, c) }); n != 1 {
		t.Errorf("AppendSet = %v allocations, want 1", n)
	}
}

func drain(d *uapi.Decoder) error {
	for _, err := range d.Peers() {
		if err != nil {
			return err
		}
	}
	return nil
}

var sizes = []struct {
	name            string
	peers, prefixes int
}{
	{"1000x10", 1000, 10},
	{"10x10000", 10, 10000},
	{"10000x1", 10000, 1},
}

func BenchmarkParseDevice(b *testing.B) {
	for _, size := range sizes {
		b.Run(size.name, func(b *testing.B) {
			reply := uapi.AppendDevice(nil, large(size.peers, size.prefixes, wgtypes.PresharedKey{}))
			b.SetBytes(int64(len(reply)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := uapi.ParseDevice(bytes.NewReader(reply), time.Time{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkAppendSet(b *testing.B) {
	for _, size := range sizes {
		b.Run(size.name, func(b *testing.B) {
			c := configOf(large(size.peers, size.prefixes, wgtypes.PresharedKey{}))
			b.SetBytes(int64(len(uapi.AppendSet(nil, c))))
			b.ReportAllocs()
			for b.Loop() {
				uapi.AppendSet(nil, c)
			}
		})
	}
}
