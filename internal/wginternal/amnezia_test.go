package wginternal_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

var headerKey1, headerKey2 = wgtypes.NewHeaderProtectionKey([32]byte{1}), wgtypes.NewHeaderProtectionKey([32]byte{2})

// obfuscated returns a device whose parameters edit changes from the defaults.
func obfuscated(edit func(a *wgtypes.Amnezia)) *wgtypes.Device {
	d := device(busy(keyA, "10.0.0.0/8"))
	d.Amnezia = new(wgtypes.DefaultAmnezia())
	edit(d.Amnezia)
	return d
}

func setAmnezia(c wgtypes.AmneziaConfig) wgtypes.Config { return wgtypes.Config{Amnezia: &c} }

// amneziaTests have a device, a description of it, the Diff, and the device afterwards.
var amneziaTests = []struct {
	name             string
	have             *wgtypes.Device
	want, difference wgtypes.Config
	after            *wgtypes.Device
}{
	{
		"other parameters stay", obfuscated(func(a *wgtypes.Amnezia) { a.Version, a.Jc, a.I1 = wgtypes.AmneziaV31, 4, "<r 1>" }),
		setAmnezia(wgtypes.AmneziaConfig{Jc: new(uint16(5))}), setAmnezia(wgtypes.AmneziaConfig{Jc: new(uint16(5))}),
		obfuscated(func(a *wgtypes.Amnezia) { a.Version, a.Jc, a.I1 = wgtypes.AmneziaV31, 5, "<r 1>" }),
	},
	{
		"zeros clear",
		obfuscated(func(a *wgtypes.Amnezia) {
			a.Jc, a.I1, a.RandomTrailers, a.HeaderProtectionKey = 4, "<r 1>", true, headerKey1
		}),
		setAmnezia(wgtypes.AmneziaConfig{
			Jc: new(uint16), Jmin: new(uint16), I1: new(""), I2: new(""), RandomTrailers: new(false), HeaderProtectionKey: new(wgtypes.HeaderProtectionKey),
		}),
		setAmnezia(wgtypes.AmneziaConfig{Jc: new(uint16), I1: new(""), RandomTrailers: new(false), HeaderProtectionKey: new(wgtypes.HeaderProtectionKey)}),
		obfuscated(func(*wgtypes.Amnezia) {}),
	},
	{
		"the same key", obfuscated(func(a *wgtypes.Amnezia) { a.HeaderProtectionKey = headerKey1 }),
		setAmnezia(wgtypes.AmneziaConfig{HeaderProtectionKey: new(wgtypes.NewHeaderProtectionKey([32]byte{1}))}), change(),
		obfuscated(func(a *wgtypes.Amnezia) { a.HeaderProtectionKey = headerKey1 }),
	},
	{
		"another key", obfuscated(func(a *wgtypes.Amnezia) { a.HeaderProtectionKey = headerKey1 }),
		setAmnezia(wgtypes.AmneziaConfig{HeaderProtectionKey: &headerKey2}), setAmnezia(wgtypes.AmneziaConfig{HeaderProtectionKey: &headerKey2}),
		obfuscated(func(a *wgtypes.Amnezia) { a.HeaderProtectionKey = headerKey2 }),
	},
	{
		"a range", obfuscated(func(a *wgtypes.Amnezia) { a.H1 = wgtypes.Range{Lo: 5, Hi: 9} }),
		setAmnezia(wgtypes.AmneziaConfig{H1: &wgtypes.Range{Lo: 5, Hi: 8}, H2: &wgtypes.Range{Lo: 2, Hi: 2}}),
		setAmnezia(wgtypes.AmneziaConfig{H1: &wgtypes.Range{Lo: 5, Hi: 8}}),
		obfuscated(func(a *wgtypes.Amnezia) { a.H1 = wgtypes.Range{Lo: 5, Hi: 8} }),
	},
	{"nothing", obfuscated(func(*wgtypes.Amnezia) {}), setAmnezia(wgtypes.AmneziaConfig{}), change(), obfuscated(func(*wgtypes.Amnezia) {})},
	{
		"the defaults of a WireGuard device", device(), setAmnezia(wginternal.AmneziaConfigOf(new(wgtypes.DefaultAmnezia()))), change(), device(),
	},
	{
		"a WireGuard device", device(busy(keyA, "10.0.0.0/8")), setAmnezia(wgtypes.AmneziaConfig{Jc: new(uint16(4)), S1: new(uint16(0))}),
		setAmnezia(wgtypes.AmneziaConfig{Jc: new(uint16(4))}), obfuscated(func(a *wgtypes.Amnezia) { a.Jc = 4 }),
	},
	{
		"a keepalive range", device(peer(keyA)), change(keepaliveRange(keyA, 22, 30)),
		update(keyA, func(p *wgtypes.PeerConfig) { *p = keepaliveRange(keyA, 22, 30); p.UpdateOnly = true }),
		device(rangePeer(22, 30)),
	},
	{
		"another end of a keepalive range", device(rangePeer(22, 30)), change(keepaliveRange(keyA, 22, 31)),
		update(keyA, func(p *wgtypes.PeerConfig) { *p = keepaliveRange(keyA, 22, 31); p.UpdateOnly = true }),
		device(rangePeer(22, 31)),
	},
	{
		"no keepalive range", device(rangePeer(22, 30)), change(keepaliveRange(keyA, 22, 22)),
		update(keyA, func(p *wgtypes.PeerConfig) { *p = keepaliveRange(keyA, 22, 0); p.UpdateOnly = true }),
		device(rangePeer(22, 0)),
	},
	{"the same keepalive range", device(rangePeer(22, 30)), change(keepaliveRange(keyA, 22, 30)), change(), device(rangePeer(22, 30))},
}

func rangePeer(lo, hi int) wgtypes.Peer {
	p := peer(keyA)
	c := keepaliveRange(keyA, time.Duration(lo), time.Duration(hi))
	p.PersistentKeepalive, p.PersistentKeepaliveMax = *c.PersistentKeepalive, c.PersistentKeepaliveMax
	return p
}

func TestAmnezia(t *testing.T) {
	t.Parallel()
	for _, test := range amneziaTests {
		before := test.have.Clone()
		got := wginternal.Diff(test.have, test.want, nil)
		if diff := cmp.Diff(test.difference, got, values); diff != "" {
			t.Errorf("%s: Diff() (-want +got):\n%s", test.name, diff)
		}
		for name, c := range map[string]wgtypes.Config{"the Diff": got, "all": test.want} {
			if diff := cmp.Diff(test.after, wginternal.Apply(test.have, c), values); diff != "" {
				t.Errorf("%s: Apply(%s) (-want +got):\n%s", test.name, name, diff)
			}
		}
		if diff := cmp.Diff(before, test.have, values); diff != "" {
			t.Errorf("%s: the device changed (-want +got):\n%s", test.name, diff)
		}
	}
}

// TestSameAmnezia checks that a plain device is not equal to one with the defaults.
func TestSameAmnezia(t *testing.T) {
	t.Parallel()
	initial := new(wgtypes.DefaultAmnezia())
	for _, test := range []struct {
		a, b *wgtypes.Amnezia
		want bool
	}{
		{nil, nil, true},
		{nil, initial, false},
		{initial, initial.Clone(), true},
		{initial, &wgtypes.Amnezia{}, false},
		{&wgtypes.Amnezia{Version: wgtypes.AmneziaV10}, &wgtypes.Amnezia{Version: wgtypes.AmneziaV20}, false},
		{&wgtypes.Amnezia{UnknownKeys: []string{"a"}}, &wgtypes.Amnezia{UnknownKeys: []string{"b"}}, false},
		{&wgtypes.Amnezia{HeaderProtectionKey: headerKey1}, &wgtypes.Amnezia{HeaderProtectionKey: headerKey2}, false},
	} {
		if got, back := wginternal.SameAmnezia(test.a, test.b), wginternal.SameAmnezia(test.b, test.a); got != test.want || back != test.want {
			t.Errorf("SameAmnezia(%+v, %+v) = %t, and the other way %t, want %t", test.a, test.b, got, back, test.want)
		}
	}
}

// TestJoinAmnezia checks that the change of two parts has the parameters of both, and
// that the later value of a parameter wins.
func TestJoinAmnezia(t *testing.T) {
	t.Parallel()
	first := setAmnezia(wgtypes.AmneziaConfig{Jc: new(uint16(1)), S1: new(uint16(1))})
	second := setAmnezia(wgtypes.AmneziaConfig{Jc: new(uint16(2)), I1: new("")})
	for _, test := range []struct {
		parts []wgtypes.Config
		want  wgtypes.Config
	}{
		{[]wgtypes.Config{first, {}}, first},
		{[]wgtypes.Config{{}, second}, second},
		{[]wgtypes.Config{first, {}, second}, setAmnezia(wgtypes.AmneziaConfig{Jc: new(uint16(2)), S1: new(uint16(1)), I1: new("")})},
	} {
		if diff := cmp.Diff(test.want, wginternal.Join(test.parts), values); diff != "" {
			t.Errorf("Join(%v) (-want +got):\n%s", test.parts, diff)
		}
	}
	if *first.Amnezia.Jc != 1 || first.Amnezia.I1 != nil {
		t.Errorf("Join changes the first part to %v, want it unchanged", first)
	}
}
