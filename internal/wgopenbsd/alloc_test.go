package wgopenbsd_test

import (
	"io"
	"math/rand/v2"
	"net/netip"
	"testing"

	"github.com/wgctrl/wgctrl/internal/arena"
	"github.com/wgctrl/wgctrl/internal/kerneltest"
	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wgopenbsd"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// large returns a device with that many peers, each with that many prefixes.
func large(peers, prefixes int) *wgtypes.Device {
	r := rand.New(rand.NewPCG(5, 6))
	d := testutil.RandomDevice(r, testutil.RandomOptions{MinPeers: peers, MaxAllowedIPs: -1})
	for i := range d.Peers {
		p := &d.Peers[i]
		p.Endpoint = netip.MustParseAddrPort("192.0.2.1:51820")
		for j := range prefixes {
			n := i*prefixes + j
			p.AllowedIPs = append(p.AllowedIPs,
				netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(n >> 16), byte(n >> 8), byte(n)}), 32))
		}
	}
	return d
}

// drain decodes a reply as a Reader does. It panics if the reply is malformed.
func drain(reply []byte, list []*wgopenbsd.Layout) []wgtypes.Peer {
	dec, err := wgopenbsd.NewDecoder(reply, list...)
	if err != nil {
		panic(err)
	}
	var peers arena.Buffer[wgtypes.Peer]
	for {
		if err := dec.Next(peers.Reserve()); err == io.EOF {
			return peers.Take()
		} else if err != nil {
			panic(err)
		}
		peers.Commit()
	}
}

// TestDecodeAllocations checks that decoding needs far less than one allocation for each
// peer, and none for each allowed IP.
func TestDecodeAllocations(t *testing.T) {
	k := kerneltest.NewOpenBSD()
	list := layouts(t, k)
	for _, size := range []struct{ peers, prefixes, most int }{{1000, 10, 60}, {10, 10000, 30}, {1, 0, 8}} {
		reply := k.AppendReply(nil, large(size.peers, size.prefixes))
		if got := testing.AllocsPerRun(5, func() { drain(reply, list) }); got > float64(size.most) {
			t.Errorf("%d peers x %d cost %v allocations, want at most %d", size.peers, size.prefixes, got, size.most)
		}
	}
}

// TestEncodeAllocations checks that encoding allocates nothing but the request.
func TestEncodeAllocations(t *testing.T) {
	l := layouts(t, kerneltest.NewOpenBSD())[0]
	c := testutil.ConfigOf(large(100, 10))
	buf := make([]byte, 0, len(l.AppendSet(nil, &c)))
	if got := testing.AllocsPerRun(5, func() { l.AppendSet(buf, &c) }); got != 0 {
		t.Errorf("AppendSet() costs %v allocations, want 0", got)
	}
}

func BenchmarkDecode(b *testing.B) {
	k := kerneltest.NewOpenBSD()
	list := layouts(b, k)
	reply := k.AppendReply(nil, large(1000, 10))
	b.SetBytes(int64(len(reply)))
	b.ReportAllocs()
	for b.Loop() {
		drain(reply, list)
	}
}

func BenchmarkEncode(b *testing.B) {
	l := layouts(b, kerneltest.NewOpenBSD())[0]
	c := testutil.ConfigOf(large(1000, 10))
	buf := l.AppendSet(nil, &c)
	b.SetBytes(int64(len(buf)))
	b.ReportAllocs()
	for b.Loop() {
		l.AppendSet(buf[:0], &c)
	}
}
