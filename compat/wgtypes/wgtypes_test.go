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

// text is the key of the bytes 0 to 31.
const text = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

func parse(t *testing.T, s string) wgtypes.Key {
	t.Helper()
	k, err := wgtypes.ParseKey(s)
	if err != nil {
		t.Fatalf("%q: %v", s, err)
	}
	return k
}

// TestParseKey: it takes what it always took, a file with its line break too.
func TestParseKey(t *testing.T) {
	t.Parallel()
	want := parse(t, text)
	if want[1] != 1 || want[31] != 31 || want.String() != text {
		t.Errorf("the key is %x, %s", want[:], want)
	}
	for _, s := range []string{text + "\n", "\r\n" + text, text[:10] + "\n" + text[10:], strings.Replace(text, "8=", "9=", 1)} {
		if got := parse(t, s); got != want {
			t.Errorf("%q is %v", s, got)
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
			t.Errorf("%q: %v, %v; want %q", s, k, err, want)
		}
		if err != nil && len(s) > 4 && strings.Contains(err.Error(), s[1:]) {
			t.Errorf("the error repeats what may be a secret: %v", err)
		}
	}
	var corrupt base64.CorruptInputError
	if _, err := wgtypes.ParseKey("!"); !errors.As(err, &corrupt) {
		t.Errorf("%v has no cause", err)
	}
}

func TestNewKey(t *testing.T) {
	t.Parallel()
	own := make([]byte, wgtypes.KeyLen)
	k, err := wgtypes.NewKey(own)
	own[0] = 1
	if err != nil || k != (wgtypes.Key{}) {
		t.Errorf("the key is %v, %v", k, err)
	}
	for _, n := range []int{0, 31, 33} {
		if _, err := wgtypes.NewKey(make([]byte, n)); err == nil || err.Error() != fmt.Sprintf("wgtypes: incorrect key size: %d", n) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}

func TestGenerate(t *testing.T) {
	t.Parallel()
	private, err := wgtypes.GeneratePrivateKey()
	if err != nil || private[0]&7 != 0 || private[31]&0xc0 != 0x40 {
		t.Errorf("the private key %x is not clamped, %v", private[:], err)
	}
	preshared, err := wgtypes.GenerateKey()
	if err != nil || preshared == (wgtypes.Key{}) || preshared == private {
		t.Errorf("the key is %v, %v", preshared, err)
	}
}

// TestPublicKey compares with RFC 7748, section 6.1, and with the product of an
// agreement. The zero key has a public half too.
func TestPublicKey(t *testing.T) {
	t.Parallel()
	alice := wgtypes.Key{
		0x77, 0x07, 0x6d, 0x0a, 0x73, 0x18, 0xa5, 0x7d, 0x3c, 0x16, 0xc1, 0x72, 0x51, 0xb2, 0x66, 0x45,
		0xdf, 0x4c, 0x2f, 0x87, 0xeb, 0xc0, 0x99, 0x2a, 0xb1, 0x77, 0xfb, 0xa5, 0x1d, 0xb9, 0x2c, 0x2a,
	}
	if got, want := alice.PublicKey().String(), "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo="; got != want {
		t.Errorf("the public key is %s, want %s", got, want)
	}
	if got, want := (wgtypes.Key{}).PublicKey().String(), "L+V9o0fNYkMVKNqsX7spBzD/9oSvxM/C7ZCZX1jLO3Q="; got != want {
		t.Errorf("the zero key's is %s, want %s", got, want)
	}
	bob := parse(t, text)
	if agree(t, alice, bob.PublicKey()) != agree(t, bob, alice.PublicKey()) {
		t.Error("two do not agree on a secret")
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

// TestKeyPrints: String is its one text form. Programs have stored keys in the
// others, such as JSON's array of numbers.
func TestKeyPrints(t *testing.T) {
	t.Parallel()
	k := parse(t, text)
	stored, err := json.Marshal(struct{ K wgtypes.Key }{k})
	if err != nil || !strings.HasPrefix(string(stored), `{"K":[0,1,2,`) {
		t.Errorf("as JSON it is %s, %v", stored, err)
	}
	if got := fmt.Sprint(k); got != text {
		t.Errorf("it prints as %s", got)
	}
	var array [32]byte = k
	if wgtypes.Key(array) != k {
		t.Error("it is no array")
	}
}

func TestDeviceType(t *testing.T) {
	t.Parallel()
	for i, want := range []string{"unknown", "Linux kernel", "OpenBSD kernel", "FreeBSD kernel", "Windows kernel", "userspace", "unknown"} {
		if got := wgtypes.DeviceType(i).String(); got != want {
			t.Errorf("%d is %q, want %q", i, got, want)
		}
	}
	if got := wgtypes.DeviceType(-1).String(); got != "unknown" {
		t.Errorf("-1 is %q", got)
	}
}

// own are structs of a program's that have the same fields: such conversions
// compile only while fields and their order stay.
type (
	ownPeer   wgtypes.Peer
	ownConfig struct{ wgtypes.PeerConfig }
)

func TestConvertible(t *testing.T) {
	t.Parallel()
	p := wgtypes.Peer{PublicKey: wgtypes.Key{1}, ReceiveBytes: 2}
	if back := wgtypes.Peer(ownPeer(p)); back.PublicKey != p.PublicKey || back.ReceiveBytes != 2 {
		t.Errorf("it becomes %+v", back)
	}
	if c := (ownConfig{wgtypes.PeerConfig{Remove: true}}); !c.Remove {
		t.Errorf("it is %+v", c)
	}
}
