package wgfreebsd_test

import (
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"net/netip"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/internal/kerneltest"
	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wgfreebsd"
	"github.com/wgctrl/wgctrl/internal/wgfreebsd/nvlist"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// decodeReply decodes a reply with all its peers.
func decodeReply(b []byte) (*wgtypes.Device, error) {
	d, err := wgfreebsd.NewDecoder(b)
	if err != nil {
		return nil, err
	}
	dev := d.Device()
	for {
		var p wgtypes.Peer
		err := d.Next(&p)
		if err == io.EOF {
			return &dev, nil
		}
		if err != nil {
			return nil, err
		}
		dev.Peers = append(dev.Peers, p)
	}
}

// largeDevice returns a device with that many peers, each with that many prefixes.
func largeDevice(peers, prefixes int) *wgtypes.Device {
	d := testutil.RandomDevice(rand.New(rand.NewPCG(5, 6)), testutil.RandomOptions{MinPeers: peers})
	for i := range d.Peers {
		p := &d.Peers[i]
		p.Endpoint = netip.MustParseAddrPort("192.0.2.1:51820")
		p.AllowedIPs = nil
		for j := range prefixes {
			n := i*prefixes + j
			p.AllowedIPs = append(p.AllowedIPs, netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(n >> 16), byte(n >> 8), byte(n)}), 32))
		}
	}
	return d
}

// FuzzReplyRoundTrip checks that decoding a reply returns the device, with its allowed
// IPs in the order in which they were added.
func FuzzReplyRoundTrip(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, seed uint64) {
		r := rand.New(rand.NewPCG(seed, 0))
		want := testutil.RandomDevice(r, testutil.RandomOptions{MaxPeers: 8, MaxAllowedIPs: 20})
		want.Name, want.Kind, want.Index = "", 0, 0
		got, err := decodeReply(kerneltest.FreeBSDReply(want, true))
		if err != nil {
			t.Fatalf("decoding a reply for %v = %v, want nil", want, err)
		}
		if diff := cmp.Diff(want, got, equal...); diff != "" {
			t.Errorf("decoded reply (-want +got):\n%s", diff)
		}
		for _, p := range got.Peers {
			if len(p.AllowedIPs) != cap(p.AllowedIPs) {
				t.Errorf("AllowedIPs have the length %d and the capacity %d, want the same", len(p.AllowedIPs), cap(p.AllowedIPs))
			}
		}
	})
}

// TestUnprivilegedReply checks that only the secrets are missing without a privilege.
func TestUnprivilegedReply(t *testing.T) {
	t.Parallel()
	want := testutil.RandomDevice(rand.New(rand.NewPCG(1, 1)), testutil.RandomOptions{MinPeers: 5, MaxAllowedIPs: 3})
	want.PrivateKey = testutil.Key1
	want.PublicKey = want.PrivateKey.PublicKey()
	got, err := decodeReply(kerneltest.FreeBSDReply(want, false))
	if err != nil {
		t.Fatal(err)
	}
	want.Name, want.Kind, want.Index = "", 0, 0
	want.PrivateKey = wgtypes.PrivateKey{}
	for i := range want.Peers {
		want.Peers[i].PresharedKey = wgtypes.PresharedKey{}
	}
	if diff := cmp.Diff(want, got, equal...); diff != "" {
		t.Errorf("decoded reply (-want +got):\n%s", diff)
	}
}

func number(name string, v uint64) []byte { return nvlist.AppendNumber(nil, name, v) }

func data(name string, b ...byte) []byte { return nvlist.AppendBinary(nil, name, b) }

// array returns an array with elements of pairs. after is the number of bytes that
// follow it in the outermost list.
func array(name string, after int, elements ...[]byte) []byte {
	b := nvlist.AppendArray(nil, name, len(elements))
	sizes := after
	for _, e := range slices.Backward(elements) {
		sizes += nvlist.ElementLen + len(e)
	}
	for _, e := range elements {
		b = nvlist.AppendHeader(b, len(b)+sizes)
		b = nvlist.AppendEnd(append(b, e...))
		sizes -= nvlist.ElementLen + len(e)
	}
	return b
}

// packed returns a list of pairs.
func packed(pairs ...[]byte) []byte {
	b := slices.Concat(pairs...)
	return append(nvlist.AppendHeader(nil, nvlist.HeaderLen+len(b)), b...)
}

// endLen is the size of the end of an element.
const endLen = nvlist.ElementLen - nvlist.HeaderLen

// peerReply returns a reply with one peer that has the key 1 and other pairs.
func peerReply(pairs ...[]byte) []byte {
	return packed(array("peers", 0, slices.Concat(data("public-key", make32(1)...), slices.Concat(pairs...))))
}

// allowedReply returns a reply with one peer that has one allowed IP with these pairs.
func allowedReply(pairs ...[]byte) []byte {
	return peerReply(array("allowed-ips", endLen, slices.Concat(pairs...)))
}

func make32(first byte) []byte { return append([]byte{first}, make([]byte, 31)...) }

// TestReplyMalformed checks replies that are valid lists but describe no device.
func TestReplyMalformed(t *testing.T) {
	t.Parallel()
	cidr := func(n uint64) []byte { return number("cidr", n) }
	v4, v6 := data("ipv4", 10, 0, 0, 0), data("ipv6", make([]byte, 16)...)
	for name, b := range map[string][]byte{
		"nothing":                         nil,
		"peer without a key":              packed(array("peers", 0, number("rx-bytes", 1))),
		"peer with a key of 31 bytes":     packed(array("peers", 0, data("public-key", make([]byte, 31)...))),
		"peer with a number as key":       packed(array("peers", 0, number("public-key", 1))),
		"allowed IPs as a number":         peerReply(number("allowed-ips", 1)),
		"allowed IP without an address":   allowedReply(cidr(8)),
		"allowed IP without a mask":       allowedReply(v4),
		"IPv4 mask of 33 bits":            allowedReply(v4, cidr(33)),
		"IPv6 mask of 129 bits":           allowedReply(v6, cidr(129)),
		"mask of 2^64-1 bits":             allowedReply(v6, cidr(1<<64-1)),
		"mask of 2^32+8 bits":             allowedReply(v4, cidr(1<<32+8)),
		"mask as data":                    allowedReply(v4, data("cidr", 8)),
		"IPv4 address of 5 bytes":         allowedReply(data("ipv4", 10, 0, 0, 0, 0), cidr(8)),
		"IPv6 address of 4 bytes":         allowedReply(data("ipv6", 10, 0, 0, 0), cidr(8)),
		"IPv4 address as IPv6 and number": allowedReply(number("ipv4", 10), cidr(8)),
	} {
		if got, err := decodeReply(b); !errors.Is(err, wgfreebsd.ErrMalformed) {
			t.Errorf("%s: decoding the reply = %v, %v, want ErrMalformed", name, got, err)
		}
	}
}

// TestReplyValues checks replies with unusual pairs.
func TestReplyValues(t *testing.T) {
	t.Parallel()
	peer := wgtypes.Peer{PublicKey: wgtypes.PublicKey{1}, ProtocolVersion: 1}
	withPeer := func(change func(p *wgtypes.Peer)) wgtypes.Device {
		p := peer
		change(&p)
		return wgtypes.Device{Peers: []wgtypes.Peer{p}}
	}
	same := withPeer(func(*wgtypes.Peer) {})
	at := func(text string) func(p *wgtypes.Peer) {
		return func(p *wgtypes.Peer) { p.Endpoint = netip.MustParseAddrPort(text) }
	}
	sockaddr4 := []byte{16, 2, 0x12, 0x34, 192, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0}
	sockaddr6 := []byte{28, 28, 0x12, 0x34, 7, 7, 7, 7, 0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 3, 1, 0, 0}
	mapped := slices.Concat(sockaddr6[:8], make([]byte, 10), []byte{0xff, 0xff, 192, 0, 2, 1}, sockaddr6[24:])
	seconds := func(sec, nsec uint64) []byte {
		return data("last-handshake-time", binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(nil, sec), nsec)...)
	}
	for name, test := range map[string]struct {
		reply []byte
		want  wgtypes.Device
	}{
		"unknown pairs":                  {packed(number("jc", 4), array("peers", len(number("s1", 1)), data("public-key", make32(1)...)), number("s1", 1)), same},
		"peers before the device":        {packed(array("peers", len(number("listen-port", 7)), data("public-key", make32(1)...)), number("listen-port", 7)), wgtypes.Device{ListenPort: 7, Peers: same.Peers}},
		"port above 65535":               {packed(number("listen-port", 65536)), wgtypes.Device{}},
		"port as data":                   {packed(data("listen-port", 1, 2)), wgtypes.Device{}},
		"cookie above 2^32-1":            {packed(number("user-cookie", 1<<32)), wgtypes.Device{}},
		"largest cookie":                 {packed(number("user-cookie", 1<<32-1)), wgtypes.Device{FirewallMark: 1<<32 - 1}},
		"public key of 31 bytes":         {packed(data("public-key", make([]byte, 31)...)), wgtypes.Device{}},
		"peers as a number":              {packed(number("peers", 3)), wgtypes.Device{}},
		"keepalive above 65535":          {peerReply(number("persistent-keepalive-interval", 65536)), same},
		"IPv4 endpoint":                  {peerReply(data("endpoint", sockaddr4...)), withPeer(at("192.0.2.1:4660"))},
		"IPv4 endpoint without length":   {peerReply(data("endpoint", append([]byte{0}, sockaddr4[1:]...)...)), withPeer(at("192.0.2.1:4660"))},
		"IPv6 endpoint":                  {peerReply(data("endpoint", sockaddr6...)), withPeer(at("[fe80::1%259]:4660"))},
		"IPv4-mapped endpoint":           {peerReply(data("endpoint", mapped...)), withPeer(at("192.0.2.1:4660"))},
		"IPv6 endpoint of 16 bytes":      {peerReply(data("endpoint", sockaddr6[:16]...)), same},
		"IPv4 endpoint of 15 bytes":      {peerReply(data("endpoint", sockaddr4[:15]...)), same},
		"endpoint with Linux's AF_INET6": {peerReply(data("endpoint", append([]byte{28, 10}, sockaddr6[2:]...)...)), same},
		"endpoint of 1 byte":             {peerReply(data("endpoint", 1)), same},
		"endpoint as a number":           {peerReply(number("endpoint", 1)), same},
		"no handshake":                   {peerReply(seconds(0, 0)), same},
		"handshake":                      {peerReply(seconds(1700000000, 5)), withPeer(func(p *wgtypes.Peer) { p.LastHandshake = time.Unix(1700000000, 5).UTC() })},
		"handshake at a full second":     {peerReply(seconds(1700000000, 0)), withPeer(func(p *wgtypes.Peer) { p.LastHandshake = time.Unix(1700000000, 0).UTC() })},
		"handshake in the first second":  {peerReply(seconds(0, 999999999)), withPeer(func(p *wgtypes.Peer) { p.LastHandshake = time.Unix(0, 999999999).UTC() })},
		"handshake with 10^9 ns":         {peerReply(seconds(1700000000, 1e9)), same},
		"handshake at 2^63 s":            {peerReply(seconds(1<<63, 0)), same},
		"handshake of 8 bytes":           {peerReply(data("last-handshake-time", make([]byte, 8)...)), same},
		"host bits": {
			allowedReply(data("ipv4", 10, 1, 2, 3), number("cidr", 8)),
			withPeer(func(p *wgtypes.Peer) { p.AllowedIPs = testutil.Prefixes("10.0.0.0/8") }),
		},
		"mask of 0 bits": {
			allowedReply(number("cidr", 0), number("new", 0), data("ipv6", make([]byte, 16)...)),
			withPeer(func(p *wgtypes.Peer) { p.AllowedIPs = testutil.Prefixes("::/0") }),
		},
	} {
		got, err := decodeReply(test.reply)
		if err != nil {
			t.Errorf("%s: decoding the reply = %v, want nil", name, err)
			continue
		}
		if diff := cmp.Diff(&test.want, got, equal...); diff != "" {
			t.Errorf("%s: decoded reply (-want +got):\n%s", name, diff)
		}
	}
}

// TestReplyTruncated checks that a reply that is cut at any byte is malformed.
func TestReplyTruncated(t *testing.T) {
	t.Parallel()
	d := testutil.RandomDevice(rand.New(rand.NewPCG(1, 1)), testutil.RandomOptions{MinPeers: 2, MinAllowedIPs: 2})
	b := kerneltest.FreeBSDReply(d, true)
	for n := range b {
		if got, err := decodeReply(b[:n]); !errors.Is(err, wgfreebsd.ErrMalformed) {
			t.Fatalf("decoding %d of %d bytes = %v, %v, want ErrMalformed", n, len(b), got, err)
		}
	}
}

// FuzzReply checks that no reply makes the decoder panic or use much more memory than the
// reply, and that every error is ErrMalformed.
func FuzzReply(f *testing.F) {
	r := rand.New(rand.NewPCG(1, 1))
	d := testutil.RandomDevice(r, testutil.RandomOptions{MinPeers: 2, MinAllowedIPs: 2})
	f.Add(kerneltest.FreeBSDReply(d, true))
	f.Add(kerneltest.FreeBSDReply(d, false))
	f.Add(allowedReply(data("ipv4", 10, 0, 0, 0), number("cidr", 33)))
	f.Fuzz(func(t *testing.T, b []byte) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := decodeReply(b)
		runtime.ReadMemStats(&after)
		if err != nil && !errors.Is(err, wgfreebsd.ErrMalformed) {
			t.Errorf("decoding the reply = %v, want ErrMalformed", err)
		}
		if used, most := after.TotalAlloc-before.TotalAlloc, uint64(64*len(b)+1<<18); used > most {
			t.Errorf("decoding %d bytes used %d bytes of memory, want at most %d", len(b), used, most)
		}
	})
}

// TestDecodeAllocations checks that decoding needs far less than one allocation for each
// peer, and none for each allowed IP.
func TestDecodeAllocations(t *testing.T) {
	for _, size := range []struct{ peers, prefixes, most int }{{1000, 10, 60}, {10, 10000, 60}, {1, 0, 12}} {
		b := kerneltest.FreeBSDReply(largeDevice(size.peers, size.prefixes), true)
		got := testing.AllocsPerRun(5, func() { drain(b) })
		if got > float64(size.most) {
			t.Errorf("%d peers x %d cost %v allocations, want at most %d", size.peers, size.prefixes, got, size.most)
		}
	}
}

// drain decodes all peers and keeps none.
func drain(b []byte) {
	d, err := wgfreebsd.NewDecoder(b)
	for err == nil {
		var p wgtypes.Peer
		err = d.Next(&p)
	}
	if err != io.EOF {
		panic(err)
	}
}

func BenchmarkDecode(b *testing.B) {
	reply := kerneltest.FreeBSDReply(largeDevice(1000, 10), true)
	b.SetBytes(int64(len(reply)))
	b.ReportAllocs()
	for b.Loop() {
		drain(reply)
	}
}

// TestReplyBigEndian checks a reply in the other byte order. The structs in its data have
// that order too.
func TestReplyBigEndian(t *testing.T) {
	t.Parallel()
	pair := func(typ byte, name string, items uint64, data ...byte) []byte {
		b := binary.BigEndian.AppendUint16([]byte{typ}, uint16(len(name)+1))
		b = binary.BigEndian.AppendUint64(b, uint64(len(data)))
		b = binary.BigEndian.AppendUint64(b, items)
		return slices.Concat(b, []byte(name), []byte{0}, data)
	}
	header := func(size int) []byte {
		return binary.BigEndian.AppendUint64([]byte{0x6c, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0}, uint64(size))
	}
	sockaddr := []byte{28, 28, 0x12, 0x34, 0, 0, 0, 0, 0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 3}
	handshake := binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, 1_700_000_000), 5)
	peer := slices.Concat(pair(7, "public-key", 0, make32(1)...), pair(7, "endpoint", 0, sockaddr...),
		pair(7, "last-handshake-time", 0, handshake...), pair(254, "", 0))
	pairs := slices.Concat(pair(3, "listen-port", 0, 0, 0, 0, 0, 0, 0, 0x12, 0x34), pair(11, "peers", 1), header(len(peer)), peer)
	want := &wgtypes.Device{ListenPort: 0x1234, Peers: []wgtypes.Peer{{
		PublicKey: wgtypes.PublicKey{1}, Endpoint: netip.MustParseAddrPort("[fe80::1%259]:4660"),
		LastHandshake: time.Unix(1_700_000_000, 5).UTC(), ProtocolVersion: 1,
	}}}
	got, err := decodeReply(slices.Concat(header(len(pairs)), pairs))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, equal...); diff != "" {
		t.Errorf("decoded reply (-want +got):\n%s", diff)
	}
}
