package nlwire_test

import (
	"math/rand/v2"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wglinux/nltest"
	"github.com/wgctrl/wgctrl/internal/wglinux/nlwire"
	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// equal are the options to compare values. A nil list equals an empty one.
var equal = []cmp.Option{
	cmpopts.EquateEmpty(),
	cmpopts.EquateComparable(wgtypes.PublicKey{}),
	cmp.Comparer(func(a, b wgtypes.PrivateKey) bool { return a.Equal(b) }),
	cmp.Comparer(func(a, b wgtypes.PresharedKey) bool { return a.Equal(b) }),
	cmp.Comparer(func(a, b wgtypes.HeaderProtectionKey) bool { return a.Equal(b) }),
	cmpopts.EquateComparable(netip.AddrPort{}, netip.Prefix{}),
}

// size returns options for random values: mostly small, sometimes several messages.
func size(r *rand.Rand) wgtest.RandomOptions {
	if r.IntN(8) == 0 {
		return wgtest.RandomOptions{MaxPeers: 40, MaxAllowedIPs: 400, Collisions: 0.2}
	}
	return wgtest.RandomOptions{MaxPeers: 8, MaxAllowedIPs: 20, Collisions: 0.5}
}

// seeded runs check with random values as a fuzz target.
func seeded(f *testing.F, check func(t *testing.T, r *rand.Rand, limit int)) {
	for seed := range uint64(50) {
		f.Add(seed, uint16(seed*321))
	}
	f.Fuzz(func(t *testing.T, seed uint64, limit uint16) {
		check(t, rand.New(rand.NewPCG(seed, 0)), int(limit))
	})
}

// payload returns the header and the payload of the only message in b.
func payload(t *testing.T, b []byte) (nlwire.Header, []byte) {
	t.Helper()
	m := nlwire.NewMessages(b)
	if !m.Next() {
		t.Fatalf("Next() = false, %v, want one message", m.Err())
	}
	h, p := m.Header, m.Payload
	if m.Next() || m.Err() != nil {
		t.Fatalf("payload of %x: more than one message or the error %v, want one message", b, m.Err())
	}
	return h, p
}

// FuzzSetRoundTrip checks that decoding an encoded set gives the same Config.
func FuzzSetRoundTrip(f *testing.F) {
	seeded(f, func(t *testing.T, r *rand.Rand, _ int) {
		c := wgtest.RandomConfig(r, nil, wgtest.RandomOptions{MaxPeers: 8, MaxAllowedIPs: 20})
		b := nlwire.AppendSet(nil, nlwire.Header{Type: 30, Seq: 7, PID: 9}, 5, &c, 0)
		h, p := payload(t, b)
		if h.Type != 30 || h.Seq != 7 || h.PID != 9 {
			t.Fatalf("header = %+v, want type 30, sequence number 7, port 9", h)
		}
		got, err := nltest.DecodeRequest(p)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(nltest.Request{Set: true, Index: 5, Config: c}, got, equal...); diff != "" {
			t.Errorf("DecodeRequest() (-want +got):\n%s", diff)
		}
	})
}

// FuzzSplit checks that applying the parts in order equals applying the whole, that each
// part has the reported size and keeps the limit, and that only the first one has the
// device's own attributes.
func FuzzSplit(f *testing.F) {
	seeded(f, func(t *testing.T, r *rand.Rand, limit int) {
		have := wgtest.RandomDevice(r, wgtest.RandomOptions{MaxPeers: 8, MaxAllowedIPs: 20, Collisions: 0.5})
		c := wgtest.RandomConfig(r, have, size(r))
		want := wginternal.Apply(have, c)

		got, parts := have, 0
		for part, size := range nlwire.Split(c, limit, 0) {
			if n := setSize(part); n != size || n > max(limit, 512) {
				t.Fatalf("a part has %d bytes, want %d and at most %d", n, size, max(limit, 512))
			}
			if parts > 0 && (part.PrivateKey != nil || part.ListenPort != nil || part.FirewallMark != nil || part.ReplacePeers) {
				t.Fatalf("part %d = %+v, want no settings of the device", parts, part)
			}
			got = wginternal.Apply(got, part)
			parts++
		}
		if parts == 0 {
			t.Fatalf("Split() gives %d parts, want at least 1", parts)
		}
		if diff := cmp.Diff(want, got, equal...); diff != "" {
			t.Errorf("effect of all parts (-want +got):\n%s", diff)
		}
	})
}

// setSize returns the size of the message for c.
func setSize(c wgtypes.Config) int { return len(nlwire.AppendSet(nil, nlwire.Header{}, 1, &c, 0)) }

// TestSplitAtEveryBoundary splits one Config with every limit, so that each attribute and
// each prefix is the first that does not fit, in turn.
func TestSplitAtEveryBoundary(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	have := wgtest.RandomDevice(r, wgtest.RandomOptions{MinPeers: 3})
	c := wgtest.RandomConfig(r, have, wgtest.RandomOptions{MinPeers: 6, MinAllowedIPs: 12, Collisions: 0.3})
	want := wginternal.Apply(have, c)
	whole := setSize(c)
	for limit := range whole + 8 {
		got, parts := have, 0
		for part, size := range nlwire.Split(c, limit, 0) {
			if n := setSize(part); n != size {
				t.Fatalf("limit %d: a part has %d bytes, want %d", limit, n, size)
			}
			got = wginternal.Apply(got, part)
			parts++
		}
		if reflect.DeepEqual(want, got) {
			// cmp would find no difference either, at ten times the cost.
		} else if diff := cmp.Diff(want, got, equal...); diff != "" {
			t.Fatalf("limit %d: effect of all parts (-want +got):\n%s", limit, diff)
		}
		if (parts == 1) != (limit >= whole) {
			t.Fatalf("%d bytes in %d parts, want 1 part: %t, with the limit %d", whole, parts, limit >= whole, limit)
		}
	}
}

// TestSplitMaximum checks that no message exceeds MaxSet, whatever the limit: the length
// of the list of peers has 16 bits.
func TestSplitMaximum(t *testing.T) {
	t.Parallel()
	c := wgtest.ConfigOf(large(3000, 1))
	c.Peers[7].AllowedIPs = nil
	for i := range 4000 {
		c.Peers[7].AllowedIPs = append(c.Peers[7].AllowedIPs, netip.PrefixFrom(netip.AddrFrom4([4]byte{11, 0, byte(i >> 8), byte(i)}), 32))
	}
	c.Peers[8].RemoveAllowedIPs = c.Peers[7].AllowedIPs
	keys := make([]wgtypes.PublicKey, len(c.Peers))
	for i := range c.Peers {
		keys[i] = c.Peers[i].PublicKey
	}
	n, full := 0, 0
	for part, size := range nlwire.Split(c, 1<<20, 0) {
		if size > nlwire.MaxSet || nlwire.MaxSet > 1<<16 || size != setSize(part) {
			t.Fatalf("part with %d bytes, encoded %d, want the same and at most %d", size, setSize(part), nlwire.MaxSet)
		}
		for _, p := range part.Peers {
			if cap(p.AllowedIPs) != len(p.AllowedIPs) || len(p.RemoveAllowedIPs) > 0 && cap(p.RemoveAllowedIPs) != len(p.RemoveAllowedIPs) {
				t.Fatalf("allowed IPs of a part have room for more: a caller that appends would overwrite the next part")
			}
		}
		_ = append(part.Peers, wgtypes.PeerConfig{}) // must not overwrite c
		if size > nlwire.MaxSet-1000 {
			full++
		}
		n += len(part.Peers)
	}
	for i := range c.Peers {
		if c.Peers[i].PublicKey != keys[i] {
			t.Errorf("peer %d was overwritten by an append to a part", i)
		}
	}
	if n < 3000 || full < 3 {
		t.Errorf("the parts have %d peers, %d parts are full; want at least 3000 and 3", n, full)
	}
}

// TestSplitFillsParts checks that a part of a peer is added to a message if it fits
// exactly, and that the rest has no room for another prefix.
func TestSplitFillsParts(t *testing.T) {
	t.Parallel()
	const prefix = 28 // bytes of an IPv4 prefix
	peer := func(key byte, prefixes int) wgtypes.PeerConfig {
		p := wgtypes.PeerConfig{PublicKey: wgtypes.PublicKey{key}}
		for i := range prefixes {
			p.AllowedIPs = append(p.AllowedIPs, netip.PrefixFrom(netip.AddrFrom4([4]byte{10, key, byte(i >> 8), byte(i)}), 32))
		}
		return p
	}
	config := func(peers ...wgtypes.PeerConfig) wgtypes.Config { return wgtypes.Config{Peers: peers} }
	// The smallest part of a peer is its head, and an IPv6 prefix to remove.
	six := peer(2, 0)
	six.RemoveAllowedIPs = []netip.Prefix{netip.MustParsePrefix("fd00::/8")}
	for name, test := range map[string]struct{ whole, first wgtypes.Config }{
		"prefixes of a peer":   {config(peer(1, 100)), config(peer(1, 40))},
		"smallest second part": {config(peer(1, 40), peer(2, 100)), config(peer(1, 40), six)},
	} {
		limit := setSize(test.first)
		for part, size := range nlwire.Split(test.whole, limit, 0) {
			if free := limit - size; free < 0 || free >= prefix {
				t.Errorf("%s: the first part has %d bytes, want more than %d and at most %d", name, size, limit-prefix, limit)
			}
			if len(part.Peers) != len(test.first.Peers) {
				t.Errorf("%s: the first part has %d peers, want %d", name, len(part.Peers), len(test.first.Peers))
			}
			break
		}
	}
}

// TestMinSet checks that the limit of Split is raised for long texts of AmneziaWG.
func TestMinSet(t *testing.T) {
	t.Parallel()
	c := wgtypes.Config{
		ListenPort: new(uint16(1)),
		Amnezia:    &wgtypes.AmneziaConfig{I1: new(strings.Repeat("<r 1000>", 500))},
		Peers:      []wgtypes.PeerConfig{{PublicKey: wgtypes.PublicKey{1}, AllowedIPs: []netip.Prefix{netip.MustParsePrefix("fd00::/8")}}},
	}
	if got, want := len(nlwire.AppendSet(nil, nlwire.Header{}, 1, &c, wgtypes.AmneziaV20)), nlwire.MinSet(&c, wgtypes.AmneziaV20); got > want || got < 4000 {
		t.Errorf("the message has %d bytes, want 4000 to %d", got, want)
	}
	parts := 0
	for range nlwire.Split(c, 0, wgtypes.AmneziaV20) {
		parts++
	}
	if parts != 1 {
		t.Errorf("Split(limit 0) returned %d parts, want 1", parts)
	}
}

// TestRemovalsFirst checks that a peer's prefixes are removed before others are added, so
// that the order has no effect on what the peer has in the end.
func TestRemovalsFirst(t *testing.T) {
	t.Parallel()
	c := wgtypes.Config{Peers: []wgtypes.PeerConfig{{
		PublicKey:        wgtypes.PublicKey{1},
		AllowedIPs:       []netip.Prefix{netip.MustParsePrefix("10.0.0.1/32"), netip.MustParsePrefix("2001:db8::/32")},
		RemoveAllowedIPs: []netip.Prefix{netip.MustParsePrefix("10.0.0.2/32"), netip.MustParsePrefix("10.0.0.1/32")},
	}}}
	const genl, flags = 4, 4
	_, p := payload(t, nlwire.AppendSet(nil, nlwire.Header{}, 5, &c, 0))
	peer := parseNodes(t, p[genl:], "device")[1].children[0]
	var removals []bool
	for _, prefix := range peer.children[len(peer.children)-1].children {
		removals = append(removals, slices.ContainsFunc(prefix.children, func(a *node) bool { return a.typ == flags }))
	}
	if want := []bool{true, true, false, false}; !slices.Equal(removals, want) {
		t.Errorf("prefixes that are removed: %v, want %v", removals, want)
	}
}

// TestSplitKeepsPeersWhole checks that peers that fit in a message are not split.
func TestSplitKeepsPeersWhole(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	c := wgtest.RandomConfig(r, nil, wgtest.RandomOptions{MinPeers: 50, MinAllowedIPs: 30})
	n := 0
	for part := range nlwire.Split(c, 8192, 0) {
		n += len(part.Peers)
	}
	if n != len(c.Peers) {
		t.Errorf("the parts have %d peers, want %d", n, len(c.Peers))
	}
}

// FuzzFragment checks that decoding the fragments of a device gives the same device, for
// every limit.
func FuzzFragment(f *testing.F) {
	seeded(f, func(t *testing.T, r *rand.Rand, limit int) {
		want := wgtest.RandomDevice(r, size(r))
		want.Kind, want.Index = wgtypes.KindUnknown, 1+r.IntN(1000)
		got, _ := decode(t, nltest.Fragment(want, nlwire.Header{Type: 30}, limit))
		if diff := cmp.Diff(want, got, equal...); diff != "" {
			t.Errorf("decoding the fragments (-want +got):\n%s", diff)
		}
		for _, p := range got.Peers {
			if cap(p.AllowedIPs) != len(p.AllowedIPs) {
				t.Fatalf("capacity of %v = %d, want %d", p.AllowedIPs, cap(p.AllowedIPs), len(p.AllowedIPs))
			}
		}
	})
}

// decode decodes messages as a client does, and counts them. Each message overwrites the
// previous one, as in a receive buffer.
func decode(t testing.TB, messages func(func([]byte) bool)) (*wgtypes.Device, int) {
	t.Helper()
	var d nlwire.Decoder
	var p wgtypes.Peer
	var peers []wgtypes.Peer
	count := 0
	buf := make([]byte, 1<<16)
	for b := range messages {
		count++
		m := nlwire.NewMessages(buf[:copy(buf, b)])
		for m.Next() {
			if err := d.Feed(m.Payload); err != nil {
				t.Fatal(err)
			}
			for ; d.Next(&p); p = (wgtypes.Peer{}) {
				peers = append(peers, p)
			}
		}
		if d.Err() != nil || m.Err() != nil {
			t.Fatalf("Decoder.Err() = %v, Messages.Err() = %v, want nil", d.Err(), m.Err())
		}
	}
	if d.End(&p) {
		peers = append(peers, p)
	}
	dev := d.Device()
	dev.Peers = peers
	return &dev, count
}
