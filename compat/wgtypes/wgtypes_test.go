package wgtypes_test

import (
	"crypto/ecdh"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"golang.zx2c4.com/wireguard/wgctrl/wgtypes"
)

// text is the key with the bytes 0 to 31.
const text = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

func parse(t *testing.T, s string) wgtypes.Key {
	t.Helper()
	k, err := wgtypes.ParseKey(s)
	if err != nil {
		t.Fatalf("ParseKey(%q) = %v, want no error", s, err)
	}
	return k
}

// TestParseKey checks that ParseKey accepts the same texts as the original,
// including line breaks.
func TestParseKey(t *testing.T) {
	t.Parallel()
	want := parse(t, text)
	if want[1] != 1 || want[31] != 31 || want.String() != text {
		t.Errorf("ParseKey(%q) = %x, %s, want the bytes 0 to 31", text, want[:], want)
	}
	for _, s := range []string{text + "\n", "\r\n" + text, text[:10] + "\n" + text[10:], strings.Replace(text, "8=", "9=", 1)} {
		if got := parse(t, s); got != want {
			t.Errorf("ParseKey(%q) = %v, want %v", s, got, want)
		}
	}
}

func TestParseKeyRefuses(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{
		"":             "wgtypes: incorrect key size: 0",
		"AAEC":         "wgtypes: incorrect key size: 3",
		text[:43]:      "wgtypes: failed to parse base64-encoded key: illegal base64 data at input byte 40",
		" " + text:     "wgtypes: failed to parse base64-encoded key: illegal base64 data at input byte 0",
		text[:40] + "": "wgtypes: incorrect key size: 30",
	} {
		k, err := wgtypes.ParseKey(s)
		if err == nil || err.Error() != want || k != (wgtypes.Key{}) {
			t.Errorf("ParseKey(%q) = %v, %v, want %q", s, k, err, want)
		}
		if err != nil && len(s) > 4 && strings.Contains(err.Error(), s[1:]) {
			t.Errorf("ParseKey(%q) = %v, want an error without the text", s, err)
		}
	}
	var corrupt base64.CorruptInputError
	if _, err := wgtypes.ParseKey("!"); !errors.As(err, &corrupt) {
		t.Errorf("ParseKey(%q) = %v, want error wrapping a base64.CorruptInputError", "!", err)
	}
}

func TestNewKey(t *testing.T) {
	t.Parallel()
	own := make([]byte, wgtypes.KeyLen)
	k, err := wgtypes.NewKey(own)
	own[0] = 1
	if err != nil || k != (wgtypes.Key{}) {
		t.Errorf("NewKey() = %v, %v, want a copy: the zero key", k, err)
	}
	for _, n := range []int{0, 31, 33} {
		if _, err := wgtypes.NewKey(make([]byte, n)); err == nil || err.Error() != fmt.Sprintf("wgtypes: incorrect key size: %d", n) {
			t.Errorf("NewKey() of %d bytes = %v, want an incorrect key size", n, err)
		}
	}
}

func TestGenerate(t *testing.T) {
	t.Parallel()
	private, err := wgtypes.GeneratePrivateKey()
	if err != nil || private[0]&7 != 0 || private[31]&0xc0 != 0x40 {
		t.Errorf("GeneratePrivateKey() = %x, %v, want a clamped key", private[:], err)
	}
	preshared, err := wgtypes.GenerateKey()
	if err != nil || preshared == (wgtypes.Key{}) || preshared == private {
		t.Errorf("GenerateKey() = %v, %v, want a new key", preshared, err)
	}
}

// TestPublicKey checks the key of RFC 7748, section 6.1, the zero key, and that two
// keys agree on a secret.
func TestPublicKey(t *testing.T) {
	t.Parallel()
	alice := wgtypes.Key{
		0x77, 0x07, 0x6d, 0x0a, 0x73, 0x18, 0xa5, 0x7d, 0x3c, 0x16, 0xc1, 0x72, 0x51, 0xb2, 0x66, 0x45,
		0xdf, 0x4c, 0x2f, 0x87, 0xeb, 0xc0, 0x99, 0x2a, 0xb1, 0x77, 0xfb, 0xa5, 0x1d, 0xb9, 0x2c, 0x2a,
	}
	if got, want := alice.PublicKey().String(), "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo="; got != want {
		t.Errorf("PublicKey() = %s, want %s", got, want)
	}
	if got, want := (wgtypes.Key{}).PublicKey().String(), "L+V9o0fNYkMVKNqsX7spBzD/9oSvxM/C7ZCZX1jLO3Q="; got != want {
		t.Errorf("PublicKey() of the zero key = %s, want %s", got, want)
	}
	bob := parse(t, text)
	if a, b := agree(t, alice, bob.PublicKey()), agree(t, bob, alice.PublicKey()); a != b {
		t.Errorf("the shared secrets are %x and %x, want equal ones", a, b)
	}
}

func agree(t *testing.T, private, public wgtypes.Key) string {
	t.Helper()
	k, err := ecdh.X25519().NewPrivateKey(private[:])
	if err != nil {
		t.Fatal(err)
	}
	p, err := ecdh.X25519().NewPublicKey(public[:])
	if err != nil {
		t.Fatal(err)
	}
	secret, err := k.ECDH(p)
	if err != nil {
		t.Fatal(err)
	}
	return string(secret)
}

// TestKeyPrints checks the forms of a key: base64 as text, an array of numbers as
// JSON, which programs may have stored, and a conversion to an array.
func TestKeyPrints(t *testing.T) {
	t.Parallel()
	k := parse(t, text)
	stored, err := json.Marshal(struct{ K wgtypes.Key }{k})
	if err != nil || !strings.HasPrefix(string(stored), `{"K":[0,1,2,`) {
		t.Errorf("Marshal() = %s, %v, want an array of numbers", stored, err)
	}
	if got := fmt.Sprint(k); got != text {
		t.Errorf("Sprint() = %s, want %s", got, text)
	}
	var array [32]byte = k
	if wgtypes.Key(array) != k {
		t.Errorf("Key(%x) = %v, want %v", array, wgtypes.Key(array), k)
	}
}

func TestDeviceType(t *testing.T) {
	t.Parallel()
	for i, want := range []string{"unknown", "Linux kernel", "OpenBSD kernel", "FreeBSD kernel", "Windows kernel", "userspace", "unknown"} {
		if got := wgtypes.DeviceType(i).String(); got != want {
			t.Errorf("DeviceType(%d).String() = %q, want %q", i, got, want)
		}
	}
	if got := wgtypes.DeviceType(-1).String(); got != "unknown" {
		t.Errorf("DeviceType(-1).String() = %q, want %q", got, "unknown")
	}
}

// Types of a program with the same fields. Conversions compile only as long as the
// fields and their order stay the same.
type (
	ownPeer   wgtypes.Peer
	ownConfig struct{ wgtypes.PeerConfig }
)

func TestConvertible(t *testing.T) {
	t.Parallel()
	p := wgtypes.Peer{PublicKey: wgtypes.Key{1}, ReceiveBytes: 2}
	if back := wgtypes.Peer(ownPeer(p)); back.PublicKey != p.PublicKey || back.ReceiveBytes != 2 {
		t.Errorf("Peer(ownPeer(%+v)) = %+v, want the same", p, back)
	}
	if c := (ownConfig{wgtypes.PeerConfig{Remove: true}}); !c.Remove {
		t.Errorf("ownConfig = %+v, want Remove to be true", c)
	}
}
