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
