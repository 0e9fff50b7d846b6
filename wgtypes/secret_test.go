package wgtypes_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/gob"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/wgtypes"
)

func TestPublicKeyOf(t *testing.T) {
	t.Parallel()
	// RFC 7748, section 6.1.
	tests := []struct{ private, public string }{
		{"77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a", "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"},
		{"5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb", "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"},
		{strings.Repeat("00", 32), strings.Repeat("00", 32)},
	}
	for _, tt := range tests {
		private := wgtypes.NewPrivateKey(unhex(t, tt.private))
		want := wgtypes.PublicKey(unhex(t, tt.public))
		if got := private.PublicKey(); got != want {
			t.Errorf("the public key of %s is %x, want %s", tt.private, got, tt.public)
		}
		if got := private.Clamped().PublicKey(); got != want {
			t.Errorf("the public key of %s, clamped, is %x, want %s", tt.private, got, tt.public)
		}
	}
	if !(wgtypes.PrivateKey{}).PublicKey().IsZero() {
		t.Errorf("PublicKey() of the zero key = %v, want zero", wgtypes.PrivateKey{}.PublicKey())
	}
}

func unhex(t *testing.T, s string) [32]byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return [32]byte(b)
}

func TestClamped(t *testing.T) {
	t.Parallel()
	all := [32]byte{}
	for i := range all {
		all[i] = 0xff
	}
	clampedAll := all
	clampedAll[0], clampedAll[31] = 0xf8, 0x7f
	tests := []struct{ in, want [32]byte }{
		{[32]byte{}, [32]byte{}},
		{[32]byte{7}, [32]byte{31: 0x40}},
		{[32]byte{31: 0x80}, [32]byte{31: 0x40}},
		{[32]byte{8, 31: 0x40}, [32]byte{8, 31: 0x40}},
		{all, clampedAll},
	}
	for _, tt := range tests {
		k := wgtypes.NewPrivateKey(tt.in)
		got := k.Clamped()
		if got.Bytes() != tt.want {
			t.Errorf("%x clamped is %x, want %x", tt.in, got.Bytes(), tt.want)
		}
		if !got.Clamped().Equal(got) {
			t.Errorf("%x clamped twice = %x, want %x", tt.in, got.Clamped().Bytes(), got.Bytes())
		}
		if k.Bytes() != tt.in {
			t.Errorf("Clamped changes the key to %x, want %x", k.Bytes(), tt.in)
		}
	}
}

func TestGenerate(t *testing.T) {
	t.Parallel()
	seen := make(map[[32]byte]bool)
	for range 50 {
		private, err := wgtypes.GeneratePrivateKey()
		if err != nil {
			t.Fatal(err)
		}
		if !private.Equal(private.Clamped()) || private.IsZero() {
			t.Error("GeneratePrivateKey() is zero or not clamped, want a clamped key")
		}
		preshared, err := wgtypes.GeneratePresharedKey()
		if err != nil {
			t.Fatal(err)
		}
		header, err := wgtypes.GenerateHeaderProtectionKey()
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range [][32]byte{private.Bytes(), private.PublicKey(), preshared.Bytes(), header.Bytes()} {
			if seen[b] {
				t.Fatal("two generated keys are equal, want different ones")
			}
			seen[b] = true
		}
	}
}

func TestEqual(t *testing.T) {
	t.Parallel()
	other := secretBytes
	other[31] ^= 1
	keys := [][32]byte{{}, {1}, secretBytes, other}
	for _, a := range keys {
		for _, b := range keys {
			if got := wgtypes.NewPrivateKey(a).Equal(wgtypes.NewPrivateKey(b)); got != (a == b) {
				t.Errorf("private keys %x and %x: Equal = %v, want %v", a, b, got, a == b)
			}
			if got := wgtypes.NewPresharedKey(a).Equal(wgtypes.NewPresharedKey(b)); got != (a == b) {
				t.Errorf("preshared keys %x and %x: Equal = %v, want %v", a, b, got, a == b)
			}
			if got := wgtypes.NewHeaderProtectionKey(a).Equal(wgtypes.NewHeaderProtectionKey(b)); got != (a == b) {
				t.Errorf("header protection keys %x and %x: Equal = %v, want %v", a, b, got, a == b)
			}
		}
	}
}

// TestPresharedKeyAt checks that the key refers to the bytes, and that nil and
// zeros mean "no key".
func TestPresharedKeyAt(t *testing.T) {
	b := secretBytes
	if got := wgtypes.PresharedKeyAt(&b).Bytes(); got != secretBytes {
		t.Errorf("PresharedKeyAt(b).Bytes() = %x, want %x", got, secretBytes)
	}
	for _, b := range []*[32]byte{nil, {}} {
		if got := wgtypes.PresharedKeyAt(b); !got.IsZero() || got.Bytes() != [32]byte{} {
			t.Errorf("PresharedKeyAt(%v) has the bytes %x, want no key", b, got.Bytes())
		}
	}
	if got := testing.AllocsPerRun(100, func() { _ = wgtypes.PresharedKeyAt(&b) }); got != 0 {
		t.Errorf("PresharedKeyAt costs %v allocations, want 0", got)
	}
}

// TestSecretsAreNotComparable checks that == on secret keys does not compile, because
// it would compare pointers.
func TestSecretsAreNotComparable(t *testing.T) {
	t.Parallel()
	for _, typ := range []reflect.Type{
		reflect.TypeFor[wgtypes.PrivateKey](), reflect.TypeFor[wgtypes.PresharedKey](), reflect.TypeFor[wgtypes.HeaderProtectionKey](),
		reflect.TypeFor[wgtypes.Device](), reflect.TypeFor[wgtypes.Amnezia](),
	} {
		if typ.Comparable() {
			t.Errorf("%v is comparable, want a type without ==", typ)
		}
	}
}

// TestSecretIsACopy checks that a key does not change with the bytes that it was
// made from, nor with the bytes that it returned.
func TestSecretIsACopy(t *testing.T) {
	t.Parallel()
	b := secretBytes
	k := wgtypes.NewPrivateKey(b)
	b[0]++
	out := k.Bytes()
	out[1]++
	if k.Bytes() != secretBytes {
		t.Errorf("the key = %x after writes to copies, want %x", k.Bytes(), secretBytes)
	}
}

// printed has a filled value of an exported type in different shapes, such as in a
// pointer or in a struct field.
type printed struct {
	shapes, unexported, logged []any
}

func printedForms[T any](t testing.TB) printed { return formsOf(filled[T](t)) }

func formsOf[T any](v T) printed {
	return printed{testutil.Shapes(v), testutil.Unexported(v), []any{v, &v}}
}

// secretTypes are the exported types that contain secrets. harmless are the others.
var (
	secretTypes = map[string]func(testing.TB) printed{
		"PrivateKey":   printedForms[wgtypes.PrivateKey],
		"PresharedKey": printedForms[wgtypes.PresharedKey],
		"Device":       printedForms[wgtypes.Device],
		"Peer":         printedForms[wgtypes.Peer],
		"Config":       printedForms[wgtypes.Config],
		"PeerConfig":   printedForms[wgtypes.PeerConfig],

		"HeaderProtectionKey": printedForms[wgtypes.HeaderProtectionKey],
		"Amnezia":             printedForms[wgtypes.Amnezia],
		"AmneziaConfig":       printedForms[wgtypes.AmneziaConfig],
	}
	harmless = map[string]func(testing.TB) printed{
		"PublicKey":  printedForms[wgtypes.PublicKey],
		"Kind":       printedForms[wgtypes.Kind],
		"DeviceRef":  printedForms[wgtypes.DeviceRef],
		"FieldError": printedForms[wgtypes.FieldError],
		"Event":      printedForms[wgtypes.Event], // see TestEventsHideSecrets
		"EventKind":  printedForms[wgtypes.EventKind],
		"Field":      printedForms[wgtypes.Field],
		"Range":      printedForms[wgtypes.Range],

		"AmneziaVersion":   printedForms[wgtypes.AmneziaVersion],
		"AmneziaParameter": func(testing.TB) printed { return formsOf(wgtypes.AmneziaParameters()[0]) },
	}
)

// TestEveryTypeIsTested fails for an exported type that is in neither map.
func TestEveryTypeIsTested(t *testing.T) {
	t.Parallel()
	exported, err := testutil.ExportedTypes(".")
	if err != nil || len(exported) == 0 {
		t.Fatalf("ExportedTypes() = %v, %v, want the types of the package", exported, err)
	}
	for name := range exported {
		if (secretTypes[name] == nil) == (harmless[name] == nil) {
			t.Errorf("type %s is in both or none of secretTypes and harmless, want it in one", name)
		}
	}
	if got, want := len(secretTypes)+len(harmless), len(exported); got != want {
		t.Errorf("secretTypes and harmless have %d types, want %d: %v", got, want, exported)
	}
}

// TestHarmless checks that the harmless types hold no secret.
func TestHarmless(t *testing.T) {
	t.Parallel()
	for name, forms := range harmless {
		for _, v := range forms(t).shapes {
			if f := testutil.FindSecret(fmt.Sprintf("%+v", v)); f != "" {
				t.Errorf("%s prints %s, want no secret", name, f)
			}
			if text, err := json.Marshal(v); err == nil && testutil.FindSecret(string(text)) != "" {
				t.Errorf("json.Marshal(%s) = %s, want no secret", name, text)
			}
		}
	}
}

// TestPrintHidesSecrets prints all types with every verb.
func TestPrintHidesSecrets(t *testing.T) {
	t.Parallel()
	check := func(t *testing.T, values []any, print func(any) map[string]string) {
		for _, v := range values {
			for format, out := range print(v) {
				if f := testutil.FindSecret(out); f != "" {
					t.Errorf("Sprintf(%q, %T) = %.300s, want no secret, got it as %s", format, v, out, f)
				}
			}
		}
	}
	for _, types := range []map[string]func(testing.TB) printed{secretTypes, harmless} {
		for name, forms := range types {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				check(t, forms(t).shapes, testutil.Printed)
				check(t, forms(t).unexported, testutil.PrintedByReflection)
			})
		}
	}
}

// TestSecretText checks the texts that keys print as.
func TestSecretText(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		key  any
		want string
	}{
		{filled[wgtypes.PrivateKey](t), "(hidden)"},
		{filled[wgtypes.PresharedKey](t), "(hidden)"},
		{filled[wgtypes.HeaderProtectionKey](t), "(hidden)"},
		{wgtypes.PrivateKey{}, "(none)"},
		{wgtypes.HeaderProtectionKey{}, "(none)"},
		{wgtypes.PresharedKey{}, "(none)"},
	} {
		for _, verb := range "vsdxXqcbot" {
			for _, flag := range []string{"", "+", "#"} {
				if got := fmt.Sprintf("%"+flag+string(verb), test.key); got != test.want {
					t.Errorf("Sprintf(%%%s%c, %T) = %q, want %q", flag, verb, test.key, got, test.want)
				}
			}
		}
		if got := test.key.(fmt.Stringer).String(); got != test.want {
			t.Errorf("%T.String() = %q, want %q", test.key, got, test.want)
		}
		if got := test.key.(slog.LogValuer).LogValue().String(); got != test.want {
			t.Errorf("%T.LogValue() = %q, want %q", test.key, got, test.want)
		}
	}
}

func TestLogHidesSecrets(t *testing.T) {
	t.Parallel()
	// A device and its change have a private key and a header protection key.
	secrets := map[string]int{"Device": 2, "Config": 2}
	for name, forms := range secretTypes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := 3 * max(1, secrets[name])
			for _, v := range forms(t).logged {
				for handler, out := range testutil.Logged(v) {
					if f := testutil.FindSecret(out); f != "" {
						t.Errorf("%T logs as %s in %s, want no secret, got it as %s", v, out, handler, f)
					}
					if n := strings.Count(out, "(hidden)"); n != want {
						t.Errorf("%T in %s has %d times \"(hidden)\", want %d in 3 lines: %s", v, handler, n, want, out)
					}
				}
			}
		})
	}
}

// TestOtherEncodersOmitSecrets encodes devices, peers and events with encoding/xml,
// which omits their secrets, and with encoding/gob, which rejects keys.
func TestOtherEncodersOmitSecrets(t *testing.T) {
	t.Parallel()
	d := filled[wgtypes.Device](t)
	p := d.Peers[0]
	type account struct{ D *wgtypes.Device }
	for _, v := range []any{d, &d, p, d.Amnezia, *d.Amnezia, []wgtypes.Device{d}, d.Peers, wgtypes.Event{OldDevice: &d, NewPeer: &p}, account{&d}} {
		text, err := xml.Marshal(v)
		if err != nil {
			t.Errorf("xml.Marshal(%T) = %v, want nil", v, err)
		}
		if f := testutil.FindSecret(string(text)); f != "" {
			t.Errorf("xml.Marshal(%T) = %s, want no secret, got it as %s", v, text, f)
		}
		var b bytes.Buffer
		if err := gob.NewEncoder(&b).Encode(v); err == nil || testutil.FindSecret(b.String()+err.Error()) != "" {
			t.Errorf("gob.Encode(%T) = %v, want an error without secrets", v, err)
		}
	}
}

// TestTagsOmitSecrets checks that encoders that obey struct tags, such as those for
// YAML and XML, omit the secrets of devices and peers.
func TestTagsOmitSecrets(t *testing.T) {
	t.Parallel()
	secrets := 0
	keys := map[reflect.Type]bool{
		reflect.TypeFor[wgtypes.PrivateKey](): true, reflect.TypeFor[wgtypes.PresharedKey](): true, reflect.TypeFor[wgtypes.HeaderProtectionKey](): true,
	}
	for _, typ := range []reflect.Type{reflect.TypeFor[wgtypes.Device](), reflect.TypeFor[wgtypes.Amnezia](), reflect.TypeFor[wgtypes.Peer]()} {
		for field := range typ.Fields() {
			if !keys[field.Type] {
				continue
			}
			secrets++
			for _, tag := range []string{"xml", "yaml"} {
				if got := field.Tag.Get(tag); got != "-" {
					t.Errorf("the tag %s of %v.%s is %q, want %q", tag, typ, field.Name, got, "-")
				}
			}
		}
	}
	if secrets != 3 {
		t.Errorf("Device, Amnezia and Peer have %d secrets, want 3", secrets)
	}
}

// TestCmpDiffHidesSecrets checks that the differences that go-cmp prints contain no
// key, with and without transformers.
func TestCmpDiffHidesSecrets(t *testing.T) {
	t.Parallel()
	d := filled[wgtypes.Device](t)
	unset, other := d.Clone(), d.Clone()
	unset.PrivateKey, unset.Peers[1].PresharedKey = wgtypes.PrivateKey{}, wgtypes.PresharedKey{}
	unset.Amnezia.HeaderProtectionKey = wgtypes.HeaderProtectionKey{}
	b := secretBytes
	b[31] ^= 1
	other.PrivateKey, other.Peers[1].PresharedKey = wgtypes.NewPrivateKey([32]byte{9}), wgtypes.NewPresharedKey(b)
	other.Amnezia.HeaderProtectionKey = wgtypes.NewHeaderProtectionKey(b)
	public := cmp.Transformer("PublicKey", wgtypes.PrivateKey.PublicKey)
	equal := cmp.Transformer("SHA256", func(k wgtypes.PresharedKey) [32]byte {
		b := k.Bytes()
		return sha256.Sum256(b[:])
	})
	for name, diff := range map[string]string{
		"with and without keys":        cmp.Diff(d, *unset, values),
		"parameters and none":          cmp.Diff(d.Amnezia, (*wgtypes.Amnezia)(nil), values),
		"a device and none":            cmp.Diff([]wgtypes.Device{d}, []wgtypes.Device{}, values),
		"different names":              cmp.Diff(d, wgtypes.Device{Name: "x", PrivateKey: d.PrivateKey, Peers: d.Peers}, values),
		"different keys, transformers": cmp.Diff(d, *other, values, public, equal),
	} {
		if f := testutil.FindSecret(diff); f != "" || diff == "" {
			t.Errorf("%s: Diff = %s, want a difference without secrets, got one as %s", name, diff, f)
		}
	}
}

// TestLogOfNil checks that logging a nil pointer does not panic.
func TestLogOfNil(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	slog.New(slog.NewTextHandler(&b, nil)).Info("m", "d", (*wgtypes.Device)(nil), "k", (*wgtypes.PrivateKey)(nil))
	if got := b.String(); !strings.Contains(got, "msg=m") {
		t.Errorf("logged %q, want msg=m", got)
	}
}
