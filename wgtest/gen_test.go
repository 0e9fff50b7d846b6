package wgtest_test

import (
	"math/rand/v2"
	"net/netip"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wgtypes"
)

var values = cmpopts.EquateComparable(netip.AddrPort{}, netip.Prefix{})

func source(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }

var options = map[string]wgtest.RandomOptions{
	"default":      {},
	"collisions":   {Collisions: 0.5},
	"only common":  {Collisions: 1, MinPeers: 10, MinAllowedIPs: 10},
	"unnormalized": {Collisions: 0.5, Unnormalized: true},
	"many":         {MinPeers: 10, MaxPeers: 20, MinAllowedIPs: 5, MaxAllowedIPs: 30},
}

func TestRandomDevice(t *testing.T) {
	t.Parallel()
	for name, o := range options {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(50) {
				d := wgtest.RandomDevice(source(seed), o)
				if diff := cmp.Diff(d, wgtest.RandomDevice(source(seed), o), values); diff != "" {
					t.Fatalf("RandomDevice with seed %d, first and second (-want +got):\n%s", seed, diff)
				}
				if reason := impossible(d); reason != "" {
					t.Fatalf("RandomDevice with seed %d = %+v, want a device that a backend can return: %s", seed, d, reason)
				}
				if n := len(d.Peers); n < o.MinPeers || o.MaxPeers > 0 && n > o.MaxPeers {
					t.Fatalf("RandomDevice with seed %d has %d peers, want %d to %d", seed, n, o.MinPeers, o.MaxPeers)
				}
			}
		})
	}
}

// impossible returns the reason why no backend can return d, or "".
func impossible(d *wgtypes.Device) string {
	if !d.PrivateKey.Equal(d.PrivateKey.Clamped()) || d.PublicKey != d.PrivateKey.PublicKey() {
		return "the public key does not belong to the private key"
	}
	keys := map[wgtypes.PublicKey]bool{d.PublicKey: true}
	prefixes := make(map[netip.Prefix]bool)
	for _, p := range d.Peers {
		if keys[p.PublicKey] {
			return "a key occurs twice"
		}
		keys[p.PublicKey] = true
		if len(p.AllowedIPs) != cap(p.AllowedIPs) {
			return "a list has spare capacity"
		}
		for _, prefix := range p.AllowedIPs {
			if prefixes[prefix] || !prefix.IsValid() || prefix != prefix.Masked() {
				return "a prefix occurs twice or is not masked: " + prefix.String()
			}
			prefixes[prefix] = true
		}
		if p.LastHandshake.Location() != time.UTC || p.PersistentKeepalive%time.Second != 0 {
			return "a handshake is not in UTC, or a keepalive is not in whole seconds"
		}
	}
	return ""
}

func TestRandomConfig(t *testing.T) {
	t.Parallel()
	for name, o := range options {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			normal := 0
			const seeds = 50
			for seed := range uint64(seeds) {
				have := wgtest.RandomDevice(source(seed), o)
				before := have.Clone()
				c := wgtest.RandomConfig(source(seed+1000), have, o)
				if diff := cmp.Diff(c, wgtest.RandomConfig(source(seed+1000), have, o), values); diff != "" {
					t.Fatalf("RandomConfig with seed %d, first and second (-want +got):\n%s", seed, diff)
				}
				if diff := cmp.Diff(before, have, values); diff != "" {
					t.Fatalf("RandomConfig with seed %d changed its device (-want +got):\n%s", seed, diff)
				}
				if err := c.Validate(); err != nil {
					t.Fatalf("RandomConfig with seed %d: Validate() = %v, want no error for %+v", seed, err, c)
				}
				if cmp.Equal(c, wginternal.Normalize(c), values) {
					normal++
				}
			}
			if !o.Unnormalized && normal != seeds {
				t.Errorf("%d of %d configurations are normal, want all", normal, seeds)
			}
			if o.Unnormalized && normal > seeds/2 {
				t.Errorf("%d of %d configurations are normal, want fewer", normal, seeds)
			}
		})
	}
}

func TestNoCollisions(t *testing.T) {
	t.Parallel()
	o := wgtest.RandomOptions{MinPeers: 20, MinAllowedIPs: 20}
	d := wgtest.RandomDevice(source(1), o)
	c := wgtest.RandomConfig(source(2), d, o)
	keys := make(map[wgtypes.PublicKey]bool)
	prefixes := make(map[netip.Prefix]bool)
	for _, p := range d.Peers {
		keys[p.PublicKey] = true
		for _, prefix := range p.AllowedIPs {
			prefixes[prefix] = true
		}
	}
	for _, p := range c.Peers {
		if keys[p.PublicKey] {
			t.Errorf("peer %v occurs twice, want each key once", p.PublicKey)
		}
		keys[p.PublicKey] = true
		for _, prefix := range slices.Concat(p.AllowedIPs, p.RemoveAllowedIPs) {
			if prefixes[prefix] {
				t.Errorf("prefix %v occurs twice, want each prefix once", prefix)
			}
			prefixes[prefix] = true
		}
	}
}

func TestCounts(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		o        wgtest.RandomOptions
		min, max int
	}{
		"zero value":   {wgtest.RandomOptions{}, 0, 4},
		"minimum only": {wgtest.RandomOptions{MinPeers: 7, MinAllowedIPs: 7}, 7, 7},
		"maximum only": {wgtest.RandomOptions{MaxPeers: 2, MaxAllowedIPs: 2}, 0, 2},
		"both":         {wgtest.RandomOptions{MinPeers: 2, MaxPeers: 3, MinAllowedIPs: 2, MaxAllowedIPs: 3}, 2, 3},
		"none at all":  {wgtest.RandomOptions{MinPeers: 3, MaxPeers: -1, MinAllowedIPs: 3, MaxAllowedIPs: -1}, 0, 0},
		"none":         {wgtest.RandomOptions{MaxPeers: -1, MaxAllowedIPs: -1}, 0, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			lowest, highest := 1<<30, -1
			count := func(n int) { lowest, highest = min(lowest, n), max(highest, n) }
			for seed := range uint64(200) {
				d := wgtest.RandomDevice(source(seed), tt.o)
				c := wgtest.RandomConfig(source(seed), d, tt.o)
				count(len(d.Peers))
				count(len(c.Peers))
				for _, p := range d.Peers {
					count(len(p.AllowedIPs))
				}
			}
			if lowest != tt.min || highest != tt.max {
				t.Errorf("lists have %d to %d elements, want %d to %d", lowest, highest, tt.min, tt.max)
			}
		})
	}
}

func TestConfigOf(t *testing.T) {
	t.Parallel()
	for seed := range uint64(300) {
		want := wgtest.RandomDevice(source(seed), wgtest.RandomOptions{Collisions: 0.5})
		c := wgtest.ConfigOf(want)
		if err := c.Validate(); err != nil {
			t.Fatalf("seed %d: Validate() = %v, want no error", seed, err)
		}
		got := wginternal.Apply(&wgtypes.Device{Name: want.Name, Index: want.Index, Kind: want.Kind}, c)
		ignored := cmpopts.IgnoreFields(wgtypes.Peer{}, "LastHandshake", "ReceiveBytes", "TransmitBytes")
		if diff := cmp.Diff(want, got, values, ignored); diff != "" {
			t.Fatalf("seed %d (-want +got):\n%s", seed, diff)
		}
	}
	if c := wgtest.ConfigOf(&wgtypes.Device{}); !reflect.ValueOf(c).IsZero() {
		t.Errorf("an empty device gives %+v, want the zero Config", c)
	}
}

func TestConfigOfSharesNoMemory(t *testing.T) {
	t.Parallel()
	d := wgtest.RandomDevice(source(1), wgtest.RandomOptions{MinPeers: 3, MinAllowedIPs: 3})
	before := d.Clone()
	c := wgtest.ConfigOf(d)
	for i := range c.Peers {
		c.Peers[i].AllowedIPs[0] = netip.Prefix{}
	}
	if diff := cmp.Diff(before, d, values); diff != "" {
		t.Errorf("the device after writing to its Config (-want +got):\n%s", diff)
	}
}
