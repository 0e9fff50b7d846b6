//go:build unix

package wguser_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl/internal/wguser"
)

// notified is a Backend whose Notify is running.
type notified struct {
	*wguser.Backend
	told chan struct{}
}

// notify starts Notify and waits until it has called changed once. Notify ends with
// the test.
func notify(t *testing.T, dirs ...string) notified {
	t.Helper()
	n := notified{backend(t, dirs...), make(chan struct{}, 1)}
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error, 1)
	go func() {
		result <- n.Notify(ctx, func() {
			select {
			case n.told <- struct{}{}:
			default:
			}
		})
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-result; err != nil {
			t.Errorf("Notify = %v, want nil", err)
		}
	})
	n.await(t)
	return n
}

// await lists the devices after each notification, until their names are want.
func (n notified) await(t *testing.T, want ...string) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	for {
		select {
		case <-n.told:
		case <-deadline:
			refs, err := n.List(t.Context())
			t.Fatalf("no notification within 20s; the devices are %q, %v, want %q", names(refs), err, want)
		}
		refs, err := n.List(t.Context())
		if err == nil && slices.Equal(names(refs), want) {
			return
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestNotify adds, renames and removes sockets.
func TestNotify(t *testing.T) {
	t.Parallel()
	dir, second := tempDir(t), tempDir(t)
	n := notify(t, dir, second)
	for range 3 {
		listen(t, second, "wg1", newFake().answer)
		n.await(t, "wg1")
		listen(t, dir, "wg0", newFake().answer)
		n.await(t, "wg0", "wg1")
		must(t, os.Rename(filepath.Join(dir, "wg0.sock"), filepath.Join(dir, "new0.sock")))
		n.await(t, "new0", "wg1")
		must(t, os.Remove(filepath.Join(dir, "new0.sock")))
		n.await(t, "wg1")
		must(t, os.Remove(filepath.Join(second, "wg1.sock")))
		if hasKqueue {
			return
		}
		n.await(t)
	}
}

// hasKqueue says that the system sends no event when the last socket of a directory
// is removed.
var hasKqueue = runtime.GOOS != "linux"

// TestNotifyLate creates and removes the directory and its parents while Notify
// runs.
func TestNotifyLate(t *testing.T) {
	t.Parallel()
	root := tempDir(t)
	dir := filepath.Join(root, "run", "wireguard")
	n := notify(t, dir)
	for range 3 {
		must(t, os.MkdirAll(dir, 0o700))
		listen(t, dir, "wg0", newFake().answer)
		n.await(t, "wg0")
		must(t, os.RemoveAll(filepath.Join(root, "run")))
		if hasKqueue {
			return
		}
		n.await(t)

		must(t, os.Mkdir(filepath.Join(root, "run"), 0o700))
		must(t, os.Mkdir(dir, 0o700))
		n.await(t)
		listen(t, dir, "wg1", newFake().answer)
		n.await(t, "wg1")
		must(t, os.Rename(filepath.Join(root, "run"), filepath.Join(root, "away")))
		must(t, os.RemoveAll(filepath.Join(root, "away")))
		n.await(t)
	}
}

// TestNotifyListensLater has a daemon that listens some time after it has created
// its socket.
func TestNotifyListensLater(t *testing.T) {
	t.Parallel()
	dir := tempDir(t)
	n := notify(t, dir)
	<-n.told // the second look after the start
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	must(t, err)
	defer syscall.Close(fd)
	must(t, syscall.Bind(fd, &syscall.SockaddrUnix{Name: filepath.Join(dir, "wg0.sock")}))
	n.await(t) // the event for the socket, before the daemon listens
	must(t, syscall.Listen(fd, 1))
	n.await(t, "wg0")
}

// TestNotifyElsewhere checks that sockets next to a directory that does not exist yet
// cause no notification.
func TestNotifyElsewhere(t *testing.T) {
	t.Parallel()
	root := tempDir(t)
	dir := filepath.Join(root, "wireguard")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	calls := 0
	err := backend(t, dir).Notify(ctx, func() {
		calls++
		_, err := os.Lstat(dir)
		switch {
		case calls == 2: // the second look after the start
			for i := range 200 {
				must(t, os.WriteFile(filepath.Join(root, fmt.Sprintf("%d.sock", i)), nil, 0o600))
			}
			time.AfterFunc(100*time.Millisecond, func() { os.Mkdir(dir, 0o700) })
		case calls > 2 && err != nil:
			t.Errorf("call %d without a directory, want none", calls)
			cancel()
		case calls > 2:
			cancel()
		}
	})
	if err != nil || calls < 3 {
		t.Errorf("Notify = %v after %d calls, want nil and a call for the directory", err, calls)
	}
}

// TestNotifyOthers creates other files in the directory and next to it. They must
// not hide the events for sockets.
func TestNotifyOthers(t *testing.T) {
	t.Parallel()
	root := tempDir(t)
	dir := filepath.Join(root, "wireguard")
	n := notify(t, dir)
	must(t, os.WriteFile(filepath.Join(root, "wire"), nil, 0o600))
	must(t, os.Mkdir(filepath.Join(root, "wireguard2"), 0o700))
	must(t, os.Mkdir(dir, 0o700))
	n.await(t)
	must(t, os.WriteFile(filepath.Join(dir, "wg0.pid"), nil, 0o600))
	listen(t, dir, "wg0", newFake().answer)
	n.await(t, "wg0")
}

// TestNotifyUnreadable makes a directory readable while Notify runs.
func TestNotifyUnreadable(t *testing.T) {
	t.Parallel()
	if os.Geteuid() == 0 {
		t.Skip("root can read every directory")
	}
	root := tempDir(t)
	dir := filepath.Join(root, "wireguard")
	must(t, os.Mkdir(dir, 0))
	b := backend(t, dir)
	ctx, cancel := context.WithCancel(t.Context())
	told := 0
	if err := b.Notify(ctx, func() {
		if told++; told == 1 {
			must(t, os.Chmod(dir, 0o700))
			return
		}
		cancel()
	}); err != nil {
		t.Errorf("Notify = %v, want nil", err)
	}
}

// TestNotifyNothing checks that Notify returns immediately if no notification can
// come, and when its context ends.
func TestNotifyNothing(t *testing.T) {
	t.Parallel()
	in := wguser.NewInProcess(wguser.InProcess{Name: "here", Device: inProcess(newFake())})
	defer in.Close()
	none := backend(t, []string{}...)
	for _, b := range []*wguser.Backend{in, none} {
		if err := b.Notify(t.Context(), func() { t.Error("changed was called, want no call") }); err != nil {
			t.Errorf("Notify = %v, want nil", err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := backend(t, tempDir(t)).Notify(ctx, func() {}); err != nil {
		t.Errorf("Notify = %v, want nil", err)
	}
}

// TestNotifyNoDirectory watches a path that is too long to exist.
func TestNotifyNoDirectory(t *testing.T) {
	t.Parallel()
	err := backend(t, "/"+strings.Repeat("x", 5000)).Notify(t.Context(), func() { t.Error("changed was called, want no call") })
	if !errors.Is(err, syscall.ENAMETOOLONG) {
		t.Errorf("Notify = %v, want %v", err, syscall.ENAMETOOLONG)
	}
}
