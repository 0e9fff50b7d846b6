package wgprom_test

import (
	"maps"
	"strings"
	"testing"

	wgprom "github.com/wgctrl/wgctrl/prometheus"
	"github.com/wgctrl/wgctrl/wgconf"
)

func parseNames(text string) wgprom.Names {
	return wgprom.ParseNames(wgconf.Parse("wg0.conf", []byte(text)))
}

// peer is a section with the key of equal bytes.
func peer(b byte) string { return "[Peer]\nPublicKey = " + key(b).String() + "\n" }

func TestParseNames(t *testing.T) {
	t.Parallel()
	secret := key(9).String()
	for name, test := range map[string]struct {
		text string
		want wgprom.Names
	}{
		"nothing":          {"", wgprom.Names{}},
		"one":              {"# Alice\n" + peer(1), wgprom.Names{key(1): "Alice"}},
		"no space":         {"#Alice\n" + peer(1), wgprom.Names{key(1): "Alice"}},
		"framed":           {"### begin Alice ###\n" + peer(1) + "### end Alice ###\n", wgprom.Names{key(1): "begin Alice"}},
		"spaces":           {"   #  Alice's  laptop \t\r\n" + peer(1), wgprom.Names{key(1): "Alice's  laptop"}},
		"after a peer":     {peer(1) + "AllowedIPs = 10.0.0.1/32\n\n# Bob\n" + peer(2), wgprom.Names{key(2): "Bob"}},
		"the last line":    {"# written by a tool\n# Alice\n" + peer(1), wgprom.Names{key(1): "Alice"}},
		"an empty comment": {"# Alice\n#\n" + peer(1), wgprom.Names{}},
		"an empty line":    {"# the peers\n\n" + peer(1), wgprom.Names{}},
		"within":           {"[Peer]\n# Alice\nPublicKey = " + key(1).String(), wgprom.Names{}},
		"of a setting":     {"[Interface]\nMTU = 1420 # small\n" + peer(1), wgprom.Names{}},
		"a setting":        {"#AllowedIPs = 10.0.0.0/8\n" + peer(1), wgprom.Names{}},
		"a bad setting":    {"# presharedkey=abc\n" + peer(1), wgprom.Names{}},
		"a secret":         {"# was " + secret + "\n" + peer(1), wgprom.Names{}},
		"a secret's part":  {"# was " + strings.TrimRight(secret, "=") + "\n" + peer(1), wgprom.Names{}},
		"a hook":           {"# PostUp = wg set %i private-key /etc/key\n" + peer(1), wgprom.Names{}},
		"no key":           {"# Alice\n[Peer]\nAllowedIPs = 10.0.0.0/8\n", wgprom.Names{}},
		"a bad key":        {"# Alice\n[Peer]\nPublicKey = x\n# Bob\n" + peer(2), wgprom.Names{key(2): "Bob"}},
		"an unknown line":  {"nonsense\n# Alice\n" + peer(1), wgprom.Names{key(1): "Alice"}},
		"a key twice":      {"# Alice\n" + peer(1) + "# Bob\n" + peer(1), wgprom.Names{key(1): "Bob"}},
		"two interfaces":   {"# Alice\n" + peer(1) + "[Interface]\n# Bob\n" + peer(2), wgprom.Names{key(1): "Alice", key(2): "Bob"}},
		"not UTF-8":        {"# Al\xffice\n" + peer(1), wgprom.Names{key(1): "Al\xffice"}},
		"long":             {"# " + strings.Repeat("ä", 100) + "\n" + peer(1), wgprom.Names{key(1): strings.Repeat("ä", 64)}},
		"long, uneven":     {"# x" + strings.Repeat("ä", 100) + "\n" + peer(1), wgprom.Names{key(1): "x" + strings.Repeat("ä", 63)}},
	} {
		if got := parseNames(test.text); !maps.Equal(got, test.want) {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

// FuzzParseNames: whatever a file holds, no name is longer than its bound or
// shows a key of the file.
func FuzzParseNames(f *testing.F) {
	f.Add("# Alice\n" + peer(1))
	f.Add("[Interface]\nPrivateKey = " + key(9).String() + "\n# PrivateKey = " + key(9).String() + "\n" + peer(1))
	f.Fuzz(func(t *testing.T, text string) {
		for k, name := range parseNames(text + "\n" + peer(1)) {
			if name == "" || len(name) > 128 || k.IsZero() {
				t.Errorf("%v has the name %q", k, name)
			}
			if strings.Contains(name, "\n") || strings.Contains(name, strings.TrimRight(key(9).String(), "=")) {
				t.Errorf("a name shows more: %q", name)
			}
		}
	})
}
