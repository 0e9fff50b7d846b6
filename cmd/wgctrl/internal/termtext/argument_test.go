package termtext_test

import (
	"os/exec"
	"testing"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/termtext"
)

var argumentTests = map[string]string{
	"":                        "''",
	"wg0":                     "wg0",
	"/etc/wireguard/wg0.conf": "/etc/wireguard/wg0.conf",
	"a_b-c.d:e@f%g+h=i,j":     "a_b-c.d:e@f%g+h=i,j",
	"my file.conf":            "'my file.conf'",
	"wg0;reboot":              "'wg0;reboot'",
	"$(reboot)":               "'$(reboot)'",
	"`reboot`":                "'`reboot`'",
	"alice's":                 `'alice'\''s'`,
	"~/wg0.conf":              "'~/wg0.conf'",
	"a\\b":                    `'a\b'`,
	"日本":                      "'日本'",
}

func TestArgument(t *testing.T) {
	t.Parallel()
	for s, want := range argumentTests {
		if got := termtext.Argument(s); got != want {
			t.Errorf("Argument(%q) = %s, want %s", s, got, want)
		}
	}
}

// TestArgumentInShell checks that a shell reads each argument as it was.
func TestArgumentInShell(t *testing.T) {
	t.Parallel()
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skipf("needs a shell: %v", err)
	}
	for s := range argumentTests {
		got, err := exec.CommandContext(t.Context(), shell, "-c", "printf %s "+termtext.Argument(s)).Output()
		if string(got) != s || err != nil {
			t.Errorf("a shell reads Argument(%q) as %q, %v, want the same text", s, got, err)
		}
	}
}
