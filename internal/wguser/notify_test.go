//go:build unix

package wguser_test

import (
	"context"
	"errors"
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

// notified is a Backend that is being told of changes.
type notified struct {
	*wguser.Backend
	told chan struct{}
}

// notify starts Notify and waits until it is in place; the test ends it.
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

// await lists the devices each time that a change is told, until they are as
// wanted.
func (n notified) await(t *testing.T, want ...string) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	for {
		select {
		case <-n.told:
		case <-deadline:
			t.Fatalf("nothing told that there are %q", want)
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

// TestNotify: sockets that come and go are told.
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

// hasKqueue is where nothing tells that the last socket has gone.
var hasKqueue = runtime.GOOS != "linux"

// TestNotifyLate: the directory, and its parents, may come later, go and come
// again.
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

// TestNotifyListensLater: a daemon makes its socket first and listens then.
func TestNotifyListensLater(t *testing.T) {
	t.Parallel()
	dir := tempDir(t)
	n := notify(t, dir)
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	must(t, err)
	defer syscall.Close(fd)
	must(t, syscall.Bind(fd, &syscall.SockaddrUnix{Name: filepath.Join(dir, "wg0.sock")}))
	n.await(t) // it was looked at too early
	must(t, syscall.Listen(fd, 1))
	n.await(t, "wg0")
}

// TestNotifyOthers: files that are no sockets, beside the directory or in it,
// say nothing.
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

// TestNotifyUnreadable: in place of a directory that may not be read its parent
// is watched, which tells when it may.
func TestNotifyUnreadable(t *testing.T) {
	t.Parallel()
	if os.Geteuid() == 0 {
		t.Skip("root may read everything")
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

// TestNotifyNothing: where there is nothing to be told it ends at once, and so
// it does with its context.
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

// TestNotifyNoDirectory: a path that cannot be is an error.
func TestNotifyNoDirectory(t *testing.T) {
	t.Parallel()
	err := backend(t, "/"+strings.Repeat("x", 5000)).Notify(t.Context(), func() { t.Error("changed was called, want no call") })
	if !errors.Is(err, syscall.ENAMETOOLONG) {
		t.Errorf("Notify = %v, want %v", err, syscall.ENAMETOOLONG)
	}
}
