package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestPeerNames checks that names come from all files of all patterns, and that a
// file which cannot be read is an error and hides no other.
func TestPeerNames(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for i, name := range []string{"a.conf", "b.conf", "c.txt"} {
		text := "# name " + name + "\n[Peer]\nPublicKey = " + wgtypes.PublicKey{byte(i + 1)}.String() + "\n"
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	large := filepath.Join(dir, "large.conf")
	if err := os.WriteFile(large, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(large, wgconf.MaxSize+1); err != nil {
		t.Fatal(err)
	}
	names, err := peerNames([]string{filepath.Join(dir, "*.conf"), filepath.Join(dir, "c.txt")})
	if err == nil || !strings.Contains(err.Error(), large+": must be a regular file of at most 64 MiB") {
		t.Errorf("peerNames = %v, want an error about %s", err, large)
	}
	for i, want := range []string{"", "name a.conf", "name b.conf", "name c.txt"} {
		if got := names(wgtypes.PublicKey{byte(i)}); got != want {
			t.Errorf("name of peer %d = %q, want %q", i, got, want)
		}
	}
}

// TestFileNames checks that the file which is named after a device has the names of its
// peers, also if other files name them, and that other files name the rest.
func TestFileNames(t *testing.T) {
	t.Parallel()
	section := func(name string, b byte) string {
		return "\n# " + name + "\n[Peer]\nPublicKey = " + wgtypes.PublicKey{b}.String() + "\n"
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"wg0.conf":   section("alice", 1),
		"wg1.conf":   section("alice at wg1", 1) + section("bob", 2),
		"a/wg0.conf": section("carol", 3) + section("alice in a", 1),
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	names, err := readNames([]string{filepath.Join(dir, "*.conf"), filepath.Join(dir, "a", "*.conf")})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		device string
		peer   byte
		want   string
	}{
		{"wg0", 1, "alice"}, {"wg1", 1, "alice at wg1"}, {"wg0", 2, "bob"}, {"wg0", 3, "carol"}, {"wg1", 3, "carol"}, {"wg0", 4, ""},
		{"wg2", 2, "bob"},
	} {
		if got := names.of(test.device, wgtypes.PublicKey{test.peer}); got != test.want {
			t.Errorf("of(%q, peer %d) = %q, want %q", test.device, test.peer, got, test.want)
		}
	}
	if got := (fileNames{}).of("wg0", wgtypes.PublicKey{1}); got != "" {
		t.Errorf("of(%q, peer 1) without files = %q, want %q", "wg0", got, "")
	}
}
