package wgfreebsd_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wgfreebsd"
	"github.com/wgctrl/wgctrl/internal/wgfreebsd/nvlist"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// equal are the options to compare values. A nil list equals an empty one.
var equal = []cmp.Option{
	cmpopts.EquateEmpty(),
	cmpopts.EquateComparable(wgtypes.PublicKey{}, netip.AddrPort{}, netip.Prefix{}),
	cmp.Comparer(wgtypes.PrivateKey.Equal), cmp.Comparer(wgtypes.PresharedKey.Equal),
}

// seeds adds seeds of random values to a fuzz target.
func seeds(f *testing.F) {
	for seed := range uint64(50) {
		f.Add(seed)
	}
}

// decodeSet decodes a list of AppendSet.
func decodeSet(b []byte) (c wgtypes.Config, err error) {
	l := nvlist.NewCursor(b)
	for l.Next() {
		n, _ := l.Number()
		switch string(l.Name()) {
		case "listen-port":
			c.ListenPort = new(uint16(n))
		case "private-key":
			c.PrivateKey = new(wgtypes.NewPrivateKey([32]byte(l.Binary())))
		case "user-cookie":
			c.FirewallMark = new(uint32(n))
		case "replace-peers":
			c.ReplacePeers, _ = l.Bool()
		case "peers":
			for l.Element() {
				c.Peers = append(c.Peers, decodeSetPeer(&l))
			}
		default:
			return c, fmt.Errorf("unknown pair %q", l.Name())
		}
	}
	return c, l.Err()
}

func decodeSetPeer(l *nvlist.Cursor) (p wgtypes.PeerConfig) {
	for l.Next() {
		n, _ := l.Number()
		switch string(l.Name()) {
		case "public-key":
			p.PublicKey = [32]byte(l.Binary())
		case "remove":
			p.Remove, _ = l.Bool()
		case "replace-allowedips":
			p.ReplaceAllowedIPs, _ = l.Bool()
		case "preshared-key":
			p.PresharedKey = new(wgtypes.NewPresharedKey([32]byte(l.Binary())))
		case "endpoint":
			p.Endpoint = decodeSockaddr(l.Binary())
		case "persistent-keepalive-interval":
			p.PersistentKeepalive = new(time.Duration(n) * time.Second)
		case "allowed-ips":
			for l.Element() {
				decodeSetAllowed(l, &p)
			}
		default:
			panic(fmt.Sprintf("unknown pair %q of a peer", l.Name()))
		}
	}
	return p
}

func decodeSockaddr(s []byte) netip.AddrPort {
	port := binary.BigEndian.Uint16(s[2:])
	if s[0] == 16 && s[1] == 2 && len(s) == 16 {
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(s[4:])), port)
	}
	if s[0] != 28 || s[1] != 28 || len(s) != 28 {
		panic(fmt.Sprintf("socket address %x", s))
	}
	addr := netip.AddrFrom16([16]byte(s[8:]))
	if scope := binary.LittleEndian.Uint32(s[24:]); scope != 0 {
		addr = addr.WithZone(strconv.Itoa(int(scope)))
	}
	return netip.AddrPortFrom(addr, port)
}

func decodeSetAllowed(l *nvlist.Cursor, p *wgtypes.PeerConfig) {
	var addr netip.Addr
	var bits, flags uint64
	for l.Next() {
		switch string(l.Name()) {
		case "ipv4", "ipv6":
			addr, _ = netip.AddrFromSlice(l.Binary())
		case "cidr":
			bits, _ = l.Number()
		case "flags":
			flags, _ = l.Number()
		default:
			panic(fmt.Sprintf("unknown pair %q of an allowed IP", l.Name()))
		}
	}
	if prefix := netip.PrefixFrom(addr, int(bits)); flags == 1 {
		p.RemoveAllowedIPs = append(p.RemoveAllowedIPs, prefix)
	} else {
		p.AllowedIPs = append(p.AllowedIPs, prefix)
	}
}

// FuzzSetRoundTrip checks that decoding an encoded change returns the change, and that
// SetLen returns its size.
func FuzzSetRoundTrip(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, seed uint64) {
		r := rand.New(rand.NewPCG(seed, 0))
		want := testutil.RandomConfig(r, nil, testutil.RandomOptions{MaxPeers: 8, MaxAllowedIPs: 20})
		for i := range want.Peers {
			want.Peers[i].UpdateOnly = false
		}
		b := wgfreebsd.AppendSet(nil, &want)
		if n := wgfreebsd.SetLen(&want); n != len(b) {
			t.Errorf("SetLen(%v) = %d, want %d", want, n, len(b))
		}
		got, err := decodeSet(b)
		if err != nil {
			t.Fatalf("list of AppendSet(%v) = %v, want nil", want, err)
		}
		if diff := cmp.Diff(want, got, equal...); diff != "" {
			t.Errorf("decoded change (-want +got):\n%s", diff)
		}
	})
}

// vectors returns the lists that libnv packed, by name.
func vectors(t *testing.T) map[string][]byte {
	t.Helper()
	text, err := os.ReadFile("nvlist/testdata/libnv.txt")
	if err != nil {
		t.Fatal(err)
	}
	lists := make(map[string][]byte)
	name := ""
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(line)
		if len(words) == 2 {
			name = words[0]
		}
		if len(words) == 1 {
			b, err := hex.DecodeString(words[0])
			if err != nil {
				t.Fatal(err)
			}
			lists[name] = append(lists[name], b...)
		}
	}
	return lists
}

// TestSetVectors compares AppendSet with lists that libnv packed. In the last vector the
// order of two elements differs: AppendSet removes prefixes before it adds some.
func TestSetVectors(t *testing.T) {
	t.Parallel()
	lists := vectors(t)
	for name, c := range map[string]wgtypes.Config{
		"empty":        {},
		"port+replace": {ListenPort: new(uint16(51820)), ReplacePeers: true},
	} {
		if got, want := wgfreebsd.AppendSet(nil, &c), lists[name]; !bytes.Equal(got, want) {
			t.Errorf("AppendSet(%s) = %x, want %x", name, got, want)
		}
	}
	key := func(first byte) (k [32]byte) {
		for i := range k {
			k[i] = byte(i)
		}
		k[0] = first
		return k
	}
	want := wgtypes.Config{PrivateKey: new(wgtypes.NewPrivateKey(key(0)))}
	for first := byte(100); first < 102; first++ {
		want.Peers = append(want.Peers, wgtypes.PeerConfig{
			PublicKey: key(first), AllowedIPs: testutil.Prefixes("10.0.0.0/8"), RemoveAllowedIPs: testutil.Prefixes("10.0.0.0/8"),
		})
	}
	got, err := decodeSet(lists["2peers2aips"])
	if diff := cmp.Diff(want, got, equal...); err != nil || diff != "" {
		t.Errorf("decoded vector: %v (-want +got):\n%s", err, diff)
	}
	if got, want := wgfreebsd.SetLen(&want), len(lists["2peers2aips"]); got != want {
		t.Errorf("SetLen() = %d, want %d", got, want)
	}
}

// TestSetDoesNotGrow checks that encoding allocates nothing if the buffer is large
// enough: a copy that stays behind would hold keys.
func TestSetDoesNotGrow(t *testing.T) {
	c := testutil.ConfigOf(largeDevice(100, 10))
	buf := make([]byte, 0, wgfreebsd.SetLen(&c))
	if got := testing.AllocsPerRun(5, func() { wgfreebsd.AppendSet(buf, &c) }); got != 0 {
		t.Errorf("AppendSet() costs %v allocations, want 0", got)
	}
}

func BenchmarkEncode(b *testing.B) {
	c := testutil.ConfigOf(largeDevice(1000, 10))
	b.SetBytes(int64(wgfreebsd.SetLen(&c)))
	b.ReportAllocs()
	for b.Loop() {
		wgfreebsd.AppendSet(make([]byte, 0, wgfreebsd.SetLen(&c)), &c)
	}
}
