package wginternal_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

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
		"next to settings":          {change(both), change(without), change(gone(keyA, "10.0.0.0/8"))},
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

// FuzzRemovals checks that SplitRemovals and the fallback of Remover do what the
// removals do.
func FuzzRemovals(f *testing.F) {
	for seed := range uint64(300) {
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, seed1, seed2 uint64) {
		d, c := random(seed1, seed2, false)
		_, same := random(seed1, seed2, false)
		rest, removals := wginternal.SplitRemovals(c)
		if diff := cmp.Diff(same, c, values); diff != "" {
			t.Fatalf("SplitRemovals() changed its argument (-want +got):\n%s", diff)
		}
		checkParts(t, rest, removals)
		want := wginternal.Apply(d, c)
		between := wginternal.Apply(d, rest)
		if diff := cmp.Diff(want, wginternal.Apply(between, removals), values); diff != "" {
			t.Fatalf("applying rest and removals (-want +got):\n%s\nof %+v\nto %+v", diff, c, d)
		}
		checkFallback(t, between, want, removals)
	})
}

func checkParts(t *testing.T, rest, removals wgtypes.Config) {
	t.Helper()
	for _, p := range rest.Peers {
		if len(p.RemoveAllowedIPs) > 0 {
			t.Errorf("peer in rest = %+v, want no RemoveAllowedIPs", p)
		}
	}
	for _, p := range removals.Peers {
		alone := wgtypes.PeerConfig{PublicKey: p.PublicKey, UpdateOnly: true, RemoveAllowedIPs: p.RemoveAllowedIPs}
		if len(p.RemoveAllowedIPs) == 0 || !cmp.Equal(alone, p, values) {
			t.Errorf("peer in removals = %+v, want only RemoveAllowedIPs", p)
		}
	}
	for _, c := range []wgtypes.Config{rest, removals} {
		if err := wginternal.Validate(c, true); err != nil {
			t.Errorf("Validate() = %v, want nil", err)
		}
	}
}
