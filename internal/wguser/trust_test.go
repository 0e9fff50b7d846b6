//go:build unix

package wguser_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wguser"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// trustTests prepare a directory that has the socket wg0.sock, and return the
// directory to search.
var trustTests = []struct {
	name    string
	arrange func(dir string) (socketDir string, err error)
	trusted bool
}{
	{"private", func(dir string) (string, error) { return dir, nil }, true},
	{"group", func(dir string) (string, error) {
		return dir, errors.Join(os.Chmod(dir, 0o770), os.Chmod(dir+"/wg0.sock", 0o770))
	}, true},
	{"readable", func(dir string) (string, error) {
		return dir, errors.Join(os.Chmod(dir, 0o755), os.Chmod(dir+"/wg0.sock", 0o755))
	}, true},
	{"socket", func(dir string) (string, error) { return dir, os.Chmod(dir+"/wg0.sock", 0o702) }, false},
	{"directory", func(dir string) (string, error) { return dir, os.Chmod(dir, 0o703) }, false},
	{"sticky directory", func(dir string) (string, error) { return dir, os.Chmod(dir, 0o777|os.ModeSticky) }, false},
	{"link to a good one", func(dir string) (string, error) {
		links := dir + "/links"
		return links, errors.Join(os.Mkdir(links, 0o700), os.Symlink("../wg0.sock", links+"/wg0.sock"))
	}, true},
	{"link to a bad one", func(dir string) (string, error) {
		links := dir + "/links"
		return links, errors.Join(os.Chmod(dir, 0o703), os.Mkdir(links, 0o700), os.Symlink("../wg0.sock", links+"/wg0.sock"))
	}, false},
	{"link in a bad directory", func(dir string) (string, error) {
		links := dir + "/links"
		return links, errors.Join(os.Mkdir(links, 0o700), os.Symlink("../wg0.sock", links+"/wg0.sock"), os.Chmod(links, 0o703))
	}, false},
}

// TestTrust checks that no byte of a request with a secret is sent over a socket
// that every user could have created.
func TestTrust(t *testing.T) {
	t.Parallel()
	for _, test := range trustTests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := tempDir(t)
			f := &fakeDaemon{device: &wgtypes.Device{PrivateKey: wgtypes.NewPrivateKey(repeated(0x48))}}
			listen(t, dir, "wg0", f.answer)
			if err := os.Chmod(dir+"/wg0.sock", 0o700); err != nil {
				t.Fatal(err)
			}
			socketDir, err := test.arrange(dir)
			if err != nil {
				t.Fatal(err)
			}
			testTrust(t, f, socketDir, test.trusted)
		})
	}
}

// TestTrustAmnezia checks that a header protection key is a secret, also one that the
// device has already and that another change repeats.
func TestTrustAmnezia(t *testing.T) {
	t.Parallel()
	dir := tempDir(t)
	f := &fakeAmnezia{TB: t, daemon: testutil.AmneziaDaemon{Release: testutil.AmneziaGo31}}
	listen(t, dir, "wg0", f.answer)
	b := wguser.New(wguser.Config{Kind: wgtypes.KindAmneziaUserspace, Dirs: []string{dir}})
	defer b.Close()
	prefix := new(uint16(12))
	keyed := wgtypes.Config{Amnezia: &wgtypes.AmneziaConfig{
		S1: prefix, S2: prefix, S3: prefix, S4: prefix, HeaderProtectionKey: new(wgtypes.NewHeaderProtectionKey(repeated(5))),
	}}
	junk := wgtypes.Config{Amnezia: &wgtypes.AmneziaConfig{Jmax: new(uint16(80))}}
	for _, step := range []struct {
		mode    os.FileMode // of the directory
		change  wgtypes.Config
		refused bool
	}{
		{0o703, keyed, true},
		{0o703, junk, false},
		{0o700, keyed, false},
		{0o703, wgtypes.Config{Amnezia: &wgtypes.AmneziaConfig{Jmax: new(uint16(90))}}, true},
		{0o703, wgtypes.Config{Amnezia: &wgtypes.AmneziaConfig{HeaderProtectionKey: new(wgtypes.HeaderProtectionKey)}}, false},
	} {
		if err := os.Chmod(dir, step.mode); err != nil {
			t.Fatal(err)
		}
		_ = f.sets()
		err := configure(t.Context(), b, "wg0", step.change)
		if sets := f.sets(); errors.Is(err, fs.ErrPermission) != step.refused || step.refused != (len(sets) == 0) {
			t.Errorf("Configure(%v) in a directory of mode %o = %v, sent %q, want fs.ErrPermission and nothing sent: %t", step.change, step.mode, err, sets, step.refused)
		}
	}
}

func testTrust(t *testing.T, f *fakeDaemon, dir string, trusted bool) {
	b := backend(t, dir)
	psk := wgtypes.NewPresharedKey(repeated(5))
	secrets := []wgtypes.Config{
		{PrivateKey: new(wgtypes.NewPrivateKey(repeated(5)))},
		{Peers: []wgtypes.PeerConfig{{PublicKey: repeated(1)}, {PublicKey: repeated(2), PresharedKey: &psk}}},
	}
	for i, c := range secrets {
		err := configure(t.Context(), b, "wg0", c)
		if trusted != (err == nil) {
			t.Errorf("Configure with secret %d = %v, want success: %t", i, err, trusted)
		}
		if err != nil {
			mustDistrust(t, err, filepath.Join(dir, "wg0.sock"))
		}
	}
	if sets := f.sets(); !trusted && len(sets) > 0 {
		t.Errorf("sent %q, want nothing", sets)
	}
	harmless := wgtypes.Config{
		FirewallMark: new(uint32), PrivateKey: new(wgtypes.PrivateKey),
		Peers: []wgtypes.PeerConfig{{PublicKey: repeated(1), PresharedKey: new(wgtypes.PresharedKey)}},
	}
	if err := configure(t.Context(), b, "wg0", harmless); err != nil {
		t.Errorf("Configure without a secret = %v, want nil", err)
	}
	anyway := wguser.New(wguser.Config{Dirs: []string{dir}, Untrusted: true})
	defer anyway.Close()
	if err := configure(t.Context(), anyway, "wg0", secrets[0]); err != nil {
		t.Errorf("Configure without the check = %v, want nil", err)
	}
}

func mustDistrust(t *testing.T, err error, path string) {
	t.Helper()
	var partial *wginternal.PartialError
	if !errors.Is(err, os.ErrPermission) || errors.As(err, &partial) {
		t.Errorf("Configure = %v, want %v and no *PartialError", err, os.ErrPermission)
	}
	for _, part := range []string{path, "WithUntrustedSockets", "writable by everyone"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("Configure = %v, want an error with %q", err, part)
		}
	}
}

// TestOwners checks the owners of files, which are used on systems that do not
// report the peer's user.
func TestOwners(t *testing.T) {
	t.Parallel()
	dir := tempDir(t)
	listen(t, dir, "wg0", newFake().answer)
	path := filepath.Join(dir, "wg0.sock")
	if err := errors.Join(os.Chmod(path, 0o700), wguser.JudgePaths(path, true)); err != nil {
		t.Errorf("JudgePaths of our own socket = %v, want nil", err)
	}
	if os.Geteuid() != 0 {
		t.Skip("only root can give files away")
	}
	for _, p := range []string{path, dir} {
		if err := os.Chown(p, 65534, -1); err != nil {
			t.Fatal(err)
		}
		if err := wguser.JudgePaths(path, true); err == nil || !strings.Contains(err.Error(), p+" is owned by user 65534") {
			t.Errorf("JudgePaths with %s of another user = %v, want an error with the user", p, err)
		}
		if err := os.Chown(p, 0, -1); err != nil {
			t.Fatal(err)
		}
	}
}
