//go:build unix

package uapinet_test

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/uapi/uapinet"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// socketDir returns a directory that must be empty at the end of the test.
func socketDir(t *testing.T) string {
	t.Helper()
	dir, err := testutil.TempSocketDir()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.Remove(dir); err != nil {
			t.Errorf("removing the directory = %v, want nil for an empty directory", err)
		}
	})
	return dir
}

func listen(t *testing.T, dir, name string) net.Listener {
	t.Helper()
	l, err := uapinet.ListenIn(dir, name)
	if err != nil {
		t.Fatalf("ListenIn(%q, %q) = %v, want nil", dir, name, err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Errorf("Close = %v, want nil", err)
		}
	})
	return l
}

func TestListenIn(t *testing.T) {
	t.Parallel()
	dir := socketDir(t)
	path := filepath.Join(dir, "wg0.sock")
	l := listen(t, dir, "wg0")
	if got := l.Addr().String(); got != path {
		t.Errorf("Addr = %q, want %q", got, path)
	}
	info, err := os.Lstat(path)
	if want := fs.ModeSocket | 0o700; err != nil || info.Mode() != want {
		t.Errorf("mode = %v, %v, want %v", info.Mode(), err, want)
	}
	c, err := net.Dial("unix", path)
	if err != nil {
		t.Fatalf("Dial = %v, want nil", err)
	}
	defer c.Close()
	accepted, err := l.Accept()
	if err != nil {
		t.Fatalf("Accept = %v, want nil", err)
	}
	accepted.Close()
	for range 2 {
		if err := l.Close(); err != nil {
			t.Errorf("Close = %v, want nil", err)
		}
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Lstat after Close = %v, want %v", err, fs.ErrNotExist)
	}
	if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Accept after Close = %v, want %v", err, net.ErrClosed)
	}
}

func TestListenInReplacesStaleSocket(t *testing.T) {
	t.Parallel()
	dir := socketDir(t)
	path := filepath.Join(dir, "wg0.sock")
	if err := testutil.MakeDeadSocket(path); err != nil {
		t.Fatal(err)
	}
	listen(t, dir, "wg0")
	c, err := net.Dial("unix", path)
	if err != nil {
		t.Fatalf("Dial = %v, want nil", err)
	}
	c.Close()
}

func TestListenInKeepsExistingFiles(t *testing.T) {
	t.Parallel()
	dir := socketDir(t)
	file := filepath.Join(dir, "file.sock")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	defer os.Remove(file)
	link := filepath.Join(dir, "link.sock")
	if err := os.Symlink("nowhere", link); err != nil {
		t.Fatal(err)
	}
	defer os.Remove(link)
	// A stream socket cannot connect to it, which does not mean that it is stale.
	datagram, err := net.ListenPacket("unixgram", filepath.Join(dir, "datagram.sock"))
	if err != nil {
		t.Fatal(err)
	}
	defer os.Remove(datagram.LocalAddr().String())
	defer datagram.Close()
	listen(t, dir, "wg0")
	for _, name := range []string{"wg0", "file", "link", "datagram"} {
		path := filepath.Join(dir, name+".sock")
		before, err := os.Lstat(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := uapinet.ListenIn(dir, name); !errors.Is(err, fs.ErrExist) || !strings.Contains(err.Error(), path) {
			t.Errorf("ListenIn(%q) = %v, want %v with the path", name, err, fs.ErrExist)
		}
		if after, err := os.Lstat(path); err != nil || !os.SameFile(before, after) {
			t.Errorf("%s after ListenIn = %v, %v, want it unchanged", path, after, err)
		}
	}
}

// TestCloseKeepsOtherSocket checks that Close does not remove a socket that has
// replaced its own.
func TestCloseKeepsOtherSocket(t *testing.T) {
	t.Parallel()
	dir := socketDir(t)
	path := filepath.Join(dir, "wg0.sock")
	l := listen(t, dir, "wg0")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	listen(t, dir, "wg0")
	if err := l.Close(); err != nil {
		t.Errorf("Close = %v, want nil", err)
	}
	if _, err := os.Lstat(path); err != nil {
		t.Errorf("Lstat of the other socket = %v, want nil", err)
	}
}

func TestListenInErrors(t *testing.T) {
	t.Parallel()
	dir := socketDir(t)
	for _, name := range []string{"", ".", "..", "a/b", "a\nb"} {
		var field *wgtypes.FieldError
		if _, err := uapinet.ListenIn(dir, name); !errors.As(err, &field) {
			t.Errorf("ListenIn(%q) = %v, want a *FieldError", name, err)
		}
	}
	for _, length := range []int{50, 75, 100, 200} {
		name := strings.Repeat("x", length)
		l, err := uapinet.ListenIn(dir, name)
		if err == nil {
			l.Close()
		}
		if short := len(filepath.Join(dir, name+".sock")) < 100; short != (err == nil) || !short && !errors.Is(err, syscall.ENAMETOOLONG) {
			t.Errorf("ListenIn with a name of %d bytes = %v, want ENAMETOOLONG: %t", length, err, !short)
		}
	}
	// The path of the socket is short enough, but that of the private directory is not.
	deep := filepath.Join(dir, strings.Repeat("d", len(syscall.RawSockaddrUnix{}.Path)-1-len(dir)-len("//w.sock")))
	if err := os.Mkdir(deep, 0o700); err != nil {
		t.Fatal(err)
	}
	defer os.Remove(deep)
	if _, err := uapinet.ListenIn(deep, "w"); !errors.Is(err, syscall.ENAMETOOLONG) {
		t.Errorf("ListenIn(%q, %q) = %v, want %v", deep, "w", err, syscall.ENAMETOOLONG)
	}
	if _, err := uapinet.ListenIn(filepath.Join(dir, "missing"), "wg0"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("ListenIn a missing directory = %v, want %v", err, fs.ErrNotExist)
	}
}

// TestListenInRelativeDir checks that Close removes the socket after the process
// has changed its directory, and that "@" has no special meaning.
func TestListenInRelativeDir(t *testing.T) {
	dir := socketDir(t)
	t.Chdir(dir)
	if err := os.Mkdir("@d", 0o700); err != nil {
		t.Fatal(err)
	}
	defer os.Remove(filepath.Join(dir, "@d"))
	l := listen(t, "@d", "wg0")
	path := filepath.Join(dir, "@d", "wg0.sock")
	if _, err := os.Lstat(path); err != nil {
		t.Errorf("Lstat = %v, want nil", err)
	}
	t.Chdir("/")
	if err := l.Close(); err != nil {
		t.Errorf("Close = %v, want nil", err)
	}
}
