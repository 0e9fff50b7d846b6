package wgtest_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/wgtest"
)

func TestSocketDir(t *testing.T) {
	t.Parallel()
	var dir string
	t.Run("a test with a long name"+strings.Repeat(" and more", 10), func(t *testing.T) {
		dir = wgtest.SocketDir(t)
		info, err := os.Stat(dir)
		if err != nil || runtime.GOOS != "windows" && info.Mode() != fs.ModeDir|0o700 {
			t.Errorf("Stat(%q) = %v, %v, want a directory of mode 0700", dir, info, err)
		}
		if path := filepath.Join(dir, "fifteen-letters.sock"); len(path) > 103 && runtime.GOOS != "windows" {
			t.Errorf("the path of a socket has %d bytes, want at most 103: %s", len(path), path)
		}
	})
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Stat(%q) after the test = %v, want error wrapping fs.ErrNotExist", dir, err)
	}
}

// TestSocketDirLongTMPDIR is not parallel, since it changes the environment.
func TestSocketDirLongTMPDIR(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no Unix sockets for devices")
	}
	long := filepath.Join(t.TempDir(), strings.Repeat("x", 100))
	if err := os.Mkdir(long, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", long)
	if dir := wgtest.SocketDir(t); !strings.HasPrefix(dir, "/tmp/") || strings.HasPrefix(dir, long) {
		t.Errorf("SocketDir() = %q with TMPDIR=%s, want a directory in /tmp", dir, long)
	}
}
