package wguser_test

import (
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestAnotherUsersDaemon needs root, who can become another user.
func TestAnotherUsersDaemon(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root can listen as another user")
	}
	const nobody = 65534
	dir := tempDir(t)
	if err := os.Chown(dir, nobody, -1); err != nil {
		t.Fatal(err)
	}
	l := listenAs(t, filepath.Join(dir, "wg0.sock"), nobody)
	defer l.Close()
	err := configure(t.Context(), backend(t, dir), "wg0", wgtypes.Config{PrivateKey: new(wgtypes.NewPrivateKey(repeated(1)))})
	if err == nil || !strings.Contains(err.Error(), "its daemon is of user 65534") {
		t.Errorf("%v, want an error that names the user", err)
	}
}

// listenAs listens as another user, on a thread that ends with it.
func listenAs(t *testing.T, path string, uid uintptr) net.Listener {
	t.Helper()
	type result struct {
		l   net.Listener
		err error
	}
	done := make(chan result)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread is of no more use
		if _, _, errno := syscall.RawSyscall(syscall.SYS_SETRESUID, ^uintptr(0), uid, ^uintptr(0)); errno != 0 {
			done <- result{nil, errno}
			return
		}
		l, err := net.Listen("unix", path)
		done <- result{l, err}
	}()
	r := <-done
	if r.err != nil {
		t.Fatal(r.err)
	}
	return r.l
}
