package wginternal_test

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// FuzzDiffMatching checks that Diff returns the same whether it compares only the
// peers that do not match or all of them. It compares all of them if an element
// without an effect has their prefixes.
func FuzzDiffMatching(f *testing.F) {
	for seed := range uint64(1000) {
		f.Add(seed, seed, seed%2 == 0)
	}
	f.Fuzz(func(t *testing.T, seed1, seed2 uint64, unnormalized bool) {
		have, c := random(seed1, seed2, unnormalized)
		r := rand.New(rand.NewPCG(seed2, seed1))
		want := nearly(r, have, c)
		var keep func(wgtypes.Peer) bool
		if r.IntN(2) == 0 {
			keep = func(p wgtypes.Peer) bool { return p.PublicKey[0]%2 == 0 }
		}
		all := want
		all.Peers = append(slices.Clone(want.Peers), withoutEffect(have))
		if diff := cmp.Diff(wginternal.Diff(have, all, keep), wginternal.Diff(have, want, keep), values); diff != "" {
			t.Errorf("Diff() without the peers that match differs (-want +got):\n%s\nof %+v\nto %+v", diff, want, have)
		}
	})
}

// nearly returns the description of d with some elements removed, moved, changed, or
// replaced or followed by those of c.
func nearly(r *rand.Rand, d *wgtypes.Device, c wgtypes.Config) wgtypes.Config {
	want := describe(d)
	want.ReplacePeers = r.IntN(3) > 0
	if r.IntN(4) == 0 {
		want.PrivateKey = c.PrivateKey
	}
	for range r.IntN(4) {
		n := len(want.Peers)
		if n == 0 {
			break
		}
		i, j := r.IntN(n), r.IntN(n)
		p := &want.Peers[i]
		switch r.IntN(8) {
		case 0:
			want.Peers = slices.Delete(want.Peers, i, i+1)
		case 1:
			want.Peers[i], want.Peers[j] = want.Peers[j], want.Peers[i]
		case 2:
			if len(c.Peers) > 0 {
				want.Peers[i] = c.Peers[r.IntN(len(c.Peers))]
			}
		case 3:
			want.Peers = append(want.Peers, c.Peers...)
		case 4:
			p.AllowedIPs = append(slices.Clone(p.AllowedIPs), want.Peers[j].AllowedIPs...)
		case 5:
			p.AllowedIPs = slices.Clone(p.AllowedIPs)
			slices.Reverse(p.AllowedIPs)
		case 6:
			p.PersistentKeepalive = new(time.Duration(r.IntN(3)) * time.Second)
		case 7:
			p.Endpoint = netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(j)}), 51820)
			p.PresharedKey = new(wgtypes.NewPresharedKey([wgtypes.KeyLen]byte{byte(j)}))
		}
	}
	return want
}

// withoutEffect returns a change of a peer that d does not have, with the prefixes of
// all peers of d.
func withoutEffect(d *wgtypes.Device) wgtypes.PeerConfig {
	c := wgtypes.PeerConfig{PublicKey: wgtypes.PublicKey{0xff, 31: 0xff}, UpdateOnly: true}
	for i := range d.Peers {
		c.AllowedIPs = append(c.AllowedIPs, d.Peers[i].AllowedIPs...)
	}
	return c
}

// TestDiffMatching checks peers that match although the lists differ in their order,
// and peers that match but lose a prefix.
func TestDiffMatching(t *testing.T) {
	t.Parallel()
	have := device(busy(keyA, "10.0.0.0/8", "fd00::/8"), busy(keyB, "10.0.0.0/9"), peer(keyC))
	a, b, c := exactly(keyA, "fd00::/8", "10.0.0.0/8"), exactly(keyB, "10.0.0.0/9"), exactly(keyC)
	twice := device(peer(keyA, "10.0.0.0/8"), peer(keyB, "10.0.0.0/8"))
	ofA, ofB := exactly(keyA, "10.0.0.0/8"), exactly(keyB, "10.0.0.0/8")
	to30 := a
	to30.PersistentKeepalive, to30.PersistentKeepaliveMax = new(25*time.Second), 30*time.Second
	secret := a
	secret.PresharedKey = &psk2
	sameKey := device(busy(keyA, "10.0.0.0/8", "fd00::/8"), busy(keyA, "10.0.0.0/8", "fd00::/8"))
	sameKey.Peers[1].PresharedKey = psk2
	for _, tt := range []diffTest{
		{"all peers match", have, replaceAll(a, b, c), change()},
		{"all peers match in another order", have, replaceAll(c, a, b), change()},
		{"all but one match", have, replaceAll(c, a, allow(keyB, "10.0.0.0/10")), change(moved(keyB, prefixes("10.0.0.0/10"), nil))},
		{"a new peer takes a prefix", have, replaceAll(a, b, c, allow(key1, "fd00::/8")), change(allow(key1, "fd00::/8"))},
		{"a new peer does not keep a prefix", have, replaceAll(allow(key1, "fd00::/8"), a, b, c), change(wgtypes.PeerConfig{PublicKey: key1})},
		{"a prefix of two peers", twice, replaceAll(ofA, ofB), change()},
		{"a prefix of two peers in another order", twice, replaceAll(ofB, ofA), change(moved(keyA, prefixes("10.0.0.0/8"), nil))},
		{"a prefix of two peers of which one is removed", twice, replaceAll(ofA), change(moved(keyA, prefixes("10.0.0.0/8"), nil), drop(keyB))},
		{"only the upper end of a keepalive differs", have, replaceAll(to30, b, c), update(keyA, func(p *wgtypes.PeerConfig) {
			p.PersistentKeepalive, p.PersistentKeepaliveMax = new(25*time.Second), 30*time.Second
		})},
		{"the last of two peers with one key matches", sameKey, replaceAll(secret, a), change()},
		{"a second element changes a peer", have, replaceAll(a, b, c, allow(keyC, "::/0")), change(moved(keyC, prefixes("::/0"), nil))},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.diff, wginternal.Diff(tt.have, tt.want, nil), values); diff != "" {
				t.Errorf("Diff() (-want +got):\n%s", diff)
			}
		})
	}
}

// TestDiffMatchingAllocations checks that peers that match cost nothing in their order,
// and only an index in another order. The prefixes of peers that match cost nothing if
// other settings differ.
func TestDiffMatchingAllocations(t *testing.T) {
	have := withKey(device(), private1)
	for i := range 1000 {
		have.Peers = append(have.Peers, busy(wgtypes.PublicKey{1, byte(i >> 8), byte(i)}, "10.0.0.0/8"))
		have.Peers[i].AllowedIPs[0] = netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), 32)
	}
	want := describe(have)
	backward := want
	backward.Peers = slices.Clone(want.Peers)
	slices.Reverse(backward.Peers)
	slower := want
	slower.Peers = slices.Clone(want.Peers)
	for i := range slower.Peers {
		slower.Peers[i].PersistentKeepalive = new(50 * time.Second)
	}
	for _, test := range []struct {
		name string
		want wgtypes.Config
		max  float64
	}{{"the same order", want, 20}, {"another order", backward, 100}, {"the same order except for the keepalive", slower, 4000}} {
		if n := testing.AllocsPerRun(5, func() { wginternal.Diff(have, test.want, nil) }); n > test.max {
			t.Errorf("Diff() with 1000 peers that match in %s costs %v allocations, want at most %v", test.name, n, test.max)
		}
	}
}
