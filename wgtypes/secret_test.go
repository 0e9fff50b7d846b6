package wgtypes_test

import (
	"encoding/hex"
	"strings"
	"testing"

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
		t.Error("no private key has a public key")
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
			t.Errorf("%x clamped twice differs", tt.in)
		}
		if k.Bytes() != tt.in {
			t.Errorf("Clamped changed %x", tt.in)
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
			t.Error("a generated private key is not clamped")
		}
		preshared, err := wgtypes.GeneratePresharedKey()
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range [][32]byte{private.Bytes(), private.PublicKey(), preshared.Bytes()} {
			if seen[b] {
				t.Fatal("two generated keys are the same")
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
				t.Errorf("private keys %x and %x: Equal is %v", a, b, got)
			}
			if got := wgtypes.NewPresharedKey(a).Equal(wgtypes.NewPresharedKey(b)); got != (a == b) {
				t.Errorf("preshared keys %x and %x: Equal is %v", a, b, got)
			}
		}
	}
}

// TestPresharedKeyAt checks that the key refers to the bytes, and that nil and
// zeros are no key.
func TestPresharedKeyAt(t *testing.T) {
	b := secretBytes
	if got := wgtypes.PresharedKeyAt(&b).Bytes(); got != secretBytes {
		t.Errorf("PresharedKeyAt(%x).Bytes() = %x", secretBytes, got)
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

// TestSecretIsACopy shows that a key does not change with what it was made of,
// nor with what Bytes returned.
func TestSecretIsACopy(t *testing.T) {
	t.Parallel()
	b := secretBytes
	k := wgtypes.NewPrivateKey(b)
	b[0]++
	out := k.Bytes()
	out[1]++
	if k.Bytes() != secretBytes {
		t.Error("the key changed")
	}
}
