package testutil

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strconv"
	"testing"
)

func TestFindSecret(t *testing.T) {
	t.Parallel()
	text := base64.StdEncoding.EncodeToString(SecretBytes[:])
	digits := hex.EncodeToString(SecretBytes[:])
	for _, out := range []string{
		text, text[:20], text[24:], strconv.Quote(string(SecretBytes[:])),
		fmt.Sprint(SecretBytes), fmt.Sprint(SecretBytes[:]), fmt.Sprintf("%#v", SecretBytes), fmt.Sprintf("%#v", SecretBytes[:]),
		fmt.Sprintf("%x", SecretBytes), fmt.Sprintf("%X", SecretBytes), fmt.Sprintf("%# x", SecretBytes),
		fmt.Sprintf("%s", SecretBytes), fmt.Sprintf("%q", SecretBytes), fmt.Sprintf("%o", SecretBytes),
		fmt.Sprintf("%v", struct{ k *struct{ b [32]byte } }{&struct{ b [32]byte }{SecretBytes}}.k),
		fmt.Sprintf("%d", [][32]byte{SecretBytes}), fmt.Sprintf("%U", SecretBytes), fmt.Sprintf("%+d", SecretBytes),
		digits, digits[:40], digits[40:], fmt.Sprint([]byte(digits)), fmt.Sprintf("%x", digits),
	} {
		if FindSecret(out) == "" {
			t.Errorf("FindSecret(%q) = \"\", want the name of a form", out)
		}
	}
	for _, out := range []string{"", "(hidden)", fmt.Sprint([32]byte{}), "wgctrl: read \"wg0\" (kernel): no such device"} {
		if form := FindSecret(out); form != "" {
			t.Errorf("FindSecret(%q) = %q, want \"\"", out, form)
		}
	}
}
