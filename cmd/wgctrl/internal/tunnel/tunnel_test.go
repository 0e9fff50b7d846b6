package tunnel

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/wgctrl/wgctrl/quick"
	"github.com/wgctrl/wgctrl/wgconf"
)

// TestName checks which paths have the name of an interface.
func TestName(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"wg0.conf": "wg0", "dir/a.b.conf": "a.b", "wg0": "", "wg0.txt": "", ".conf": "", "dir/.conf": "", "-": "", "wg0.conf/": "wg0",
	} {
		name, ok := Name(path)
		if !ok {
			name = ""
		}
		if name != want {
			t.Errorf("Name(%q) = %q, %v, want %q", path, name, ok, want)
		}
	}
}

// TestTarget checks that a symbolic link is followed, and that a missing file keeps its
// path.
func TestTarget(t *testing.T) {
	t.Parallel()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	real, link := filepath.Join(dir, "real.conf"), filepath.Join(dir, "wg0.conf")
	if err := os.WriteFile(real, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("real.conf", link); err != nil {
		t.Skip(err)
	}
	if got := Target(link); got != real {
		t.Errorf("Target(%q) = %q, want %q", link, got, real)
	}
	if got := Target("missing.conf"); got != "missing.conf" {
		t.Errorf("Target(missing.conf) = %q, want the path", got)
	}
}

// TestParseForDown checks that problems of lines which Down does not use are errors for
// the other verbs only.
func TestParseForDown(t *testing.T) {
	t.Parallel()
	for text, ok := range map[string]bool{
		"[Interface]\nListenPort = x\nMTU = y\nPostDown = echo\n[Peer]\n": true,
		"[Interface]\nSaveConfig = perhaps\n":                             false,
		"[Match]\nName = wg0\n[WireGuard]\nPrivateKey = x\n":              false,
	} {
		tunnel, err := Parse("wg0", "wg0.conf", []byte(text), quick.VerbDown, wgconf.DialectWGQuick)
		if ok != (err == nil) {
			t.Errorf("Parse(%q) for down = %v, want success: %v", text, err, ok)
		}
		if ok && (tunnel.Name != "wg0" || tunnel.Path != "wg0.conf" || len(tunnel.Settings.Interface.PostDown) != 1) {
			t.Errorf("Parse(%q) for down = %+v, want the name, the path and a hook", text, tunnel)
		}
		if _, err := Parse("wg0", "wg0.conf", []byte(text), quick.VerbUp, wgconf.DialectWGQuick); err == nil {
			t.Errorf("Parse(%q) for up = nil, want an error", text)
		}
	}
}
