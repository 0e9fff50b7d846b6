package cli

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestFileOfDevice checks that the directory of AmneziaWG counts only for a file that is
// missing in the first directory.
func TestFileOfDevice(t *testing.T) {
	t.Parallel()
	first, second := t.TempDir(), t.TempDir()
	for _, path := range []string{
		filepath.Join(first, "wg0.conf"), filepath.Join(first, "both.conf"), filepath.Join(second, "both.conf"), filepath.Join(second, "awg0.conf"),
	} {
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for device, dir := range map[string]string{"wg0": first, "both": first, "awg0": second, "none": first} {
		if got, want := fileOfDevice([]string{first, second}, device), filepath.Join(dir, device+".conf"); got != want {
			t.Errorf("fileOfDevice(%q) = %q, want %q", device, got, want)
		}
	}
}

// TestConfigDirs checks that another --config-dir replaces both directories.
func TestConfigDirs(t *testing.T) {
	t.Parallel()
	for dir, want := range map[string][]string{"/etc/wireguard": {"/etc/wireguard", "/etc/amnezia/amneziawg"}, "conf": {"conf"}} {
		if got := configDirs(dir, wgtypes.KindUnknown); !slices.Equal(got, want) {
			t.Errorf("configDirs(%q) = %q, want %q", dir, got, want)
		}
	}
}

// TestMissingFile checks that the path of a file that is missing everywhere is that of
// the kind of the device.
func TestMissingFile(t *testing.T) {
	t.Parallel()
	const name = "wgctrl-none" // without a file in the directories of this machine
	if _, err := os.Stat(filepath.Join(confDir, name+confSuffix)); errors.Is(err, fs.ErrPermission) {
		t.Skip(err) // usually only root can search the directory
	}
	for kind, want := range map[wgtypes.Kind]string{
		wgtypes.KindUnknown:          "/etc/wireguard/wgctrl-none.conf",
		wgtypes.KindKernel:           "/etc/wireguard/wgctrl-none.conf",
		wgtypes.KindUserspace:        "/etc/wireguard/wgctrl-none.conf",
		wgtypes.KindAmneziaKernel:    "/etc/amnezia/amneziawg/wgctrl-none.conf",
		wgtypes.KindAmneziaUserspace: "/etc/amnezia/amneziawg/wgctrl-none.conf",
	} {
		refs := []wgtypes.DeviceRef{{Name: "other", Kind: wgtypes.KindAmneziaKernel}, {Name: name, Kind: kind}, {Name: name, Kind: wgtypes.KindAmneziaKernel}}
		if got := filepath.ToSlash(fileOfName(refs, confDir, name)); got != want {
			t.Errorf("fileOfName(%q) of kind %v = %q, want %q", name, kind, got, want)
		}
	}
	if got := filepath.ToSlash(fileOfName(nil, confDir, name)); got != "/etc/wireguard/wgctrl-none.conf" {
		t.Errorf("fileOfName(%q) without a device = %q, want a file in /etc/wireguard", name, got)
	}
}

// TestUnreadableFile checks that a file that exists but cannot be read hides that in the
// next directory, so that the error names it.
func TestUnreadableFile(t *testing.T) {
	t.Parallel()
	first, second := t.TempDir(), t.TempDir()
	loop, other := filepath.Join(first, "wg0.conf"), filepath.Join(second, "wg0.conf")
	if err := os.WriteFile(other, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("wg0.conf", loop); err != nil {
		t.Skipf("symbolic links: %v", err)
	}
	if got := fileOfDevice([]string{first, second}, "wg0"); got != loop {
		t.Errorf("fileOfDevice() = %q, want %q, a link to itself", got, loop)
	}
}

// TestConfigDirsOf checks that the directory of AmneziaWG comes first for its devices.
func TestConfigDirsOf(t *testing.T) {
	t.Parallel()
	plain, amnezia := []string{"/etc/wireguard", "/etc/amnezia/amneziawg"}, []string{"/etc/amnezia/amneziawg", "/etc/wireguard"}
	for kind, want := range map[wgtypes.Kind][]string{
		wgtypes.KindUnknown: plain, wgtypes.KindKernel: plain, wgtypes.KindUserspace: plain,
		wgtypes.KindAmneziaKernel: amnezia, wgtypes.KindAmneziaUserspace: amnezia,
	} {
		if got := configDirs("/etc/wireguard", kind); !slices.Equal(got, want) {
			t.Errorf("configDirs(%v) = %q, want %q", kind, got, want)
		}
	}
	if got := configDirs("conf", wgtypes.KindAmneziaKernel); !slices.Equal(got, []string{"conf"}) {
		t.Errorf("configDirs(%q) = %q, want only it", "conf", got)
	}
}

// TestArgumentFile checks which arguments name a file, and which a device.
func TestArgumentFile(t *testing.T) {
	t.Parallel()
	for _, arg := range []string{"-", "wg0.conf", "./wg0", "a/b", "", ".", "..", "testdata", "name-of-16-bytes"} {
		if got := argumentFile("conf", arg); got != arg {
			t.Errorf("argumentFile(%q) = %q, want %q", arg, got, arg)
		}
	}
	for _, arg := range []string{"wg0", "wg0.con", "key"} {
		if got, want := argumentFile("conf", arg), filepath.Join("conf", arg+".conf"); got != want {
			t.Errorf("argumentFile(%q) = %q, want %q", arg, got, want)
		}
	}
}
