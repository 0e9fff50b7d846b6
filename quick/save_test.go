//go:build unix

package quick

import (
	"errors"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/quick/internal/saved"
	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// savedTunnel returns a tunnel with its file on disk.
func savedTunnel(t *testing.T, text string) *Tunnel {
	t.Helper()
	tunnel := parseTunnel(t, text)
	tunnel.Path = filepath.Join(t.TempDir(), "wg0.conf")
	if err := os.WriteFile(tunnel.Path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return tunnel
}

func readText(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The mark that up chose and what up did not change stay out of the file.
func TestSaveOfUnchangedInterfaceKeepsFile(t *testing.T) {
	t.Parallel()
	text := "# office\n" + strings.Replace(hookedDefaults, "post-up", `a && b \\ %i # "c"`, 1)
	tunnel := savedTunnel(t, text)
	m := newMachine()
	sys := m.system(t.TempDir())
	if err := sys.up(t.Context(), tunnel, tunnel.Settings); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := sys.save(t.Context(), tunnel); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(text, readText(t, tunnel.Path)); diff != "" {
			t.Errorf("file after save (-want +got):\n%s", diff)
		}
	}
}

// Down saves the interface if the file says so, and again after the next up.
func TestDownSaves(t *testing.T) {
	t.Parallel()
	text := strings.Replace(hookedDefaults, "DNS", "SaveConfig = true\nDNS", 1)
	tunnel := savedTunnel(t, text)
	m := newMachine()
	sys := m.system(t.TempDir())
	if err := sys.up(t.Context(), tunnel, tunnel.Settings); err != nil {
		t.Fatal(err)
	}
	change := wgtypes.Config{Peers: []wgtypes.PeerConfig{{PublicKey: wgtypes.PublicKey{1}, AllowedIPs: []netip.Prefix{addressOf(t, "10.99.0.0/16")}}}}
	for range 2 { // a second save of the same file needs its new digest
		if err := m.ConfigureDevice(t.Context(), "wg0", change); err != nil {
			t.Fatal(err)
		}
		if err := sys.save(t.Context(), tunnel); err != nil {
			t.Fatal(err)
		}
		change.Peers[0].PublicKey[0]++
	}
	if err := sys.down(t.Context(), tunnel); err != nil {
		t.Fatal(err)
	}
	if got := readText(t, tunnel.Path); !strings.Contains(got, "AllowedIPs = 10.99.0.0/16") || !strings.Contains(got, "PostUp = post-up") {
		t.Errorf("file after down =\n%s\nwant the new peer and the hooks", got)
	}
}

// A file that changed since up is not overwritten, and a failed save stops down.
func TestSaveRefusesChangedFile(t *testing.T) {
	t.Parallel()
	tunnel := savedTunnel(t, strings.Replace(hookedDefaults, "DNS", "SaveConfig = true\nDNS", 1))
	m := newMachine()
	sys := m.system(t.TempDir())
	if err := sys.up(t.Context(), tunnel, tunnel.Settings); err != nil {
		t.Fatal(err)
	}
	want := m.clone(t)
	const edited = "# edited\n"
	if err := os.WriteFile(tunnel.Path, []byte(edited), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := sys.save(t.Context(), tunnel); !errors.Is(err, saved.ErrChanged) {
		t.Errorf("save = %v, want ErrChanged", err)
	}
	if err := sys.down(t.Context(), tunnel); !errors.Is(err, saved.ErrChanged) {
		t.Errorf("down = %v, want ErrChanged", err)
	}
	if got := readText(t, tunnel.Path); got != edited {
		t.Errorf("file = %q, want %q", got, edited)
	}
	if diff := m.diff(want); diff != "" {
		t.Errorf("machine after a failed save (-want +got):\n%s", diff)
	}
}

func TestSaveOfMissingInterface(t *testing.T) {
	t.Parallel()
	tunnel := savedTunnel(t, ipv4Default)
	if err := newMachine().system(t.TempDir()).save(t.Context(), tunnel); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("save = %v, want fs.ErrNotExist", err)
	}
}

// TestMissingPath checks that what has to save a file needs its path before anything else.
func TestMissingPath(t *testing.T) {
	t.Parallel()
	s := &wgconf.Settings{Interface: wgconf.Interface{SaveConfig: true, PreDown: []string{"exit 1"}}}
	for _, v := range []Verb{VerbSave, VerbDown} {
		if _, err := Plan(t.Context(), nil, v, &Tunnel{Name: "wg0", Settings: s}, Options{}); !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("Plan(%s) without a path = %v, want fs.ErrInvalid", v, err)
		}
	}
}
