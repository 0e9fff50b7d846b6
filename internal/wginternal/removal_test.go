package wginternal_test

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// dummy is a key that no peer has.
var dummy = wgtypes.PublicKey{0xd, 0xd}

func TestSplitRemovals(t *testing.T) {
	t.Parallel()
	gone := func(key wgtypes.PublicKey, texts ...string) wgtypes.PeerConfig {
		return wgtypes.PeerConfig{PublicKey: key, UpdateOnly: true, RemoveAllowedIPs: prefixes(texts...)}
	}
	remove := func(key wgtypes.PublicKey, texts ...string) wgtypes.PeerConfig {
		return wgtypes.PeerConfig{PublicKey: key, RemoveAllowedIPs: prefixes(texts...)}
	}
	add := func(key wgtypes.PublicKey, texts ...string) wgtypes.PeerConfig {
		return wgtypes.PeerConfig{PublicKey: key, AllowedIPs: prefixes(texts...)}
	}
	both := remove(keyA, "10.0.0.0/8")
	both.AllowedIPs, both.PresharedKey, both.Endpoint = prefixes("fd00::/8"), &psk1, endpoint1
	without := both
	without.RemoveAllowedIPs = nil
	replace := wgtypes.PeerConfig{PublicKey: keyA, ReplaceAllowedIPs: true}
	drop := wgtypes.PeerConfig{PublicKey: keyA, Remove: true}
	bare := wgtypes.PeerConfig{PublicKey: keyA}
	tests := map[string]struct{ in, rest, removals wgtypes.Config }{
		"empty":                     {},
		"no removals":               {change(add(keyA, "10.0.0.0/8"), drop), change(add(keyA, "10.0.0.0/8"), drop), change()},
		"a removal":                 {change(remove(keyA, "10.0.0.0/8")), change(bare), change(gone(keyA, "10.0.0.0/8"))},
		"beside settings":           {change(both), change(without), change(gone(keyA, "10.0.0.0/8"))},
		"nothing else":              {change(gone(keyA, "10.0.0.0/8")), change(), change(gone(keyA, "10.0.0.0/8"))},
		"added again later":         {change(remove(keyA, "10.0.0.0/8", "::/0"), add(keyA, "10.0.0.0/8")), change(bare, add(keyA, "10.0.0.0/8")), change(gone(keyA, "::/0"))},
		"all added again later":     {change(remove(keyA, "::/0"), add(keyA, "::/0")), change(bare, add(keyA, "::/0")), change()},
		"added before":              {change(add(keyA, "::/0"), remove(keyA, "::/0")), change(add(keyA, "::/0"), bare), change(gone(keyA, "::/0"))},
		"added later to another":    {change(remove(keyA, "::/0"), add(keyB, "::/0")), change(bare, add(keyB, "::/0")), change(gone(keyA, "::/0"))},
		"replaced later":            {change(remove(keyA, "::/0"), replace), change(bare, replace), change()},
		"replaced before":           {change(replace, remove(keyA, "::/0")), change(replace, bare), change(gone(keyA, "::/0"))},
		"peer removed later":        {change(remove(keyA, "::/0"), drop), change(bare, drop), change()},
		"peer removed before":       {change(drop, remove(keyA, "::/0")), change(drop, bare), change(gone(keyA, "::/0"))},
		"settings of the device":    {wgtypes.Config{PrivateKey: &private1, ReplacePeers: true}, wgtypes.Config{PrivateKey: &private1, ReplacePeers: true}, change()},
		"two removals of the same":  {change(remove(keyA, "::/0"), remove(keyA, "::/0")), change(bare, bare), change(gone(keyA, "::/0"), gone(keyA, "::/0"))},
		"removed, added, removed":   {change(remove(keyA, "::/0"), add(keyA, "::/0"), remove(keyA, "::/0")), change(bare, add(keyA, "::/0"), bare), change(gone(keyA, "::/0"))},
		"removals of several peers": {change(remove(keyA, "::/0"), remove(keyB, "::/0")), change(bare, wgtypes.PeerConfig{PublicKey: keyB}), change(gone(keyA, "::/0"), gone(keyB, "::/0"))},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rest, removals := wginternal.SplitRemovals(tt.in)
			if diff := cmp.Diff(tt.rest, rest, values); diff != "" {
				t.Errorf("rest (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.removals, removals, values); diff != "" {
				t.Errorf("removals (-want +got):\n%s", diff)
			}
		})
	}
}

// FuzzRemovals states that the ways round the removal of single prefixes do
// what the removal does.
func FuzzRemovals(f *testing.F) {
	for seed := range uint64(300) {
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, seed1, seed2 uint64) {
		d, c := random(seed1, seed2, false)
		_, same := random(seed1, seed2, false)
		rest, removals := wginternal.SplitRemovals(c)
		if diff := cmp.Diff(same, c, values); diff != "" {
			t.Fatalf("SplitRemovals changed the configuration:\n%s", diff)
		}
		checkParts(t, rest, removals)
		want := wginternal.Apply(d, c)
		between := wginternal.Apply(d, rest)
		if diff := cmp.Diff(want, wginternal.Apply(between, removals), values); diff != "" {
			t.Fatalf("applying rest and removals (-want +got):\n%s\nof %+v\nto %+v", diff, c, d)
		}
		checkMoveAway(t, between, want, removals)
	})
}

func checkParts(t *testing.T, rest, removals wgtypes.Config) {
	t.Helper()
	for _, p := range rest.Peers {
		if len(p.RemoveAllowedIPs) > 0 {
			t.Errorf("rest has a removal: %+v", p)
		}
	}
	for _, p := range removals.Peers {
		alone := wgtypes.PeerConfig{PublicKey: p.PublicKey, UpdateOnly: true, RemoveAllowedIPs: p.RemoveAllowedIPs}
		if len(p.RemoveAllowedIPs) == 0 || !cmp.Equal(alone, p, values) {
			t.Errorf("removals has something else: %+v", p)
		}
	}
	for _, c := range []wgtypes.Config{rest, removals} {
		if err := c.Validate(); err != nil {
			t.Error(err)
		}
	}
}

// checkMoveAway states that what Owned found and MoveAway moved is what the
// removals name, and that in no step a peer loses another prefix.
func checkMoveAway(t *testing.T, have, want *wgtypes.Device, removals wgtypes.Config) {
	t.Helper()
	owned := wginternal.Owned(have, removals)
	moved := make(map[netip.Prefix]bool)
	for _, p := range owned {
		if moved[p] {
			t.Errorf("%v is owned twice", p)
		}
		moved[p] = true
	}
	got := have
	for _, request := range wginternal.MoveAway(owned, dummy) {
		if err := request.Validate(); err != nil {
			t.Error(err)
		}
		// Every element is a step of its own, since packets flow in between.
		for _, p := range request.Peers {
			before := got
			got = wginternal.Apply(got, change(p))
			losesOnly(t, before, got, moved)
		}
	}
	if diff := cmp.Diff(want, got, values); diff != "" {
		t.Errorf("moving away (-want +got):\n%s\nof %+v\nfrom %+v", diff, owned, have)
	}
}

func losesOnly(t *testing.T, before, after *wgtypes.Device, moved map[netip.Prefix]bool) {
	t.Helper()
	has := make(map[wgtypes.PublicKey][]netip.Prefix)
	for _, p := range after.Peers {
		has[p.PublicKey] = p.AllowedIPs
	}
	for _, p := range before.Peers {
		for _, prefix := range p.AllowedIPs {
			if !slices.Contains(has[p.PublicKey], prefix) && !moved[prefix] {
				t.Errorf("peer %v lost %v", p.PublicKey, prefix)
			}
		}
	}
}

func TestOwned(t *testing.T) {
	t.Parallel()
	d := device(peer(keyA, "10.0.0.0/8", "fd00::/8"), peer(keyB, "192.0.2.0/24"))
	removals := change(
		wgtypes.PeerConfig{PublicKey: keyA, UpdateOnly: true, RemoveAllowedIPs: prefixes("192.0.2.0/24", "10.0.0.0/9", "fd00::/8")},
		wgtypes.PeerConfig{PublicKey: keyB, UpdateOnly: true, RemoveAllowedIPs: prefixes("10.0.0.0/8")},
		wgtypes.PeerConfig{PublicKey: keyC, UpdateOnly: true, RemoveAllowedIPs: prefixes("10.0.0.0/8")},
		wgtypes.PeerConfig{PublicKey: keyA, UpdateOnly: true, RemoveAllowedIPs: prefixes("fd00::/8", "::/0")},
	)
	if diff := cmp.Diff(prefixes("fd00::/8"), wginternal.Owned(d, removals), values); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := wginternal.Owned(d, change()); got != nil {
		t.Errorf("without removals %v are owned", got)
	}
}

// TestMoveAwayInParts removes more prefixes than one message holds.
func TestMoveAwayInParts(t *testing.T) {
	t.Parallel()
	for n, requests := range map[int]int{0: 0, 1: 1, 1000: 1, 1001: 2, 2500: 3} {
		var all []netip.Prefix
		for i := range n {
			var b [16]byte
			binary.BigEndian.PutUint32(b[:], uint32(0x20010db8))
			binary.BigEndian.PutUint32(b[12:], uint32(i))
			all = append(all, netip.PrefixFrom(netip.AddrFrom16(b), 128))
		}
		have := device(wgtypes.Peer{PublicKey: keyA, AllowedIPs: append(slices.Clone(all), prefixes("10.0.0.0/8")...)})
		removals := change(wgtypes.PeerConfig{PublicKey: keyA, UpdateOnly: true, RemoveAllowedIPs: all})
		if got := wginternal.MoveAway(wginternal.Owned(have, removals), dummy); len(got) != requests {
			t.Errorf("%d prefixes are moved in %d requests, want %d", n, len(got), requests)
		}
		checkMoveAway(t, have, wginternal.Apply(have, removals), removals)
	}
}
