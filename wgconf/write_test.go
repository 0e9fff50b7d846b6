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

// showconfTests are devices and what wg(8)'s showconf prints for them.
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
			t.Errorf("AppendTo = %q\nwant %q", got, test.want)
		}
		if got := s.AppendTo([]byte("x")); string(got) != "x"+test.want {
			t.Errorf("AppendTo after x = %q\nwant x and %q", got, test.want)
		}
	}
}

// TestFromDevice checks that applying the Settings of a device to a new one gives
// an equal device.
func TestFromDevice(t *testing.T) {
	t.Parallel()
	for seed := range uint64(300) {
		want := testutil.RandomDevice(rand.New(rand.NewPCG(seed, 0)), testutil.RandomOptions{MinPeers: 2, MinAllowedIPs: 1, Amnezia: version(seed)})
		s := wgconf.FromDevice(want)
		fresh := &wgtypes.Device{}
		if want.Amnezia != nil {
			fresh.Amnezia = new(wgtypes.DefaultAmnezia())
			fresh.Amnezia.Version = want.Amnezia.Version
		}
		got := wginternal.Apply(fresh, must(s.Config()))
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

// TestFromDeviceWithoutSettings checks that a device and a peer without settings set
// nothing.
func TestFromDeviceWithoutSettings(t *testing.T) {
	t.Parallel()
	got := wgconf.FromDevice(&wgtypes.Device{Peers: []wgtypes.Peer{{PublicKey: publicA}}})
	want := &wgconf.Settings{Peers: []wgconf.Peer{{PublicKey: publicA}}}
	if diff := cmp.Diff(want, got, opaque); diff != "" {
		t.Errorf("FromDevice (-want +got):\n%s", diff)
	}
}

// version returns a version of AmneziaWG, or for half of the seeds the one of a plain
// device.
func version(seed uint64) wgtypes.AmneziaVersion {
	if seed%2 == 0 {
		return wgtypes.AmneziaUnknown
	}
	return wgtypes.AmneziaVersion(seed / 2 % uint64(wgtypes.AmneziaV31+1))
}

// TestEveryField checks that AppendTo and LogValue handle every field of Settings.
func TestEveryField(t *testing.T) {
	t.Parallel()
	filled := map[reflect.Type]any{
		reflect.TypeFor[*wgtypes.PrivateKey]():    &private,
		reflect.TypeFor[*wgtypes.PresharedKey]():  &preshared,
		reflect.TypeFor[wgtypes.PublicKey]():      publicA,
		reflect.TypeFor[*uint16]():                new(uint16(7)),
		reflect.TypeFor[*uint32]():                new(uint32(7)),
		reflect.TypeFor[*time.Duration]():         new(7 * time.Second),
		reflect.TypeFor[time.Duration]():          9 * time.Second,
		reflect.TypeFor[*wgtypes.AmneziaConfig](): &wgtypes.AmneziaConfig{Jc: new(uint16(7))},
		reflect.TypeFor[[]netip.Prefix]():         []netip.Prefix{prefix("10.0.0.0/8")},
		reflect.TypeFor[[]netip.Addr]():           []netip.Addr{netip.MustParseAddr("::1")},
		reflect.TypeFor[[]string]():               []string{"a.example"},
		reflect.TypeFor[string]():                 "a",
		reflect.TypeFor[int]():                    7,
		reflect.TypeFor[bool]():                   true,
		reflect.TypeFor[wgconf.Endpoint]():        wgconf.Endpoint{Host: "a", Port: 1},
		reflect.TypeFor[[]wgconf.AllowedIP]():     allowed("10.0.0.0/8", "-::/0", "::/0"),
	}
	check := func(s *wgconf.Settings, object reflect.Value, log func() string) {
		before, text := log(), string(s.AppendTo(nil))
		for i := range object.NumField() {
			name := object.Type().Field(i).Name
			object.SetZero()
			if name == "Incremental" {
				object.FieldByName("AllowedIPs").Set(reflect.ValueOf(allowed("-::/0")))
			}
			if name == "PersistentKeepaliveMax" {
				object.FieldByName("PersistentKeepalive").Set(reflect.ValueOf(new(time.Duration)))
			}
			object.Field(i).Set(reflect.ValueOf(filled[object.Field(i).Type()]))
			mustRoundTrip(t, s)
			if string(s.AppendTo(nil)) == text {
				t.Errorf("AppendTo with %s = %q, want another text than without", name, text)
			}
			if log() == before {
				t.Errorf("LogValue with %s = %q, want another text than without", name, before)
			}
		}
	}
	s := &wgconf.Settings{Peers: []wgconf.Peer{{}}}
	check(s, reflect.ValueOf(&s.Peers[0]).Elem(), func() string { return fmt.Sprint(s.Peers[0].LogValue()) })
	s = &wgconf.Settings{}
	check(s, reflect.ValueOf(&s.Interface).Elem(), func() string { return fmt.Sprint(s.LogValue(), s.Interface.LogValue()) })
}

// TestAppendSections checks that AppendInterface and AppendPeer write the text of
// FromDevice.
func TestAppendSections(t *testing.T) {
	t.Parallel()
	for seed := range uint64(300) {
		d := testutil.RandomDevice(rand.New(rand.NewPCG(seed, 0)), testutil.RandomOptions{MinPeers: 1, MinAllowedIPs: 0, Amnezia: version(seed)})
		want := string(wgconf.FromDevice(d).AppendTo(nil))
		got := wgconf.AppendInterface(nil, d)
		for i := range d.Peers {
			got = wgconf.AppendPeer(append(got, '\n'), &d.Peers[i])
		}
		if string(got) != want {
			t.Errorf("seed %d: sections = %q, want %q", seed, got, want)
		}
	}
}

// TestAppendAddr compares with the results of glibc's inet_ntop(3).
func TestAppendAddr(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"::": "::", "::1": "::1", "::ffff": "::ffff", "::1:0": "::0.1.0.0", "::1:1": "::0.1.0.1", "::102:304": "::1.2.3.4",
		"::ffff:102:304": "::ffff:1.2.3.4", "::ffff:0:0": "::ffff:0.0.0.0", "::1:102:304": "::1:102:304", "::ffff:0:102:304": "::ffff:0:102:304",
		"2001:db8::": "2001:db8::", "2001:0:0:1:0:0:0:1": "2001:0:0:1::1", "1:0:0:2:0:0:3:4": "1::2:0:0:3:4",
		"1:0:2:3:4:5:6:7": "1:0:2:3:4:5:6:7", "1:2:3:4:5:6:7:0": "1:2:3:4:5:6:7:0", "64:ff9b::1.2.3.4": "64:ff9b::102:304",
		"fe80::1%lo": "fe80::1%lo", "::1.2.3.4%x": "::1.2.3.4%x", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff": "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	} {
		addr := netip.MustParseAddr(in)
		if got := string(wgconf.AppendAddr([]byte("x"), addr)); got != "x"+want {
			t.Errorf("AppendAddr(%s) = %s, want x%s", in, got, want)
		}
		if got := string(wgconf.AppendAddrPort(nil, netip.AddrPortFrom(addr, 5))); got != "["+want+"]:5" {
			t.Errorf("AppendAddrPort(%s) = %s, want [%s]:5", in, got, want)
		}
		if got := string(wgconf.AppendPrefix(nil, netip.PrefixFrom(addr.WithZone(""), 0))); !strings.HasPrefix(want, strings.TrimSuffix(got, "/0")) {
			t.Errorf("AppendPrefix(%s/0) = %s, want %s/0", in, got, want)
		}
	}
	for addr, want := range map[string]string{"192.0.2.1": "192.0.2.1", "0.0.0.0": "0.0.0.0"} {
		if got := string(wgconf.AppendAddr(nil, netip.MustParseAddr(addr))); got != want {
			t.Errorf("AppendAddr(%s) = %s, want %s", addr, got, want)
		}
		if got := string(wgconf.AppendAddrPort(nil, netip.MustParseAddrPort(addr+":5"))); got != want+":5" {
			t.Errorf("AppendAddrPort(%s:5) = %s, want %s:5", addr, got, want)
		}
	}
	if got := string(wgconf.AppendAddr(nil, netip.Addr{})); got != "" {
		t.Errorf("AppendAddr of the zero Addr = %q, want \"\"", got)
	}
}

// FuzzInjection checks that no text adds a line to the file.
func FuzzInjection(f *testing.F) {
	for _, text := range []string{"", "a", "a\n[Peer]", "\n", "\x00", "\r\n", "#", "=", "\ufeff"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s := &wgconf.Settings{
			Interface: wgconf.Interface{
				Search: []string{text}, Table: "x" + text, DNS: []netip.Addr{netip.MustParseAddr("fe80::1").WithZone(text)},
				Amnezia: &wgtypes.AmneziaConfig{I1: &text, I2: &text, I3: &text, I4: &text, I5: &text},
				PreUp:   []string{text}, PostUp: []string{text}, PreDown: []string{text}, PostDown: []string{text},
			},
			Peers: []wgconf.Peer{{Endpoint: wgconf.Endpoint{Host: text, Port: 1}}},
		}
		b := s.AppendTo(nil)
		if n := strings.Count(string(b), "\n"); n != 17 || strings.Contains(string(b), "\x00") {
			t.Errorf("AppendTo with the text %q = %q with %d lines, want 17 and no NUL byte", text, b, n)
		}
	})
}

// TestUnsayable checks that AppendTo omits settings that a file cannot express.
func TestUnsayable(t *testing.T) {
	t.Parallel()
	s := &wgconf.Settings{Peers: []wgconf.Peer{
		{PublicKey: publicA, AllowedIPs: allowed("::/0", "-10.0.0.0/8")},
		{PublicKey: publicB, AllowedIPs: allowed("-10.0.0.0/8")},
	}}
	s.Peers[0].Incremental, s.Peers[1].Incremental = false, false
	const want = "[Interface]\n\n[Peer]\nPublicKey = " + keyA + "\nAllowedIPs = ::/0\n\n[Peer]\nPublicKey = " + keyB + "\n"
	if got := string(s.AppendTo(nil)); got != want {
		t.Errorf("AppendTo = %q\nwant %q", got, want)
	}
}
