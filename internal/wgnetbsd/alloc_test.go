package wgnetbsd_test

import (
	"net/netip"
	"testing"

	"github.com/wgctrl/wgctrl/internal/kerneltest"
	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wgnetbsd"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// largeKernel returns a kernel whose wg0 has that many peers, each with that many allowed
// IPs.
func largeKernel(t testing.TB, peers, prefixes int) *kerneltest.NetBSD {
	k := newKernel(t)
	k.Update("wg0", func(d *kerneltest.NetBSDDevice) {
		for i := range peers {
			p := kerneltest.NetBSDPeer{Name: "peer", PublicKey: testutil.ManyKey(i), PresharedKey: [32]byte{1}, Endpoint: []byte{16, 2, 0, 1, 192, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0}}
			for j := range prefixes {
				n := i*prefixes + j
				p.AllowedIPs = append(p.AllowedIPs, netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(n >> 16), byte(n >> 8), byte(n)}), 32))
			}
			d.Peers = append(d.Peers, p)
		}
	})
	return k
}

// readOnly reads wg0, peer by peer.
func readOnly(t testing.TB, d wginternal.Device) (peers int) {
	r, err := d.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var p wgtypes.Peer
	for r.Next(&p) == nil {
		peers++
		p = wgtypes.Peer{}
	}
	return peers
}

// TestDecodeAllocations checks that decoding needs less than two allocations for each peer,
// one of them its name, and none for each allowed IP.
func TestDecodeAllocations(t *testing.T) {
	for _, size := range []struct{ peers, prefixes, most int }{{1000, 10, 1000 + 150}, {10, 1000, 10 + 60}, {1, 0, 30}} {
		d := open(t, replying(t, capture(t, largeKernel(t, size.peers, size.prefixes))))
		if got := testing.AllocsPerRun(5, func() { readOnly(t, d) }); got > float64(size.most) {
			t.Errorf("%d peers x %d cost %v allocations, want at most %d", size.peers, size.prefixes, got, size.most)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	text := capture(b, largeKernel(b, 1000, 10))
	d := open(b, replying(b, text))
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if got := readOnly(b, d); got != 1000 {
			b.Fatalf("read %d peers, want 1000", got)
		}
	}
}

// BenchmarkConfigure changes each of 1000 peers with 10 allowed IPs. It includes the
// reading and the comparison.
func BenchmarkConfigure(b *testing.B) {
	text := capture(b, largeKernel(b, 1000, 10))
	k := newKernel(b)
	c := k.Config()
	get := replyingIoctl(text)
	c.Ioctl = func(request uint32, arg []byte, pointer int, data []byte) error {
		if arg[16] == 0 {
			return get(request, arg, pointer, data)
		}
		return nil
	}
	d := open(b, wgnetbsd.NewWith(c))
	change := testutil.Peers()
	for i := range 1000 {
		change.Peers = append(change.Peers, testutil.At(testutil.ManyKey(i), "192.0.2.7:7"))
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := d.Configure(b.Context(), change, nil); err != nil {
			b.Fatal(err)
		}
	}
}
