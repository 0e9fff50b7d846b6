package secrettest

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strconv"
	"testing"
)

// TestLeakFindsLeaks shows that tests with it could fail.
func TestLeakFindsLeaks(t *testing.T) {
	t.Parallel()
	text := base64.StdEncoding.EncodeToString(Bytes[:])
	digits := hex.EncodeToString(Bytes[:])
	for _, out := range []string{
		text, text[:20], text[24:], strconv.Quote(string(Bytes[:])),
		fmt.Sprint(Bytes), fmt.Sprint(Bytes[:]), fmt.Sprintf("%#v", Bytes), fmt.Sprintf("%#v", Bytes[:]),
		fmt.Sprintf("%x", Bytes), fmt.Sprintf("%X", Bytes), fmt.Sprintf("%# x", Bytes),
		fmt.Sprintf("%s", Bytes), fmt.Sprintf("%q", Bytes), fmt.Sprintf("%o", Bytes),
		fmt.Sprintf("%v", struct{ k *struct{ b [32]byte } }{&struct{ b [32]byte }{Bytes}}.k),
		fmt.Sprintf("%d", [][32]byte{Bytes}), fmt.Sprintf("%U", Bytes), fmt.Sprintf("%+d", Bytes),
		digits, digits[:40], digits[40:], fmt.Sprint([]byte(digits)), fmt.Sprintf("%x", digits),
	} {
		if Leak(out) == "" {
			t.Errorf("the secret in %q was not found", out)
		}
	}
	for _, out := range []string{"", "(hidden)", fmt.Sprint([32]byte{}), "wgctrl: read \"wg0\" (kernel): no such device"} {
		if f := Leak(out); f != "" {
			t.Errorf("%q is said to hold %s", out, f)
		}
	}
}
