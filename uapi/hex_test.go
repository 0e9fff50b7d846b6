package uapi

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// FuzzKey: a key is what package hex says.
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
			t.Errorf("%q: got %x, %t; hex says %x, %v", text, got, ok, want, err)
		}
	})
}

// TestEveryDigit: of all bytes the digits alone are digits, at each place.
func TestEveryDigit(t *testing.T) {
	t.Parallel()
	for at := range 8 {
		for c := range 256 {
			text := []byte(strings.Repeat("5a", wgtypes.KeyLen))
			text[at] = byte(c)
			want, err := hex.DecodeString(string(text))
			got, ok := parseKey(text)
			if ok != (err == nil) || ok && string(got[:]) != string(want) {
				t.Errorf("%q: got %x, %t; hex says %x, %v", text, got, ok, want, err)
			}
		}
	}
}
