package uapi

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// FuzzKey compares parseKey with package hex.
func FuzzKey(f *testing.F) {
	digits := strings.Repeat("0123456789abcdefABCDEF0123456789", 2)
	f.Add([]byte(digits))
	f.Add([]byte(digits[1:]))
	f.Add([]byte(digits + "0"))
	f.Add([]byte(hexZeros))
	f.Fuzz(func(t *testing.T, text []byte) {
		want, err := hex.DecodeString(string(text))
		wantOK := err == nil && len(want) == wgtypes.KeyLen
		got, ok := parseKey(text)
		if ok != wantOK || ok && string(got[:]) != string(want) {
			t.Errorf("parseKey(%q) = %x, %t, want %x, %t as from package hex (%v)", text, got, ok, want, wantOK, err)
		}
		if line, wantLine := appendKey(nil, "x", got), "x="+hex.EncodeToString(got[:])+"\n"; string(line) != wantLine {
			t.Errorf("appendKey of %x = %q, want %q as from package hex", got, line, wantLine)
		}
	})
}

// TestEveryDigit tries every byte at each of the eight places that parseKey decodes
// together. Lower-case digits are decoded in constant time.
func TestEveryDigit(t *testing.T) {
	t.Parallel()
	for at := range 8 {
		for c := range 256 {
			text := []byte(strings.Repeat("5a", wgtypes.KeyLen))
			text[at] = byte(c)
			wantLower := strings.IndexByte("0123456789abcdef", byte(c)) >= 0
			if lower := parseLowerKey(new([wgtypes.KeyLen]byte), (*[hexKeyLen]byte)(text)); lower != wantLower {
				t.Errorf("parseLowerKey(%q) = %t, want %t", text, lower, wantLower)
			}
			want, err := hex.DecodeString(string(text))
			got, ok := parseKey(text)
			if ok != (err == nil) || ok && string(got[:]) != string(want) {
				t.Errorf("parseKey(%q) = %x, %t, want %x, %t as from package hex (%v)", text, got, ok, want, err == nil, err)
			}
		}
	}
}
