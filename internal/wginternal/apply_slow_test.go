package wginternal_test

import (
	"math/rand/v2"
	"net/netip"
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// slowApply does the same as Apply in an obvious way: it searches lists.
func slowApply(have *wgtypes.Device, c wgtypes.Config) *wgtypes.Device {
	d := have.Clone()
	if c.ListenPort != nil {
		d.ListenPort = *c.ListenPort
	}
	if c.FirewallMark != nil {
		d.FirewallMark = *c.FirewallMark
	}
	if c.Amnezia != nil {
		d.Amnezia = slowAmnezia(d.Amnezia, *c.Amnezia)
	}
	if c.ReplacePeers {
		d.Peers = nil
	}
	remove := func(k wgtypes.PublicKey) {
		d.Peers = slices.DeleteFunc(d.Peers, func(p wgtypes.Peer) bool { return p.PublicKey == k })
	}
	if c.PrivateKey != nil {
		d.PrivateKey = c.PrivateKey.Clamped()
		d.PublicKey = d.PrivateKey.PublicKey()
		if !d.PrivateKey.IsZero() {
			remove(d.PublicKey)
		}
	}
	for _, pc := range c.Peers {
		i := slices.IndexFunc(d.Peers, func(p wgtypes.Peer) bool { return p.PublicKey == pc.PublicKey })
		own := pc.PublicKey == d.PublicKey && !d.PublicKey.IsZero()
		switch {
		case pc.Remove:
			remove(pc.PublicKey)
			continue
		case i < 0 && (pc.UpdateOnly || own):
			continue
		case i < 0:
			i = len(d.Peers)
			d.Peers = append(d.Peers, wgtypes.Peer{PublicKey: pc.PublicKey, ProtocolVersion: 1})
		}
		slowApplyPeer(d.Peers, i, pc)
	}
	if len(d.Peers) == 0 {
		d.Peers = nil
	}
	return d
}

// slowAmnezia sets the fields of a that have the names of the fields that c sets. A
// plain device stays plain if c sets no other values than the defaults.
func slowAmnezia(have *wgtypes.Amnezia, c wgtypes.AmneziaConfig) *wgtypes.Amnezia {
	merged := wgtypes.DefaultAmnezia()
	if have != nil {
		merged = *have
	}
	for name := range reflect.TypeFor[wgtypes.AmneziaConfig]().Fields() {
		if value := reflect.ValueOf(c).FieldByIndex(name.Index); !value.IsNil() {
			reflect.ValueOf(&merged).Elem().FieldByName(name.Name).Set(value.Elem())
		}
	}
	if have == nil && reflect.DeepEqual(merged, wgtypes.DefaultAmnezia()) {
		return nil
	}
	return &merged
}

func slowApplyPeer(peers []wgtypes.Peer, i int, c wgtypes.PeerConfig) {
	p := &peers[i]
	if c.PresharedKey != nil {
		p.PresharedKey = *c.PresharedKey
	}
	if c.Endpoint.IsValid() {
		p.Endpoint = netip.AddrPortFrom(c.Endpoint.Addr().Unmap(), c.Endpoint.Port())
	}
	if c.PersistentKeepalive != nil {
		p.PersistentKeepalive, p.PersistentKeepaliveMax = *c.PersistentKeepalive, c.PersistentKeepaliveMax
		if p.PersistentKeepaliveMax == p.PersistentKeepalive {
			p.PersistentKeepaliveMax = 0
		}
	}
	without := func(p *wgtypes.Peer, prefix netip.Prefix) {
		p.AllowedIPs = slices.DeleteFunc(p.AllowedIPs, func(q netip.Prefix) bool { return q == prefix.Masked() })
	}
	if c.ReplaceAllowedIPs {
		p.AllowedIPs = nil
	}
	for _, prefix := range c.RemoveAllowedIPs {
		without(p, prefix)
	}
	for _, prefix := range c.AllowedIPs {
		for j := range peers {
			without(&peers[j], prefix)
		}
		p.AllowedIPs = append(p.AllowedIPs, prefix.Masked())
	}
	for j := range peers {
		if len(peers[j].AllowedIPs) == 0 {
			peers[j].AllowedIPs = nil
		}
	}
}

// random returns a device and a change in which keys and prefixes collide often. Half of
// them have parameters of AmneziaWG.
func random(seed1, seed2 uint64, unnormalized bool) (*wgtypes.Device, wgtypes.Config) {
	r := rand.New(rand.NewPCG(seed1, seed2))
	o := wgtest.RandomOptions{MaxPeers: 1 + r.IntN(10), MaxAllowedIPs: 1 + r.IntN(6), Collisions: 0.7 + 0.3*r.Float64(), Unnormalized: unnormalized}
	if r.IntN(2) == 0 {
		o.Amnezia = wgtypes.AmneziaVersion(1 + r.IntN(int(wgtypes.AmneziaV31)))
	}
	d := wgtest.RandomDevice(r, o)
	if r.IntN(4) == 0 {
		d.Amnezia = nil
	}
	return d, testutil.RandomConfig(r, d, testutil.RandomOptions(o))
}

// FuzzApply checks that Apply returns the same as slowApply, and does not modify
// its arguments.
func FuzzApply(f *testing.F) {
	for seed := range uint64(200) {
		f.Add(seed, seed, seed%2 == 0)
	}
	f.Fuzz(func(t *testing.T, seed1, seed2 uint64, unnormalized bool) {
		d, c := random(seed1, seed2, unnormalized)
		sameDevice, sameConfig := random(seed1, seed2, unnormalized)
		got := wginternal.Apply(d, c)
		if diff := cmp.Diff(slowApply(sameDevice, sameConfig), got, values); diff != "" {
			t.Errorf("Apply() differs from slowApply() (-want +got):\n%s\nof %+v\nto %+v", diff, c, d)
		}
		if diff := cmp.Diff(sameDevice, d, values); diff != "" {
			t.Errorf("Apply() changed the device (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(sameConfig, c, values); diff != "" {
			t.Errorf("Apply() changed the configuration (-want +got):\n%s", diff)
		}
		for i := range got.Peers {
			got.Peers[i].AllowedIPs = append(got.Peers[i].AllowedIPs, netip.Prefix{})
			clear(got.Peers[i].AllowedIPs)
		}
		if !cmp.Equal(sameDevice, d, values) || !cmp.Equal(sameConfig, c, values) {
			t.Errorf("after writing to the result of Apply(), its arguments are %+v and %+v, want %+v and %+v", d, c, sameDevice, sameConfig)
		}
		if diff := cmp.Diff(wginternal.Apply(d, c), wginternal.Apply(d, wginternal.Normalize(c)), values); diff != "" {
			t.Errorf("Apply() of the normalized configuration differs (-want +got):\n%s", diff)
		}
	})
}
