package keytext_test

import (
	"encoding/base64"
	"encoding/hex"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/keytext"
)

func TestHide(t *testing.T) {
	t.Parallel()
	const key = "qL3vUo0yZc8mJ1WxqL3vUo0yZc8mJ1WxqL3vUo0yZc8="
	for text, want := range map[string]string{
		"":                                 "",
		key:                                "(hidden)",
		key + ":51820":                     "(hidden):51820",
		"lookup " + key[:16] + " on [::1]": "lookup (hidden) on [::1]",
		key[:15]:                           key[:15],
		key[:15] + "." + key[:15]:          key[:15] + "." + key[:15],
		"a " + key + "," + key[:20] + "!":  "a (hidden),(hidden)!",
		"averylonghostname.example:5":      "averylonghostname.example:5",
		"averylonghostname01.example":      "averylonghostname01.example",
		"averylonghostname123.example":     "averylonghostname123.example",
		"averylonghostname1234.example":    "(hidden).example",
		"Averylonghostname":                "(hidden)",
		"averylong5hostname":               "(hidden)",
		"0123456789abcdef":                 "(hidden)",
		"gateway-frankfurt-2.vpn.example":  "gateway-frankfurt-2.vpn.example",
		"192.0.2.1:51820, 2001:db8::1":     "192.0.2.1:51820, 2001:db8::1",
	} {
		if got := keytext.Hide(text); got != want {
			t.Errorf("Hide(%q) = %q, want %q", text, got, want)
		}
	}
}

// TestHideLong checks that only runs of 40 characters, of either alphabet, are hidden.
func TestHideLong(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 40)
	for text, want := range map[string]string{
		"":                                "",
		long:                              "(hidden)",
		long[1:]:                          long[1:],
		"PrivateKey " + long + "A===;x":   "PrivateKey (hidden);x",
		strings.Repeat("-_", 20) + "=x":   "(hidden)x",
		long[:39] + "." + long[:39] + "=": long[:39] + "." + long[:39] + "=",
	} {
		if got := keytext.HideLong(text); got != want {
			t.Errorf("HideLong(%q) = %q, want %q", text, got, want)
		}
	}
}

// TestHideCuts checks that no 16 characters in a row of a key are shown.
func TestHideCuts(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		var key [32]byte
		for i := range key {
			key[i] = byte(r.Uint32())
		}
		for _, text := range []string{base64.StdEncoding.EncodeToString(key[:]), hex.EncodeToString(key[:]), strings.ToUpper(hex.EncodeToString(key[:]))} {
			start := r.IntN(len(text) - 16)
			cut := text[start : start+16+r.IntN(len(text)-16-start+1)]
			got := keytext.Hide("x: " + cut + ":5")
			if strings.Contains(got, strings.TrimRight(cut, "=")[:15]) {
				t.Errorf("Hide(%q) = %q, want it hidden", cut, got)
			}
		}
	}
}
