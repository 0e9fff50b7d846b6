package wgconf_test

import (
	"maps"
	"runtime"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// names are those of peers.
type names = map[wgtypes.PublicKey]string

func parseNames(text string) names {
	return wgconf.Parse("wg0.conf", []byte(text)).PeerNames()
}

// named is a section of the peer with this key.
func named(b byte) string { return "[Peer]\nPublicKey = " + wgtypes.PublicKey{b}.String() + "\n" }

func TestPeerNames(t *testing.T) {
	t.Parallel()
	secret := wgtypes.PublicKey{9}.String()
	for name, test := range map[string]struct {
		text string
		want names
	}{
		"nothing":          {"", names{}},
		"one":              {"# Alice\n" + named(1), names{{1}: "Alice"}},
		"no space":         {"#Alice\n" + named(1), names{{1}: "Alice"}},
		"framed":           {"### begin Alice ###\n" + named(1) + "### end Alice ###\n", names{{1}: "begin Alice"}},
		"spaces":           {"   #  Alice's  laptop \t\r\n" + named(1), names{{1}: "Alice's  laptop"}},
		"after a peer":     {named(1) + "AllowedIPs = 10.0.0.1/32\n\n# Bob\n" + named(2), names{{2}: "Bob"}},
		"the last line":    {"# written by a tool\n# Alice\n" + named(1), names{{1}: "Alice"}},
		"an empty comment": {"# Alice\n#\n" + named(1), names{}},
		"an empty line":    {"# the peers\n\n" + named(1), names{}},
		"within":           {"[Peer]\n# Alice\nPublicKey = " + wgtypes.PublicKey{1}.String(), names{}},
		"of a setting":     {"[Interface]\nMTU = 1420 # small\n" + named(1), names{}},
		"a setting":        {"#AllowedIPs = 10.0.0.0/8\n" + named(1), names{}},
		"a bad setting":    {"# presharedkey=abc\n" + named(1), names{}},
		"a secret":         {"# was " + secret + "\n" + named(1), names{}},
		"a secret's part":  {"# was " + strings.TrimRight(secret, "=") + "\n" + named(1), names{}},
		"a hook":           {"# PostUp = wg set %i private-key /etc/key\n" + named(1), names{}},
		"no key":           {"# Alice\n[Peer]\nAllowedIPs = 10.0.0.0/8\n", names{}},
		"a bad key":        {"# Alice\n[Peer]\nPublicKey = x\n# Bob\n" + named(2), names{{2}: "Bob"}},
		"an unknown line":  {"nonsense\n# Alice\n" + named(1), names{{1}: "Alice"}},
		"a key twice":      {"# Alice\n" + named(1) + "# Bob\n" + named(1), names{{1}: "Bob"}},
		"two interfaces":   {"# Alice\n" + named(1) + "[Interface]\n# Bob\n" + named(2), names{{1}: "Alice", {2}: "Bob"}},
		"not UTF-8":        {"# Al\xffice\n" + named(1), names{{1}: "Al\xffice"}},
		"long":             {"# " + strings.Repeat("ä", 100) + "\n" + named(1), names{{1}: strings.Repeat("ä", 64)}},
		"long, uneven":     {"# x" + strings.Repeat("ä", 100) + "\n" + named(1), names{{1}: "x" + strings.Repeat("ä", 63)}},
	} {
		if got := parseNames(test.text); !maps.Equal(got, test.want) {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

// TestNameKeepsNoFile: who holds a name does not hold the file, which has keys.
// It is not parallel, so that nothing else has memory meanwhile.
func TestNameKeepsNoFile(t *testing.T) {
	const size = 32 << 20
	inUse := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := inUse()
	held := parseNames("# Alice\n" + named(1) + strings.Repeat(" ", size))
	if now := inUse(); now > before+size/2 {
		t.Errorf("the name of a file of %d bytes keeps %d", size, now-before)
	}
	if held[wgtypes.PublicKey{1}] != "Alice" {
		t.Error(held)
	}
}

// FuzzPeerNames: whatever a file holds, no name is longer than its bound or
// shows a key of the file.
func FuzzPeerNames(f *testing.F) {
	f.Add("# Alice\n" + named(1))
	f.Add("# " + strings.Repeat("\x9a", 129) + "\n" + named(1)) // bytes of which no character begins
	f.Add("[Interface]\nPrivateKey = " + wgtypes.PublicKey{9}.String() + "\n# PrivateKey = " + wgtypes.PublicKey{9}.String() + "\n" + named(1))
	f.Fuzz(func(t *testing.T, text string) {
		for k, name := range parseNames(text + "\n" + named(1)) {
			if name == "" || len(name) > 128 || k.IsZero() {
				t.Errorf("%v has the name %q", k, name)
			}
			if strings.Contains(name, "\n") || strings.Contains(name, strings.TrimRight(wgtypes.PublicKey{9}.String(), "=")) {
				t.Errorf("a name shows more: %q", name)
			}
		}
	})
}
