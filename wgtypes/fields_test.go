package wgtypes_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/netip"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestEveryField fails for a field that the JSON form, the log form or Clone of
// its type omits.
func TestEveryField(t *testing.T) {
	t.Parallel()
	t.Run("Device", func(t *testing.T) {
		everyField(t, wgtypes.Device{}, func(d wgtypes.Device) wgtypes.Device { return *d.Clone() })
	})
	t.Run("Peer", func(t *testing.T) { everyField(t, wgtypes.Peer{}, wgtypes.Peer.Clone) })
	t.Run("Config", func(t *testing.T) { everyField(t, wgtypes.Config{}, nil) })
	t.Run("PeerConfig", func(t *testing.T) { everyField(t, wgtypes.PeerConfig{PublicKey: wgtypes.PublicKey{9}}, nil) })
	t.Run("AmneziaConfig", func(t *testing.T) { everyField(t, wgtypes.AmneziaConfig{}, nil) })
}

// everyField tests each field of a T alone. zero returns a T without other fields.
func everyField[T slog.LogValuer](t *testing.T, zero T, clone func(T) T) {
	t.Parallel()
	zeroJSON := encode(t, zero, "")
	for field := range reflect.TypeFor[T]().Fields() {
		v := zero
		fill(t, reflect.ValueOf(&v).Elem().FieldByIndex(field.Index))
		text := encode(t, v, "")
		if string(text) == string(zeroJSON) {
			t.Errorf("the JSON with %s = %s, want more than for the zero value", field.Name, text)
		}
		var decoded T
		if err := json.Unmarshal(text, &decoded); err != nil {
			t.Errorf("json.Unmarshal(%s) = %v, want nil", text, err)
		}
		if diff := cmp.Diff(v, decoded, values); diff != "" {
			t.Errorf("%s does not survive JSON (-want +got):\n%s", field.Name, diff)
		}
		if got := fmt.Sprint(v.LogValue()); got == fmt.Sprint(zero.LogValue()) {
			t.Errorf("LogValue() with %s = %s, want more than without it", field.Name, got)
		}
		if clone == nil {
			continue
		}
		if diff := cmp.Diff(v, clone(v), values); diff != "" {
			t.Errorf("Clone does not copy %s (-want +got):\n%s", field.Name, diff)
		}
	}
}

// version returns each version of AmneziaWG, and 0, for some n.
func version(n uint64) wgtypes.AmneziaVersion {
	return wgtypes.AmneziaVersion(n % uint64(wgtypes.AmneziaV31+1))
}

func TestCloneIsEqual(t *testing.T) {
	t.Parallel()
	if (*wgtypes.Device)(nil).Clone() != nil {
		t.Error("Clone of a nil device is not nil, want nil")
	}
	for seed := range uint64(100) {
		d := wgtest.RandomDevice(source(seed, 0), wgtest.RandomOptions{Collisions: 0.5, Amnezia: version(seed)})
		if diff := cmp.Diff(d, d.Clone(), values); diff != "" {
			t.Fatalf("seed %d: Clone (-want +got):\n%s", seed, diff)
		}
		d.Peers = append(d.Peers, wgtypes.Peer{AllowedIPs: []netip.Prefix{}})
		d.Amnezia = &wgtypes.Amnezia{UnknownKeys: []string{}}
		if diff := cmp.Diff(d, d.Clone(), values); diff != "" {
			t.Fatalf("seed %d: Clone (-want +got):\n%s", seed, diff)
		}
	}
}

func TestCloneSharesNoMemory(t *testing.T) {
	t.Parallel()
	d := filled[wgtypes.Device](t)
	c := d.Clone()
	noSharing(t, "Device", reflect.ValueOf(d), reflect.ValueOf(*c))
	p := filled[wgtypes.Peer](t)
	noSharing(t, "Peer", reflect.ValueOf(p), reflect.ValueOf(p.Clone()))

	before := d.Clone()
	scramble(t, reflect.ValueOf(c).Elem())
	if cmp.Equal(d, *c, values) {
		t.Fatal("scramble left the clone equal to the device, want it changed")
	}
	if diff := cmp.Diff(*before, d, values); diff != "" {
		t.Errorf("writing to the clone changes the original (-want +got):\n%s", diff)
	}
}

// noSharing fails if a and b, which are equal, refer to the same memory.
func noSharing(t *testing.T, path string, a, b reflect.Value) {
	t.Helper()
	if _, immutable := opaque[a.Type()]; immutable {
		return
	}
	switch a.Kind() {
	case reflect.Bool, reflect.Int, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.String:
	case reflect.Pointer:
		if a.Pointer() == b.Pointer() {
			t.Errorf("%s points to the same value as the original, want a copy", path)
		}
		noSharing(t, path, a.Elem(), b.Elem())
	case reflect.Struct:
		for i := range a.NumField() {
			noSharing(t, path+"."+a.Type().Field(i).Name, a.Field(i), b.Field(i))
		}
	case reflect.Slice:
		if a.Len() == 0 {
			t.Errorf("%s is empty, want elements to compare", path)
			return
		}
		if a.Pointer() == b.Pointer() {
			t.Errorf("%s shares its array with the original, want a copy", path)
		}
		for i := range a.Len() {
			noSharing(t, fmt.Sprintf("%s[%d]", path, i), a.Index(i), b.Index(i))
		}
	default:
		t.Errorf("%s has the type %v, want one that noSharing knows", path, a.Type())
	}
}

// scramble writes zeros to all memory that v refers to, innermost values first.
func scramble(t *testing.T, v reflect.Value) {
	t.Helper()
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			scramble(t, v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				scramble(t, v.Field(i))
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			scramble(t, v.Index(i))
		}
	}
	if v.CanSet() {
		v.SetZero()
	}
}

// TestCloneCapacity checks that appending to a list of a clone does not write to
// the original, whatever the capacity of its list is.
func TestCloneCapacity(t *testing.T) {
	t.Parallel()
	for n := range 40 {
		p := wgtypes.Peer{AllowedIPs: make([]netip.Prefix, n, n+5)}
		if c := p.Clone(); len(c.AllowedIPs) != n || cap(c.AllowedIPs) != n {
			t.Errorf("the clone has length %d and capacity %d, want %d", len(c.AllowedIPs), cap(c.AllowedIPs), n)
		}
		d := &wgtypes.Device{Peers: []wgtypes.Peer{p}}
		if c := d.Clone(); cap(c.Peers[0].AllowedIPs) != n {
			t.Errorf("the clone in a device has capacity %d, want %d", cap(c.Peers[0].AllowedIPs), n)
		}
	}
}

func TestLogValue(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		value slog.LogValuer
		want  string
	}{
		"zero Device":     {wgtypes.Device{}, "[name= kind=unknown listen_port=0 firewall_mark=0 peers=0]"},
		"zero Peer":       {wgtypes.Peer{}, "[public_key=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= receive_bytes=0 transmit_bytes=0 allowed_ips=0]"},
		"zero Config":     {wgtypes.Config{}, "[peers=0]"},
		"zero PeerConfig": {wgtypes.PeerConfig{}, "[public_key=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= allowed_ips=0 remove_allowed_ips=0]"},
		"explicit zeros": {
			wgtypes.Config{PrivateKey: new(wgtypes.PrivateKey), ListenPort: new(uint16), FirewallMark: new(uint32)},
			"[private_key=(none) listen_port=0 firewall_mark=0 peers=0]",
		},
		"explicit zeros of a peer": {
			wgtypes.PeerConfig{PresharedKey: new(wgtypes.PresharedKey), PersistentKeepalive: new(time.Duration)},
			"[public_key=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= preshared_key=(none) persistent_keepalive=0s allowed_ips=0 remove_allowed_ips=0]",
		},
		"Device": {
			filled[wgtypes.Device](t),
			"[name=wg0 kind=userspace index=7 private_key=(hidden) public_key=AQIDAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= listen_port=7 firewall_mark=7" +
				" amnezia=[version=3.1 jc=7 jmin=7 jmax=7 s1=7 s2=7 s3=7 s4=7 h1=7-9 h2=7-9 h3=7-9 h4=7-9 i1=wg0 i2=wg0 i3=wg0 i4=wg0 i5=wg0 header_protection_key=(hidden)" +
				" content_padding_addition=7-9 rekey_after_time=7-9 rekey_timeout=7-9 reject_after_time=7-9 keepalive_timeout=7-9 max_handshake_attempts=7-9" +
				" random_trailers=true disable_cookies=true unknown_keys=[wg0 wg0]] peers=2]",
		},
		"Peer": {
			filled[wgtypes.Peer](t),
			"[public_key=AQIDAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= preshared_key=(hidden) endpoint=[fe80::1%7]:51820 persistent_keepalive=25s persistent_keepalive_max=25s last_handshake=2026-02-03 04:05:06.000000007 +0000 UTC receive_bytes=7 transmit_bytes=7 allowed_ips=2 protocol_version=7]",
		},
	}
	for name, tt := range tests {
		if got := tt.value.LogValue().String(); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, tt.want)
		}
	}
}

// values makes cmp compare the opaque values of net/netip with ==.
var values = cmpopts.EquateComparable(netip.AddrPort{}, netip.Prefix{})

// secretBytes are the bytes of every secret that fill sets.
var secretBytes = testutil.SecretBytes

// opaque are the values of the fields that reflection cannot fill.
var opaque = map[reflect.Type]any{
	reflect.TypeFor[wgtypes.PrivateKey]():          wgtypes.NewPrivateKey(secretBytes),
	reflect.TypeFor[wgtypes.PresharedKey]():        wgtypes.NewPresharedKey(secretBytes),
	reflect.TypeFor[wgtypes.HeaderProtectionKey](): wgtypes.NewHeaderProtectionKey(secretBytes),
	reflect.TypeFor[wgtypes.PublicKey]():           wgtypes.PublicKey{1, 2, 3},
	reflect.TypeFor[wgtypes.Kind]():                wgtypes.KindUserspace,
	reflect.TypeFor[wgtypes.AmneziaVersion]():      wgtypes.AmneziaV31,
	reflect.TypeFor[wgtypes.Range]():               wgtypes.Range{Lo: 7, Hi: 9},
	reflect.TypeFor[netip.AddrPort]():              netip.MustParseAddrPort("[fe80::1%7]:51820"),
	reflect.TypeFor[netip.Prefix]():                netip.MustParsePrefix("192.0.2.0/24"),
	reflect.TypeFor[time.Duration]():               25 * time.Second,
	reflect.TypeFor[time.Time]():                   time.Date(2026, 2, 3, 4, 5, 6, 7, time.UTC),
}

// fill sets v and everything in it to values that are not zero. It fails for an
// unknown type, so that every new field is tested.
func fill(t testing.TB, v reflect.Value) {
	t.Helper()
	if known, ok := opaque[v.Type()]; ok {
		v.Set(reflect.ValueOf(known))
		return
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int:
		v.SetInt(7)
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(7)
	case reflect.String:
		v.SetString("wg0")
	case reflect.Interface:
		if !v.Type().Implements(reflect.TypeFor[error]()) {
			t.Fatalf("fill got the type %v, want one that it knows", v.Type())
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			fill(t, v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if !v.Type().Field(i).IsExported() {
				t.Fatalf("fill got the unexported field %v.%s, want exported ones", v.Type(), v.Type().Field(i).Name)
			}
			fill(t, v.Field(i))
		}
	default:
		t.Fatalf("fill got the type %v, want one that it knows", v.Type())
	}
}

// filled returns a T in which no field is zero.
func filled[T any](t testing.TB) T {
	t.Helper()
	var v T
	fill(t, reflect.ValueOf(&v).Elem())
	return v
}
