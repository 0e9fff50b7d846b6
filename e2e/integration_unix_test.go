//go:build integration && unix

package e2e_test

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestIntegrationUnprivileged checks what a user without privileges may do with a
// kernel device.
func TestIntegrationUnprivileged(t *testing.T) {
	c, sys := creatingClient(t)
	s := machineDevice(t, c)
	config := sys.supported(s.read(t), wgtypes.Config{
		PrivateKey: &testutil.Key1, Peers: []wgtypes.PeerConfig{testutil.FullPeer(testutil.PeerA, "10.0.0.0/8")},
	})
	s.configure(t, config)
	want := s.read(t)
	child := exec.Command(copyForOthers(t))
	child.Env = append(os.Environ(), actAs+"="+unprivilegedCaller, callersDevice+"="+s.name)
	child.Dir = "/"
	const user = 65533
	child.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: user, Gid: user}}
	if out, err := child.CombinedOutput(); err != nil {
		t.Errorf("the unprivileged caller ended with %v, want exit code 0; it printed: %s", err, out)
	}
	if diff := sys.compare(want, s.read(t)); diff != "" {
		t.Errorf("Device(%q) after the unprivileged caller (-want +got):\n%s", s.name, diff)
	}
}

// copyForOthers copies this test binary to a directory that every user may enter, and
// returns the copy's path. The end of the test removes it.
func copyForOthers(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "wg")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	path := filepath.Join(dir, "caller")
	if err := copyFile(path, dir); err != nil {
		t.Fatalf("copying the test binary: %v", err)
	}
	return path
}

func copyFile(path, dir string) error {
	const everyone = 0o755
	self, err := os.Executable()
	if err != nil {
		return err
	}
	from, err := os.Open(self)
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, everyone)
	if err != nil {
		return err
	}
	if _, err := io.Copy(to, from); err != nil {
		_ = to.Close()
		return err
	}
	if err := to.Close(); err != nil {
		return err
	}
	for _, name := range []string{dir, path} {
		if err := os.Chmod(name, everyone); err != nil { // whatever the umask is
			return err
		}
	}
	return nil
}
