package wguser_test

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/wgctrl/wgctrl/wgtypes"
)

const nobody = 65534

// TestAnotherUsersDaemon needs root, because it runs a daemon as another user.
func TestAnotherUsersDaemon(t *testing.T) {
	t.Parallel()
	dir := tempDir(t)
	needRoot(t, os.Chown(dir, nobody, -1))
	var l net.Listener
	asNobody(t, func() (err error) {
		l, err = net.Listen("unix", filepath.Join(dir, "wg0.sock"))
		return err
	})
	defer l.Close()
	err := configure(t.Context(), backend(t, dir), "wg0", wgtypes.Config{PrivateKey: new(wgtypes.NewPrivateKey(repeated(1)))})
	if err == nil || !strings.Contains(err.Error(), "its daemon runs as user 65534") {
		t.Errorf("Configure = %v, want an error that names user %d", err, nobody)
	}
}

// TestOwnersOfFiles checks that the owners of the socket and its directory do not
// matter if the system reports the user of the daemon. It needs root.
func TestOwnersOfFiles(t *testing.T) {
	t.Parallel()
	dir := tempDir(t)
	listen(t, dir, "wg0", newFake().answer)
	path := filepath.Join(dir, "wg0.sock")
	needRoot(t, errors.Join(os.Chmod(path, 0o700), os.Chown(path, 1000, -1), os.Chown(dir, 1000, -1)))
	err := configure(t.Context(), backend(t, dir), "wg0", wgtypes.Config{PrivateKey: new(wgtypes.NewPrivateKey(repeated(1)))})
	if err != nil {
		t.Errorf("Configure of our daemon in another user's directory = %v, want nil", err)
	}
}

// TestOverflowUser has a daemon and a caller that both have the overflow user's
// number. In a user namespace, that can be two different users.
//
// It needs root, because it becomes another user.
func TestOverflowUser(t *testing.T) {
	t.Parallel()
	overflow, err := os.ReadFile("/proc/sys/kernel/overflowuid")
	if err != nil || strings.TrimSpace(string(overflow)) != strconv.Itoa(nobody) {
		t.Skipf("the overflow user is %q, %v, want %d", overflow, err, nobody)
	}
	dir := tempDir(t)
	needRoot(t, os.Chown(dir, nobody, -1))
	f := newFake()
	b := backend(t, dir)
	asNobody(t, func() error {
		l, err := net.Listen("unix", filepath.Join(dir, "wg0.sock"))
		if err != nil {
			return err
		}
		defer l.Close()
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				f.answer(c)
				c.Close()
			}
		}()
		err = configure(t.Context(), b, "wg0", wgtypes.Config{PrivateKey: new(wgtypes.NewPrivateKey(repeated(1)))})
		if !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), "its daemon runs as user 65534, which stands for all users outside") {
			t.Errorf("Configure = %v, want %v that explains the user", err, fs.ErrPermission)
		}
		return nil
	})
	if sets := f.sets(); len(sets) > 0 {
		t.Errorf("sent %d requests with a secret, want 0", len(sets))
	}
}

// TestUnsearchable has a directory that the user can read but not search. Its
// devices are listed and cannot be used.
func TestUnsearchable(t *testing.T) {
	t.Parallel()
	dir := tempDir(t)
	listen(t, dir, "wg0", newFake().answer)
	needRoot(t, os.WriteFile(filepath.Join(dir, "file.sock"), nil, 0o600))
	if err := os.Chmod(dir, 0o744); err != nil {
		t.Fatal(err)
	}
	b := backend(t, dir)
	asNobody(t, func() error {
		refs, err := b.List(t.Context())
		if got := names(refs); err != nil || !slices.Equal(got, []string{"wg0"}) {
			t.Errorf("List = %v, %v, want the device", got, err)
		}
		if _, err := state(t.Context(), b, "wg0"); !errors.Is(err, fs.ErrPermission) {
			t.Errorf("reading = %v, want %v", err, fs.ErrPermission)
		}
		return nil
	})
}

// needRoot skips a test without root, and fails it if its preparation has failed.
func needRoot(t *testing.T, prepared error) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can become another user")
	}
	if prepared != nil {
		t.Fatal(prepared)
	}
}

// asNobody runs f as another user, on a thread that ends with it.
func asNobody(t *testing.T, f func() error) {
	t.Helper()
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // without unlock, so that the thread ends
		const keep = ^uintptr(0)
		if _, _, errno := syscall.RawSyscall(syscall.SYS_SETRESUID, keep, nobody, keep); errno != 0 {
			done <- errno
			return
		}
		done <- f()
	}()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

// TestTrustRace replaces the socket by that of another user and back all the time,
// as a member of the directory's group can. No secret may reach the other user,
// because the check is about the peer of the connection and not about the path.
//
// It needs root, because it runs a daemon as another user.
func TestTrustRace(t *testing.T) {
	t.Parallel()
	dir := tempDir(t)
	ours, theirs := filepath.Join(dir, "ours"), filepath.Join(dir, "theirs")
	for _, d := range []string{ours, theirs} {
		needRoot(t, errors.Join(os.Mkdir(d, 0o700), os.Chmod(dir, 0o711)))
	}
	good := newFake()
	listen(t, ours, "wg0", good.answer)
	if err := errors.Join(os.Chmod(filepath.Join(ours, "wg0.sock"), 0o700), os.Chown(theirs, nobody, -1)); err != nil {
		t.Fatal(err)
	}
	evil := newFake()
	var l net.Listener
	asNobody(t, func() (err error) {
		l, err = net.Listen("unix", filepath.Join(theirs, "wg0.sock"))
		return err
	})
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			serving.Go(func() {
				evil.answer(c)
				c.Close()
			})
		}
	})
	if err := os.Chmod(filepath.Join(theirs, "wg0.sock"), 0o700); err != nil {
		t.Fatal(err)
	}

	stop := make(chan struct{})
	var flipping sync.WaitGroup
	flipping.Go(func() {
		for i := 0; ; i++ {
			link := filepath.Join(dir, "next")
			err := os.Symlink([]string{"theirs/wg0.sock", "ours/wg0.sock"}[i%2], link)
			if err := errors.Join(err, os.Rename(link, filepath.Join(dir, "wg0.sock"))); err != nil {
				t.Error(err)
			}
			select {
			case <-stop:
				return
			default:
			}
		}
	})
	b := backend(t, dir)
	secret := wgtypes.Config{PrivateKey: new(wgtypes.NewPrivateKey(repeated(0x48)))}
	told, refused := 0, 0
	for told+refused < 300 || told == 0 || refused == 0 {
		err := configure(t.Context(), b, "wg0", secret)
		switch {
		case err == nil:
			told++
		case errors.Is(err, fs.ErrPermission):
			refused++
		case !errors.Is(err, fs.ErrNotExist): // before the first link
			t.Fatal(err)
		}
	}
	close(stop)
	flipping.Wait()
	l.Close()
	serving.Wait()
	if sets := evil.sets(); len(sets) > 0 {
		t.Errorf("secrets sent to another user = %d of %d (%.30q), want 0", len(sets), told, strings.Join(sets, ""))
	}
	t.Logf("%d secrets were sent, %d were refused", told, refused)
}

// TestNotifyForbidden watches a directory that the user cannot read: its parent is
// watched instead. It needs root, because it becomes another user.
func TestNotifyForbidden(t *testing.T) {
	t.Parallel()
	root := tempDir(t)
	dir := filepath.Join(root, "wireguard")
	needRoot(t, errors.Join(os.Mkdir(dir, 0o700), os.Chmod(root, 0o755)))
	b := backend(t, dir)
	asNobody(t, func() error {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		if err := b.Notify(ctx, cancel); err != nil {
			t.Errorf("Notify = %v, want nil", err)
		}
		return nil
	})
}
