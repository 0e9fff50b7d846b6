package nlwire_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	"github.com/wgctrl/wgctrl/internal/wglinux/nltest"
	"github.com/wgctrl/wgctrl/internal/wglinux/nlwire"
	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// large returns a device with that many peers, each with that many prefixes.
func large(peers, prefixes int) *wgtypes.Device {
	r := rand.New(rand.NewPCG(5, 6))
	d := wgtest.RandomDevice(r, wgtest.RandomOptions{MinPeers: peers})
	for i := range d.Peers {
		p := &d.Peers[i]
		p.Endpoint = netip.MustParseAddrPort("192.0.2.1:51820")
		p.AllowedIPs = nil
		for j := range prefixes {
			n := i*prefixes + j
			p.AllowedIPs = append(p.AllowedIPs,
				netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(n >> 16), byte(n >> 8), byte(n)}), 32))
		}
		p.AllowedIPs = slices.Clip(p.AllowedIPs)
	}
	return d
}

// dump returns the messages of a device as a kernel sends them, copied.
func dump(d *wgtypes.Device) (messages [][]byte) {
	for b := range nltest.Fragment(d, nlwire.Header{Type: 30}, 32428) {
		messages = append(messages, slices.Clone(b))
	}
	return messages
}

// TestDecodeAllocations checks that decoding needs far less than one allocation for each
// peer, and none for each allowed IP.
func TestDecodeAllocations(t *testing.T) {
	for _, size := range []struct{ peers, prefixes, most int }{
		{1000, 10, 80}, {10, 10000, 10 + 60}, {1, 0, 8},
	} {
		messages := dump(large(size.peers, size.prefixes))
		var peers []wgtypes.Peer
		got := testing.AllocsPerRun(5, func() { peers = drain(messages, peers[:0]) })
		if got > float64(size.most) {
			t.Errorf("%d peers x %d cost %v allocations, want at most %d", size.peers, size.prefixes, got, size.most)
		}
	}
}

// TestWholeAllocations checks that decoding all messages at once needs even fewer
// allocations, because the sizes of lists are known.
func TestWholeAllocations(t *testing.T) {
	for _, size := range []struct{ peers, prefixes, most int }{{1000, 10, 40}, {10, 10000, 40}, {1, 0, 8}} {
		messages := dump(large(size.peers, size.prefixes))
		if got := testing.AllocsPerRun(5, func() { whole(messages) }); got > float64(size.most) {
			t.Errorf("%d peers x %d cost %v allocations, want at most %d", size.peers, size.prefixes, got, size.most)
		}
	}
}

// TestEncodeAllocations checks that encoding allocates nothing but the message.
func TestEncodeAllocations(t *testing.T) {
	c := wgtest.ConfigOf(large(100, 10))
	buf := make([]byte, 0, setSize(c))
	if got := testing.AllocsPerRun(5, func() { nlwire.AppendSet(buf, nlwire.Header{}, 1, &c, 0) }); got != 0 {
		t.Errorf("AppendSet() costs %v allocations, want 0", got)
	}
	many := wgtest.ConfigOf(large(10000, 1))
	if got := testing.AllocsPerRun(5, func() { split(many) }); got > 2 {
		t.Errorf("Split() costs %v allocations, want at most 2", got)
	}
}

func split(c wgtypes.Config) (parts int) {
	for range nlwire.Split(c, nlwire.MaxSet, 0) {
		parts++
	}
	return parts
}

func drain(messages [][]byte, peers []wgtypes.Peer) []wgtypes.Peer {
	var d nlwire.Decoder
	var p wgtypes.Peer
	for _, b := range messages {
		m := nlwire.NewMessages(b)
		for m.Next() {
			if d.Feed(m.Payload) != nil {
				panic("malformed")
			}
			for ; d.Next(&p); p = (wgtypes.Peer{}) {
				peers = append(peers, p)
			}
		}
	}
	if d.End(&p) {
		peers = append(peers, p)
	}
	return peers
}

var sizes = []struct{ peers, prefixes int }{{1000, 10}, {10, 10000}, {10000, 1}}

// whole decodes all messages at once.
func whole(messages [][]byte) []wgtypes.Peer {
	var payloads [][]byte
	for _, b := range messages {
		m := nlwire.NewMessages(b)
		for m.Next() {
			payloads = append(payloads, m.Payload)
		}
	}
	var d nlwire.Decoder
	peers, err := d.Rest(payloads, nil)
	if err != nil {
		panic(err)
	}
	return peers
}

func BenchmarkDecode(b *testing.B) {
	for _, size := range sizes {
		messages := dump(large(size.peers, size.prefixes))
		n := 0
		for _, m := range messages {
			n += len(m)
		}
		for name, decode := range map[string]func(){
			"stream": func() { drain(messages, nil) },
			"whole":  func() { whole(messages) },
		} {
			b.Run(fmt.Sprintf("%s/%dx%d", name, size.peers, size.prefixes), func(b *testing.B) {
				b.SetBytes(int64(n))
				b.ReportAllocs()
				for b.Loop() {
					decode()
				}
			})
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	for _, size := range sizes {
		b.Run(fmt.Sprintf("%dx%d", size.peers, size.prefixes), func(b *testing.B) {
			c := wgtest.ConfigOf(large(size.peers, size.prefixes))
			buf := make([]byte, 0, nlwire.MaxSet)
			b.ReportAllocs()
			for b.Loop() {
				for part := range nlwire.Split(c, nlwire.MaxSet, 0) {
					nlwire.AppendSet(buf, nlwire.Header{}, 1, &part, 0)
				}
			}
		})
	}
}
