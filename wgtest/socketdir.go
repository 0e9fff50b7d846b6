package wgtest

import (
	"os"
	"testing"

	"github.com/wgctrl/wgctrl/internal/testutil"
)

// SocketDir returns a new directory for the sockets of userspace devices, for
// [wgctrl.WithSocketDirs]. Its path is short enough for a socket; that of
// t.TempDir, which contains the name of the test, may be too long. Only the
// owner can enter the directory. It is removed at the end of the test.
func SocketDir(t testing.TB) string {
	t.Helper()
	dir, err := testutil.TempSocketDir()
	if err != nil {
		t.Fatalf("wgtest: create a socket directory: %v", err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Errorf("wgtest: remove the socket directory: %v", err)
		}
	})
	return dir
}
