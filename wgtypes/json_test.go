package wgtypes_test

import (
	"bytes"
	"embed"
	"encoding/json"
	"math/rand/v2"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wgtypes"
)

func source(seed1, seed2 uint64) *rand.Rand { return rand.New(rand.NewPCG(seed1, seed2)) }

// encode returns the JSON form of v with its secrets, indented if indent is set.
func encode(t *testing.T, v any, indent string) []byte {
	t.Helper()
	text, err := json.Marshal(withSecrets(v))
	if err != nil {
		t.Fatalf("json.Marshal(%+v) = %v, want nil", v, err)
	}
	if indent == "" {
		return text
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, text, "", indent); err != nil {
		t.Fatal(err)
	}
	return indented.Bytes()
}

// withSecrets returns a value whose JSON form is that of v with its secrets.
func withSecrets(v any) any {
	switch v := v.(type) {
	case wgtypes.Device:
		return wgtypes.WithSecrets(v)
	case wgtypes.Peer:
		return wgtypes.WithSecrets(v)
	}
	return v
}

// roundTrip checks that decoding the JSON form of v returns v.
func roundTrip[T any](t *testing.T, v T) {
	t.Helper()
	text := encode(t, v, "")
	var got T
	decode(t, string(text), &got)
	if diff := cmp.Diff(v, got, values); diff != "" {
		t.Errorf("JSON does not round trip (-want +got):\n%s\n%s", diff, text)
	}
	if nullValue.Match(text) {
		t.Errorf("json.Marshal(%T) = %s, want no null", v, text)
	}
}

// nullValue matches a JSON null, but not these four letters in a key's base64.
var nullValue = regexp.MustCompile(`[:,\[]null`)

// FuzzJSON checks that Unmarshal(Marshal(x)) == x.
func FuzzJSON(f *testing.F) {
	for seed := range uint64(100) {
		f.Add(seed, seed*7, seed%2 == 0)
	}
	f.Add(uint64(28), uint64(290), false) // a key with "null" in its base64
	f.Fuzz(func(t *testing.T, seed1, seed2 uint64, unnormalized bool) {
		r := source(seed1, seed2)
		o := wgtest.RandomOptions{Collisions: r.Float64(), Unnormalized: unnormalized, Amnezia: version(seed2)}
		d := wgtest.RandomDevice(r, o)
		roundTrip(t, *d)
		roundTrip(t, wgtest.RandomConfig(r, d, o))
		roundTrip(t, wgtest.ConfigOf(d))
	})
}

// golden holds testdata. It is embedded because OSS-Fuzz runs fuzz targets without
// testdata.
//
//go:embed testdata/*.json
var golden embed.FS

// FuzzDecodeJSON checks that a decoded value can be encoded, and that decoding it
// again returns the same value.
func FuzzDecodeJSON(f *testing.F) {
	for _, name := range []string{"testdata/device.json", "testdata/config.json", "testdata/amnezia-device.json", "testdata/amnezia-config.json"} {
		text, err := golden.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte(`{"peers":[{"last_handshake":"9999-12-31T23:59:59-23:00"}]}`))
	f.Add([]byte(`{"peers":[null,{"public_key":null,"allowed_ips":null,"endpoint":"[fe80::1%a\"b]:1"}]}`))
	f.Add([]byte(`{"peers":[{"allowed_ips":["::ffff:10.0.0.1/100",""],"endpoint":""}]}`))
	f.Add([]byte(`{"peers":[` + withKey(`{"allowed_ips":["::ffff:10.0.0.1/100"],"endpoint":"[fe80::1%a\"b]:1"}`) + `,` + withKey(`{}`) + `]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		stable[wgtypes.Device](t, text)
		stable[wgtypes.Config](t, text)
		stable[wgtypes.AmneziaConfig](t, text)
	})
}

func stable[T any](t *testing.T, text []byte) {
	t.Helper()
	var v T
	if json.Unmarshal(text, &v) != nil {
		return
	}
	encoded, err := json.Marshal(withSecrets(v))
	if err != nil {
		t.Fatalf("%s decodes as %+v, json.Marshal of which = %v, want nil", text, v, err)
	}
	var again T
	if err := json.Unmarshal(encoded, &again); err != nil {
		t.Fatalf("json.Unmarshal(%s) = %v, want nil", encoded, err)
	}
	if diff := cmp.Diff(v, again, values); diff != "" {
		t.Errorf("encoding and decoding change the value (-want +got):\n%s\n%s", diff, encoded)
	}
}

var (
	goldenPublicKey = wgtypes.NewPrivateKey([32]byte{8, 31: 0x40}).PublicKey()
	goldenTime      = time.Date(2026, 1, 2, 3, 4, 5, 678, time.UTC)
)

func goldenDevice() wgtypes.Device {
	return wgtypes.Device{
		Name: "wg0", Index: 3, Kind: wgtypes.KindKernel,
		PrivateKey: wgtypes.NewPrivateKey([32]byte{8, 31: 0x40}), PublicKey: goldenPublicKey,
		ListenPort: 51820, FirewallMark: 0xca6c,
		Peers: []wgtypes.Peer{{
			PublicKey:    wgtypes.PublicKey{1},
			PresharedKey: wgtypes.NewPresharedKey([32]byte{2}), Endpoint: netip.MustParseAddrPort("[fe80::1%eth0]:51820"),
			PersistentKeepalive: 25 * time.Second, LastHandshake: goldenTime,
			ReceiveBytes: 1<<64 - 1, TransmitBytes: 2, AllowedIPs: prefixes("10.0.0.0/8", "fd00::/8"), ProtocolVersion: 1,
		}, {PublicKey: wgtypes.PublicKey{2}}},
	}
}

func goldenConfig() wgtypes.Config {
	return wgtypes.Config{
		PrivateKey: new(wgtypes.NewPrivateKey([32]byte{8, 31: 0x40})),
		ListenPort: new(uint16(51820)), FirewallMark: new(uint32(0xca6c)), ReplacePeers: true,
		Peers: []wgtypes.PeerConfig{
			{
				PublicKey:    wgtypes.PublicKey{1},
				PresharedKey: new(wgtypes.NewPresharedKey([32]byte{2})), Endpoint: netip.MustParseAddrPort("192.0.2.1:51820"),
				PersistentKeepalive: new(25 * time.Second), ReplaceAllowedIPs: true, AllowedIPs: prefixes("10.0.0.0/8", "fd00::/8"),
			},
			{PublicKey: wgtypes.PublicKey{2}, Remove: true},
			{
				PublicKey: wgtypes.PublicKey{3}, UpdateOnly: true, PresharedKey: new(wgtypes.PresharedKey),
				PersistentKeepalive: new(time.Duration(0)), RemoveAllowedIPs: prefixes("10.0.0.0/8"),
			},
			{PublicKey: wgtypes.PublicKey{4}},
		},
	}
}

func goldenAmneziaDevice() wgtypes.Device {
	a := wgtypes.DefaultAmnezia()
	a.Version, a.Jc, a.Jmin, a.Jmax, a.S1, a.S4 = wgtypes.AmneziaV31, 4, 8, 80, 15, 16
	a.H1, a.H2 = wgtypes.Range{Lo: 5, Hi: 9}, wgtypes.Range{Lo: 1<<32 - 1, Hi: 1<<32 - 1}
	a.I1, a.HeaderProtectionKey = `<b 0xc0ff><r 16>`, wgtypes.NewHeaderProtectionKey([32]byte{3})
	a.RekeyAfterTime, a.RandomTrailers = wgtypes.Range{Lo: 100, Hi: 120}, true
	a.UnknownKeys = []string{"j1", "attribute 35"}
	return wgtypes.Device{
		Name: "awg0", Index: 3, Kind: wgtypes.KindAmneziaKernel, ListenPort: 51820, Amnezia: &a,
		Peers: []wgtypes.Peer{{PublicKey: wgtypes.PublicKey{1}, PersistentKeepalive: 22 * time.Second, PersistentKeepaliveMax: 30 * time.Second}},
	}
}

func goldenAmneziaConfig() wgtypes.Config {
	return wgtypes.Config{
		Amnezia: &wgtypes.AmneziaConfig{
			Jc: new(uint16(4)), S1: new(uint16(0)), H1: &wgtypes.Range{Lo: 5, Hi: 9}, H2: &wgtypes.Range{Lo: 2, Hi: 2},
			I1: new(`<b 0xc0ff><r 16>`), I2: new(""), HeaderProtectionKey: new(wgtypes.NewHeaderProtectionKey([32]byte{3})),
			RekeyAfterTime: &wgtypes.Range{Lo: 100, Hi: 120}, RekeyTimeout: new(wgtypes.Range), RandomTrailers: new(true), DisableCookies: new(false),
		},
		Peers: []wgtypes.PeerConfig{{
			PublicKey: wgtypes.PublicKey{1}, PersistentKeepalive: new(22 * time.Second), PersistentKeepaliveMax: 30 * time.Second,
		}},
	}
}

func TestGoldenJSON(t *testing.T) {
	t.Parallel()
	checkGolden(t, "testdata/device.json", goldenDevice())
	bare := goldenDevice()
	bare.PrivateKey, bare.Peers[0].PresharedKey = wgtypes.PrivateKey{}, wgtypes.PresharedKey{}
	checkGolden(t, "testdata/device-without-secrets.json", bare)
	checkGolden(t, "testdata/config.json", goldenConfig())
	checkGolden(t, "testdata/empty-device.json", wgtypes.Device{})
	checkGolden(t, "testdata/amnezia-device.json", goldenAmneziaDevice())
	checkGolden(t, "testdata/amnezia-config.json", goldenAmneziaConfig())
	checkGolden(t, "testdata/empty-config.json", wgtypes.Config{})
}

func checkGolden[T any](t *testing.T, file string, v T) {
	t.Helper()
	want, err := golden.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	got := encode(t, v, "  ")
	if diff := cmp.Diff(string(want), string(got)+"\n"); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
	var decoded T
	if err := json.Unmarshal(want, &decoded); err != nil {
		t.Fatalf("json.Unmarshal(%s) = %v, want nil", file, err)
	}
	if diff := cmp.Diff(v, decoded, values); diff != "" {
		t.Errorf("decoding %s (-want +got):\n%s", file, diff)
	}
}

// TestJSONOmitsSecrets marshals devices and peers in many places.
func TestJSONOmitsSecrets(t *testing.T) {
	t.Parallel()
	d := filled[wgtypes.Device](t)
	e := filled[wgtypes.Event](t)
	e.Changed = nil
	for _, v := range slices.Concat(
		testutil.Shapes(d), testutil.Shapes(d.Peers[0]), testutil.Shapes(d.Peers), testutil.Shapes(e),
		testutil.Shapes(*d.Amnezia),
		testutil.Unexported(d),
	) {
		text, err := json.Marshal(v)
		if err != nil {
			t.Errorf("json.Marshal(%T) = %v, want nil", v, err)
		}
		if f := testutil.FindSecret(string(text)); f != "" {
			t.Errorf("json.Marshal(%T) = %s, want no secret, got it as %s", v, text, f)
		}
	}
	want := d.Clone()
	want.PrivateKey, want.Amnezia.HeaderProtectionKey = wgtypes.PrivateKey{}, wgtypes.HeaderProtectionKey{}
	for i := range want.Peers {
		want.Peers[i].PresharedKey = wgtypes.PresharedKey{}
	}
	text, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	var got wgtypes.Device
	decode(t, string(text), &got)
	if diff := cmp.Diff(*want, got, values); diff != "" {
		t.Errorf("the JSON of a device has more or less than all but its secrets (-want +got):\n%s", diff)
	}
}

// TestWithSecrets marshals all types that WithSecrets accepts.
func TestWithSecrets(t *testing.T) {
	t.Parallel()
	d := filled[wgtypes.Device](t)
	p := d.Peers[0]
	device, peer := string(encode(t, d, "")), string(encode(t, p, ""))
	for _, test := range []struct {
		name string
		v    json.Marshaler
		want string
	}{
		{"Device", wgtypes.WithSecrets(d), device},
		{"*Device", wgtypes.WithSecrets(&d), device},
		{"Peer", wgtypes.WithSecrets(p), peer},
		{"*Peer", wgtypes.WithSecrets(&p), peer},
		{"[]Device", wgtypes.WithSecrets([]wgtypes.Device{d, d}), "[" + device + "," + device + "]"},
		{"[]*Device", wgtypes.WithSecrets([]*wgtypes.Device{&d, nil, &d}), "[" + device + ",null," + device + "]"},
		{"[]Peer", wgtypes.WithSecrets([]wgtypes.Peer{p, p}), "[" + peer + "," + peer + "]"},
		{"nil *Device", wgtypes.WithSecrets((*wgtypes.Device)(nil)), "null"},
		{"nil *Peer", wgtypes.WithSecrets((*wgtypes.Peer)(nil)), "null"},
		{"nil []Device", wgtypes.WithSecrets([]wgtypes.Device(nil)), "null"},
		{"empty []*Device", wgtypes.WithSecrets([]*wgtypes.Device{}), "[]"},
		{"nil []Peer", wgtypes.WithSecrets([]wgtypes.Peer(nil)), "null"},
	} {
		got, err := json.Marshal(test.v)
		if err != nil || string(got) != test.want {
			t.Errorf("json.Marshal(WithSecrets(%s)) = %s, %v, want %s", test.name, got, err, test.want)
		}
		for format, out := range testutil.Printed(test.v) {
			if f := testutil.FindSecret(out); f != "" {
				t.Errorf("Sprintf(%q, WithSecrets(%s)) = %s, want no secret, got it as %s", format, test.name, out, f)
			}
		}
		for handler, out := range testutil.Logged(test.v) {
			if f := testutil.FindSecret(out); f != "" {
				t.Errorf("slog %s writes WithSecrets(%s) as %s, want no secret, got it as %s", handler, test.name, out, f)
			}
		}
	}
	for _, want := range []string{`"private_key":"g6jN8hc8`, `"header_protection_key":"g6jN8hc8`, `"preshared_key":"g6jN8hc8`} {
		if !strings.Contains(device, want) {
			t.Errorf("json.Marshal(WithSecrets(Device)) = %s, want %s in it", device, want)
		}
	}
	for _, invalid := range []json.Marshaler{
		wgtypes.WithSecrets([]*wgtypes.Device{{Kind: 200}, {}}), wgtypes.WithSecrets([]wgtypes.Peer{{PersistentKeepalive: -1}, {}}),
	} {
		if text, err := invalid.MarshalJSON(); err == nil {
			t.Errorf("MarshalJSON() of an invalid element = %s, want an error", text)
		}
	}
	if _, err := json.Marshal(wgtypes.WithSecrets([]wgtypes.Device{{Kind: 200}})); err == nil {
		t.Error("json.Marshal(WithSecrets(device of kind 200)) = nil error, want one")
	}
}

// TestZeroIsNotUnset checks that a field that is set to zero is set after decoding.
func TestZeroIsNotUnset(t *testing.T) {
	t.Parallel()
	c := wgtypes.Config{
		PrivateKey: new(wgtypes.PrivateKey), ListenPort: new(uint16), FirewallMark: new(uint32),
		Amnezia: &wgtypes.AmneziaConfig{
			Jc: new(uint16), H1: new(wgtypes.Range), I1: new(string),
			HeaderProtectionKey: new(wgtypes.HeaderProtectionKey), RandomTrailers: new(bool),
		},
		Peers: []wgtypes.PeerConfig{{
			PublicKey: wgtypes.PublicKey{1}, PresharedKey: new(wgtypes.PresharedKey), PersistentKeepalive: new(time.Duration),
		}},
	}
	roundTrip(t, c)
	roundTrip(t, wgtypes.Config{Amnezia: new(wgtypes.AmneziaConfig)})
	roundTrip(t, wgtypes.Device{Amnezia: new(wgtypes.Amnezia)})
}

// TestListsAreNotNull checks that nil and empty lists are [] in JSON, and that []
// and null decode to nil.
func TestListsAreNotNull(t *testing.T) {
	t.Parallel()
	for _, d := range []wgtypes.Device{
		{Peers: []wgtypes.Peer{{}}},
		{Peers: []wgtypes.Peer{{AllowedIPs: []netip.Prefix{}}}},
	} {
		text, err := json.Marshal(d)
		if err != nil || !bytes.Contains(text, []byte(`"allowed_ips":[]`)) {
			t.Errorf("json.Marshal(%T) = %s, %v, want an empty list in it", d, text, err)
		}
	}
	for _, v := range []any{wgtypes.Device{Peers: []wgtypes.Peer{}}, wgtypes.Config{Peers: []wgtypes.PeerConfig{}}} {
		text, err := json.Marshal(v)
		if err != nil || !bytes.Contains(text, []byte(`"peers":[]`)) {
			t.Errorf("json.Marshal(%T) = %s, %v, want an empty list in it", v, text, err)
		}
	}
	for _, peers := range []string{`{}`, `{"peers":null}`, `{"peers":[]}`} {
		d, c := filled[wgtypes.Device](t), filled[wgtypes.Config](t)
		decode(t, peers, &d)
		decode(t, peers, &c)
		if d.Peers != nil || c.Peers != nil {
			t.Errorf("json.Unmarshal(%s) = %v and %v, want nil lists", peers, d.Peers, c.Peers)
		}
	}
	for _, lists := range []string{`{}`, `{"allowed_ips":null,"remove_allowed_ips":null}`, `{"allowed_ips":[],"remove_allowed_ips":[]}`} {
		p, pc := filled[wgtypes.Peer](t), filled[wgtypes.PeerConfig](t)
		decode(t, lists, &p)
		decode(t, withKey(lists), &pc)
		if p.AllowedIPs != nil || pc.AllowedIPs != nil || pc.RemoveAllowedIPs != nil {
			t.Errorf("json.Unmarshal(%s) = %v and %v, want nil lists", lists, p, pc)
		}
	}
}

// withKey adds a public key at the front of a JSON object.
func withKey(object string) string {
	rest, ok := strings.CutPrefix(object, "{")
	switch {
	case !ok:
		return object
	case rest == "}":
		return `{"public_key":"` + goldenPublicKey.String() + `"}`
	}
	return `{"public_key":"` + goldenPublicKey.String() + `",` + rest
}

func decode(t *testing.T, text string, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), into); err != nil {
		t.Errorf("json.Unmarshal(%s, %T) = %v, want nil", text, into, err)
	}
}

// TestDecodedCapacity checks that appending to a decoded list writes to new memory.
func TestDecodedCapacity(t *testing.T) {
	t.Parallel()
	for n := 1; n < 20; n++ {
		list := `["10.0.0.0/8"` + strings.Repeat(`,"10.0.0.0/8"`, n-1) + `]`
		var p wgtypes.Peer
		var pc wgtypes.PeerConfig
		decode(t, `{"allowed_ips":`+list+`}`, &p)
		decode(t, withKey(`{"allowed_ips":`+list+`,"remove_allowed_ips":`+list+`}`), &pc)
		for _, got := range [][]netip.Prefix{p.AllowedIPs, pc.AllowedIPs, pc.RemoveAllowedIPs} {
			if len(got) != n || cap(got) != n {
				t.Errorf("the decoded list has length %d and capacity %d, want %d", len(got), cap(got), n)
			}
		}
		var c wgtypes.Config
		var d wgtypes.Device
		decode(t, `{"peers":[`+withKey(`{}`)+strings.Repeat(`,`+withKey(`{}`), n-1)+`]}`, &c)
		decode(t, `{"peers":[{}`+strings.Repeat(`,{}`, n-1)+`]}`, &d)
		if len(c.Peers) != n || cap(c.Peers) != n || len(d.Peers) != n || cap(d.Peers) != n {
			t.Errorf("the decoded peers have capacity %d and %d, want %d", cap(c.Peers), cap(d.Peers), n)
		}
	}
}

func TestTimes(t *testing.T) {
	t.Parallel()
	tests := map[string]time.Time{
		`{}`:                      {},
		`{"last_handshake":null}`: {},
		`{"last_handshake":"0001-01-01T00:00:00Z"}`:                {},
		`{"last_handshake":"0001-01-01T01:00:00+01:00"}`:           {},
		`{"last_handshake":"0000-12-31T23:59:59Z"}`:                time.Date(0, 12, 31, 23, 59, 59, 0, time.UTC),
		`{"last_handshake":"9999-01-01T00:00:00Z"}`:                time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC),
		`{"last_handshake":"1970-01-01T00:00:00Z"}`:                time.Unix(0, 0).UTC(),
		`{"last_handshake":"2026-01-02T03:04:05.000000678Z"}`:      goldenTime,
		`{"last_handshake":"2026-01-02T05:04:05.000000678+02:00"}`: goldenTime,
		`{"last_handshake":"2026-01-01T23:04:05.000000678-04:00"}`: goldenTime,
	}
	for text, want := range tests {
		var p wgtypes.Peer
		decode(t, text, &p)
		// Users compare times with ==, which is true only if both are in UTC.
		if p.LastHandshake != want {
			t.Errorf("%s is decoded as %v, want %v", text, p.LastHandshake, want)
		}
		roundTrip(t, p)
	}
	text, err := json.Marshal(wgtypes.Peer{LastHandshake: goldenTime})
	if err != nil || !bytes.Contains(text, []byte(`"last_handshake":"2026-01-02T03:04:05.000000678Z"`)) {
		t.Errorf("json.Marshal(peer with handshake) = %s, %v, want the time in UTC in it", text, err)
	}
	text, err = json.Marshal(wgtypes.Peer{})
	if err != nil || bytes.Contains(text, []byte("last_handshake")) {
		t.Errorf("json.Marshal(peer without handshake) = %s, %v, want no last_handshake", text, err)
	}
}

// TestKeyArrayInConfig decodes the form in which other programs store keys.
func TestKeyArrayInConfig(t *testing.T) {
	t.Parallel()
	text := `{"peers":[{"public_key":` + numbers(32, "1") + `}]}`
	var c wgtypes.Config
	decode(t, text, &c)
	if len(c.Peers) != 1 || c.Peers[0].PublicKey[0] != 1 || c.Peers[0].PublicKey[31] != 231 {
		t.Errorf("decoded peers = %+v, want one with the key 1, ..., 231", c.Peers)
	}
}

// benchDevice returns a device with a thousand peers, and the Config that makes it.
func benchDevice() (*wgtypes.Device, wgtypes.Config) {
	d := &wgtypes.Device{Name: "wg0", Kind: wgtypes.KindKernel}
	r := source(1, 2)
	for len(d.Peers) < 1000 {
		d.Peers = append(d.Peers, wgtest.RandomDevice(r, wgtest.RandomOptions{}).Peers...)
	}
	d.Peers = d.Peers[:1000]
	return d, wgtest.ConfigOf(d)
}

func BenchmarkJSON(b *testing.B) {
	d, c := benchDevice()
	bench := func(name string, v, into any) {
		text, err := json.Marshal(v)
		if err != nil {
			b.Fatal(err)
		}
		b.Run("Marshal"+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := json.Marshal(v); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("Unmarshal"+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := json.Unmarshal(text, into); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	bench("Device", d, new(wgtypes.Device))
	bench("Config", c, new(wgtypes.Config))
}

func BenchmarkValidate(b *testing.B) {
	_, c := benchDevice()
	b.ReportAllocs()
	for b.Loop() {
		if err := c.Validate(); err != nil {
			b.Fatal(err)
		}
	}
}

// TestJSONLeavesHTML checks that the caller decides whether the characters of HTML are
// escaped.
func TestJSONLeavesHTML(t *testing.T) {
	t.Parallel()
	text, err := wgtypes.Device{Name: "<&>\""}.MarshalJSON()
	if want := `{"name":"<&>\"",`; err != nil || !strings.HasPrefix(string(text), want) {
		t.Errorf("MarshalJSON() = %s, %v, want %s first", text, err, want)
	}
}
