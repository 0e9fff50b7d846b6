package wgwindows_test

import (
	"io"
	"net/netip"
	"runtime"
	"slices"
	"testing"

	"github.com/wgctrl/wgctrl/internal/kerneltest"
	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wgwindows"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// large returns a device with that many peers, each with that many prefixes.
func large(peers, prefixes int) *wgtypes.Device {
	d := &wgtypes.Device{PrivateKey: testutil.Key1, PublicKey: testutil.Key1.PublicKey(), ListenPort: 51820}
	for i := range peers {
		p := wgtypes.Peer{
			PublicKey: wgtypes.PublicKey{1, byte(i), byte(i >> 8)}, PresharedKey: testutil.PresharedKey1,
			Endpoint: netip.MustParseAddrPort("192.0.2.1:51820"), PersistentKeepalive: 25e9, ProtocolVersion: 1,
		}
		for j := range prefixes {
			n := i*prefixes + j
			p.AllowedIPs = append(p.AllowedIPs, netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(n >> 16), byte(n >> 8), byte(n)}), 32))
		}
		p.AllowedIPs = slices.Clip(p.AllowedIPs)
		d.Peers = append(d.Peers, p)
	}
	return d
}

// drain decodes a reply into peers, which it overwrites.
func drain(tb testing.TB, b []byte, peers []wgtypes.Peer) []wgtypes.Peer {
	dec, err := wgwindows.NewDecoder(b)
	for err == nil {
		peers = append(peers, wgtypes.Peer{})
		err = dec.Next(&peers[len(peers)-1])
	}
	if err != io.EOF {
		tb.Fatalf("decoding = %v, want io.EOF", err)
	}
	return peers[:len(peers)-1]
}

// TestDecodeAllocations checks that decoding needs far less than one allocation for each
// peer, and none for each allowed IP.
func TestDecodeAllocations(t *testing.T) {
	for _, size := range []struct{ peers, prefixes, most int }{{1000, 10, 40}, {10, 10000, 40}, {1, 0, 8}} {
		b := kerneltest.AppendWindowsReply(nil, large(size.peers, size.prefixes))
		peers := make([]wgtypes.Peer, 0, size.peers+1)
		got := testing.AllocsPerRun(5, func() { drain(t, b, peers) })
		if got > float64(size.most) {
			t.Errorf("%d peers x %d cost %v allocations, want at most %d", size.peers, size.prefixes, got, size.most)
		}
	}
}

// TestDecodeMemory checks that decoding needs about the memory of what the reply has.
func TestDecodeMemory(t *testing.T) {
	const runs, most = 100, 4096
	b := kerneltest.AppendWindowsReply(nil, large(1, 1))
	peers := make([]wgtypes.Peer, 0, 2)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range runs {
		drain(t, b, peers)
	}
	runtime.ReadMemStats(&after)
	if got := (after.TotalAlloc - before.TotalAlloc) / runs; got > most {
		t.Errorf("decoding a peer with one prefix takes %d bytes, want at most %d", got, most)
	}
}

// TestEncodeAllocations checks that encoding needs one buffer.
func TestEncodeAllocations(t *testing.T) {
	c := wginternal.Normalize(testutil.ConfigOf(large(1000, 10)))
	got := testing.AllocsPerRun(5, func() { wgwindows.AppendSet(make([]byte, 0, wgwindows.SetSize(&c)), &c) })
	if got > 1 {
		t.Errorf("encoding costs %v allocations, want at most 1", got)
	}
}

func BenchmarkDecode(b *testing.B) {
	reply := kerneltest.AppendWindowsReply(nil, large(1000, 10))
	peers := make([]wgtypes.Peer, 0, 1001)
	b.SetBytes(int64(len(reply)))
	b.ReportAllocs()
	for b.Loop() {
		drain(b, reply, peers)
	}
}

func BenchmarkEncode(b *testing.B) {
	c := testutil.ConfigOf(large(1000, 10))
	buf := make([]byte, 0, wgwindows.SetSize(&c))
	b.SetBytes(int64(cap(buf)))
	b.ReportAllocs()
	for b.Loop() {
		wgwindows.AppendSet(buf, &c)
	}
}
