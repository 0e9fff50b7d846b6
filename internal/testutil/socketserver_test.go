//go:build unix

package testutil_test

import (
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl/internal/testutil"
)

// TestServeSocket checks that connections stay open until stop, and that nothing is
// left afterwards.
func TestServeSocket(t *testing.T) {
	t.Parallel()
	dir, err := testutil.TempSocketDir()
	if err != nil {
		t.Fatal(err)
	}
	defer os.Remove(dir)
	stop, err := testutil.ServeSocket(dir, "wg0", func(c net.Conn) { io.WriteString(c, "hello") })
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "wg0.sock")
	c, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	b := make([]byte, 5)
	if _, err := io.ReadFull(c, b); err != nil || string(b) != "hello" {
		t.Errorf("reading = %q, %v, want %q", b, err, "hello")
	}
	if err := c.SetReadDeadline(time.Now().Add(20 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Read(b); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("reading before stop = %v, want %v", err, os.ErrDeadlineExceeded)
	}
	if err := c.SetReadDeadline(time.Time{}); err != nil {
		t.Fatal(err)
	}
	stop()
	if _, err := c.Read(b); err != io.EOF {
		t.Errorf("reading after stop = %v, want %v", err, io.EOF)
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Lstat(%q) after stop = %v, want %v", path, err, fs.ErrNotExist)
	}
}
