//go:build linux || darwin || freebsd || openbsd

package wireguardgo_test

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wireguardgo"
)

// socketDir returns a directory. It checks that the test leaves it empty.
func socketDir(t *testing.T) string {
	t.Helper()
	dir := wgtest.SocketDir(t)
	t.Cleanup(func() {
		if err := os.Remove(dir); err != nil {
			t.Errorf("Remove(%q) = %v, want an empty directory", dir, err)
		}
	})
	return dir
}

func dial(t *testing.T, d *wireguardgo.Device) net.Conn {
	t.Helper()
	c, err := net.Dial("unix", d.SocketPath())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func TestSocketAnswers(t *testing.T) {
	t.Parallel()
	dir := socketDir(t)
	d := start(t, wireguardgo.Options{Name: "wg0", Dir: dir, Bind: wireguardgo.Offline()})
	if want := filepath.Join(dir, "wg0.sock"); d.SocketPath() != want {
		t.Errorf("SocketPath() = %q, want %q", d.SocketPath(), want)
	}
	c := dial(t, d)
	if _, err := io.WriteString(c, "set=1\nlisten_port=7\n\n"); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(c).ReadString('\n'); line != "errno=0\n" {
		t.Errorf("reply = %q, %v, want %q", line, err, "errno=0\n")
	}
	if port := get(t, d)["listen_port"]; port != "7" {
		t.Errorf("listen_port=%s, want 7", port)
	}
}

func TestSocketIsPrivate(t *testing.T) {
	t.Parallel()
	d := start(t, wireguardgo.Options{Name: "wg0", Dir: socketDir(t), Bind: wireguardgo.Offline()})
	info, err := os.Lstat(d.SocketPath())
	if err != nil {
		t.Fatal(err)
	}
	if want := fs.ModeSocket | 0o700; info.Mode() != want {
		t.Errorf("mode of the socket = %v, want %v", info.Mode(), want)
	}
	entries, err := os.ReadDir(filepath.Dir(d.SocketPath()))
	if err != nil || len(entries) != 1 {
		t.Errorf("ReadDir() = %v, %v, want only the socket", entries, err)
	}
}

func TestSocketIsNotReplaced(t *testing.T) {
	t.Parallel()
	dir := socketDir(t)
	start(t, wireguardgo.Options{Name: "wg0", Dir: dir, Bind: wireguardgo.Offline()})
	if _, err := wireguardgo.New(wireguardgo.Options{Name: "wg0", Dir: dir}); !errors.Is(err, fs.ErrExist) {
		t.Errorf("New() with the name of another device = %v, want fs.ErrExist", err)
	}
	long := strings.Repeat("x", 100)
	if _, err := wireguardgo.New(wireguardgo.Options{Name: long, Dir: dir}); !errors.Is(err, syscall.ENAMETOOLONG) {
		t.Errorf("New() with a name of 100 bytes = %v, want ENAMETOOLONG", err)
	}
	if _, err := wireguardgo.New(wireguardgo.Options{Name: "wg1", Dir: filepath.Join(dir, "no")}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("New() with a missing directory = %v, want fs.ErrNotExist", err)
	}
}

// TestCloseEndsConnections checks that Close does not wait for clients that are
// idle or in the middle of a change.
func TestCloseEndsConnections(t *testing.T) {
	t.Parallel()
	d := start(t, wireguardgo.Options{Name: "wg0", Dir: socketDir(t), Bind: wireguardgo.Offline()})
	idle, busy := dial(t, d), dial(t, d)
	if _, err := io.WriteString(busy, "set=1\nfwmark=1\n"); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	for _, c := range []net.Conn{idle, busy} {
		if _, err := io.Copy(io.Discard, c); err != nil && !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("reading the connection = %v, want its end or ECONNRESET", err)
		}
	}
	if _, err := os.Lstat(d.SocketPath()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Lstat(%q) after Close = %v, want error wrapping fs.ErrNotExist", d.SocketPath(), err)
	}
}
