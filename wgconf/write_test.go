package wgconf_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// showconfTests have what wg(8)'s showconf prints of devices.
var showconfTests = []struct {
	device wgtypes.Device
	want   string
}{
	{wgtypes.Device{}, "[Interface]\n\n"},
	{
		wgtypes.Device{Name: "wg0", PrivateKey: private, PublicKey: private.PublicKey(), ListenPort: 51820, FirewallMark: 0xca6c},
		"[Interface]\nListenPort = 51820\nFwMark = 0xca6c\nPrivateKey = " + privateText + "\n\n",
	},
	{
		wgtypes.Device{ListenPort: 1, Peers: []wgtypes.Peer{{
			PublicKey: publicA, PresharedKey: preshared, Endpoint: netip.MustParseAddrPort("[fe80::1%eth0]:51820"), PersistentKeepalive: 25 * time.Second,
			LastHandshake: time.Unix(1, 0), ReceiveBytes: 1, TransmitBytes: 1, ProtocolVersion: 1,
			AllowedIPs: []netip.Prefix{prefix("10.0.0.0/8"), prefix("2001:db8::/32")},
		}, {
			PublicKey: publicB, Endpoint: netip.MustParseAddrPort("192.0.2.1:1"),
		}, {
			AllowedIPs: []netip.Prefix{prefix("0.0.0.0/0")},
		}}},
		"[Interface]\nListenPort = 1\n\n" +
			"[Peer]\nPublicKey = " + keyA + "\nPresharedKey = " + presharedText +
			"\nAllowedIPs = 10.0.0.0/8, 2001:db8::/32\nEndpoint = [fe80::1%eth0]:51820\nPersistentKeepalive = 25\n\n" +
			"[Peer]\nPublicKey = " + keyB + "\nEndpoint = 192.0.2.1:1\n\n" +
			"[Peer]\nPublicKey = " + keyZero + "\nAllowedIPs = 0.0.0.0/0\n",
	},
}

func TestShowconf(t *testing.T) {
	t.Parallel()
	for _, test := range showconfTests {
		s := wgconf.FromDevice(&test.device)
		if got := s.AppendTo(nil); string(got) != test.want {
			t.Errorf("got %q\nwant %q", got, test.want)
		}
		if got := s.AppendTo([]byte("x")); string(got) != "x"+test.want {
			t.Errorf("behind a text: %q", got)
		}
	}
}

// TestFromDevice: the Settings of a device make a new one into it.
func TestFromDevice(t *testing.T) {
	t.Parallel()
	for seed := range uint64(300) {
		want := testutil.RandomDevice(rand.New(rand.NewPCG(seed, 0)), testutil.RandomOptions{MinPeers: 2, MinAllowedIPs: 1})
		s := wgconf.FromDevice(want)
		got := wginternal.Apply(&wgtypes.Device{}, must(s.Config()))
		got.Name, got.Kind, got.Index = want.Name, want.Kind, want.Index
		for i := range want.Peers {
			p := &want.Peers[i]
			p.LastHandshake, p.ReceiveBytes, p.TransmitBytes, p.ProtocolVersion = time.Time{}, 0, 0, 1
		}
		if diff := cmp.Diff(want, got, opaque); diff != "" {
			t.Errorf("seed %d (-want +got):\n%s", seed, diff)
		}
		mustRoundTrip(t, s)
	}
}

// TestEveryField fails for a new field of the Settings that has no key.
func TestEveryField(t *testing.T) {
	t.Parallel()
	filled := map[reflect.Type]any{
		reflect.TypeFor[*wgtypes.PrivateKey]():   &private,
		reflect.TypeFor[*wgtypes.PresharedKey](): &preshared,
		reflect.TypeFor[wgtypes.PublicKey]():     publicA,
		reflect.TypeFor[*uint16]():               new(uint16(7)),
		reflect.TypeFor[*uint32]():               new(uint32(7)),
		reflect.TypeFor[*time.Duration]():        new(7 * time.Second),
		reflect.TypeFor[[]netip.Prefix]():        []netip.Prefix{prefix("10.0.0.0/8")},
		reflect.TypeFor[[]netip.Addr]():          []netip.Addr{netip.MustParseAddr("::1")},
		reflect.TypeFor[[]string]():              []string{"a.example"},
		reflect.TypeFor[string]():                "a",
		reflect.TypeFor[int]():                   7,
		reflect.TypeFor[bool]():                  true,
		reflect.TypeFor[wgconf.Endpoint]():       wgconf.Endpoint{Host: "a", Port: 1},
		reflect.TypeFor[[]wgconf.AllowedIP]():    allowed("10.0.0.0/8", "-::/0", "::/0"),
	}
	check := func(s *wgconf.Settings, object reflect.Value, log func() string) {
		before, text := log(), string(s.AppendTo(nil))
		for i := range object.NumField() {
			name := object.Type().Field(i).Name
			object.SetZero()
			if name == "Incremental" {
				object.FieldByName("AllowedIPs").Set(reflect.ValueOf(allowed("-::/0")))
			}
			object.Field(i).Set(reflect.ValueOf(filled[object.Field(i).Type()]))
			mustRoundTrip(t, s)
			if string(s.AppendTo(nil)) == text {
				t.Errorf("%s is not in the file", name)
			}
			if log() == before {
				t.Errorf("%s is not in the log", name)
			}
		}
	}
	s := &wgconf.Settings{Peers: []wgconf.Peer{{}}}
	check(s, reflect.ValueOf(&s.Peers[0]).Elem(), func() string { return fmt.Sprint(s.Peers[0].LogValue()) })
	s = &wgconf.Settings{}
	check(s, reflect.ValueOf(&s.Interface).Elem(), func() string { return fmt.Sprint(s.LogValue(), s.Interface.LogValue()) })
}

// FuzzInjection: no text adds a line to the file.
func FuzzInjection(f *testing.F) {
	for _, text := range []string{"", "a", "a\n[Peer]", "\n", "\x00", "\r\n", "#", "=", "\ufeff"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s := &wgconf.Settings{
			Interface: wgconf.Interface{
				Search: []string{text}, Table: "x" + text, DNS: []netip.Addr{netip.MustParseAddr("fe80::1").WithZone(text)},
				PreUp: []string{text}, PostUp: []string{text}, PreDown: []string{text}, PostDown: []string{text},
			},
			Peers: []wgconf.Peer{{Endpoint: wgconf.Endpoint{Host: text, Port: 1}}},
		}
		b := s.AppendTo(nil)
		if n := strings.Count(string(b), "\n"); n != 12 || strings.Contains(string(b), "\x00") {
			t.Errorf("%q: %d lines in %q", text, n, b)
		}
	})
}

// TestUnsayable: what a file cannot say is not turned into its opposite.
func TestUnsayable(t *testing.T) {
	t.Parallel()
	s := &wgconf.Settings{Peers: []wgconf.Peer{
		{PublicKey: publicA, AllowedIPs: allowed("::/0", "-10.0.0.0/8")},
		{PublicKey: publicB, AllowedIPs: allowed("-10.0.0.0/8")},
	}}
	s.Peers[0].Incremental, s.Peers[1].Incremental = false, false
	const want = "[Interface]\n\n[Peer]\nPublicKey = " + keyA + "\nAllowedIPs = ::/0\n\n[Peer]\nPublicKey = " + keyB + "\n"
	if got := string(s.AppendTo(nil)); got != want {
		t.Errorf("got %q\nwant %q", got, want)
	}
}
