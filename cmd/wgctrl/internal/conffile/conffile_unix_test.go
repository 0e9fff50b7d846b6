//go:build unix

package conffile_test

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/conffile"
	"github.com/wgctrl/wgctrl/wgtest"
)

// TestReadKind checks that pipes, sockets and devices are refused, without waiting
// for the other side.
func TestReadKind(t *testing.T) {
	t.Parallel()
	dir := wgtest.SocketDir(t)
	fifo, socket, link, null := filepath.Join(dir, "fifo"), filepath.Join(dir, "socket"), filepath.Join(dir, "link"), filepath.Join(dir, "null")
	if err := unix.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, target := range map[string]string{link: fifo, null: os.DevNull} {
		if err := os.Symlink(target, path); err != nil {
			t.Fatal(err)
		}
	}
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for path, kind := range map[string]string{fifo: "a named pipe", link: "a named pipe", socket: "a socket", "/dev/zero": "a device"} {
		want := "open " + path + ": is " + kind + ": must be a regular file"
		if got, err := conffile.Read(nil, path); got != nil || err == nil || err.Error() != want {
			t.Errorf("Read(%q) = %q, %v, want the error %q", path, got, err, want)
		}
	}
	if got, err := conffile.Read(nil, null); len(got) != 0 || err != nil {
		t.Errorf("Read(a link to the null device) = %q, %v, want nothing, nil", got, err)
	}
}

// TestReadDescriptor checks that a pipe is read if the path is that of a
// descriptor, as in a shell's <(...).
func TestReadDescriptor(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/dev/fd/0"); err != nil {
		t.Skipf("needs /dev/fd: %v", err)
	}
	const text = "[Interface]\n"
	for _, dir := range []string{"/dev/fd", "/dev//fd", "/proc/self/fd", "/proc/thread-self/fd", fmt.Sprintf("/proc/%d/fd", os.Getpid())} {
		if _, err := os.Stat(dir); err != nil {
			continue // not on Linux
		}
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, text); err != nil {
			t.Fatal(err)
		}
		w.Close()
		path := fmt.Sprintf("%s/%d", dir, r.Fd())
		if got, err := conffile.Read(nil, path); string(got) != text || err != nil {
			t.Errorf("Read(%q) = %q, %v, want %q, nil", path, got, err, text)
		}
		r.Close()
	}
}

// TestReadBelowDescriptor checks that a pipe in a directory is refused although the
// path of the directory is that of a descriptor.
func TestReadBelowDescriptor(t *testing.T) {
	t.Parallel()
	dir, err := os.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	if err := unix.Mkfifo(filepath.Join(dir.Name(), "fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	path := fmt.Sprintf("/proc/self/fd/%d/fifo", dir.Fd())
	if _, err := os.Stat(path); err != nil {
		t.Skipf("needs /proc/self/fd: %v", err)
	}
	if got, err := conffile.Read(nil, path); got != nil || err == nil || !strings.Contains(err.Error(), "is a named pipe") {
		t.Errorf("Read(%q) = %q, %v, want the error that it is a named pipe", path, got, err)
	}
}

// TestReadCloses checks that Read leaves no file open.
func TestReadCloses(t *testing.T) { // not parallel: it counts descriptors
	const reads = 200
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // collecting a file closes it
	path := filepath.Join(t.TempDir(), "conf")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	count := func() int {
		entries, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Skipf("needs /proc/self/fd: %v", err)
		}
		return len(entries)
	}
	before := count()
	for range reads {
		if _, err := conffile.Read(nil, path); err != nil {
			t.Fatal(err)
		}
	}
	if after := count(); after > before+reads/2 {
		t.Errorf("open files after %d reads = %d, want about %d as before", reads, after, before)
	}
}

// TestReadClosed checks that a closed standard input is an error by any of its
// names. The runtime opens the null device for reading and writing instead.
func TestReadClosed(t *testing.T) {
	t.Parallel()
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	for _, path := range []string{"-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"} {
		if got, err := conffile.Read(null, path); got != nil || err == nil || !strings.Contains(err.Error(), "standard input is closed") {
			t.Errorf("Read(%q) with a closed input = %q, %v, want the error that it is closed", path, got, err)
		}
	}
}
