//go:build unix

package rewrite_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/rewrite"
)

// TestMode checks that the mode stays, whatever the umask is.
func TestMode(t *testing.T) {
	t.Parallel()
	for _, mode := range []fs.FileMode{0o600, 0o640, 0o604, 0o660, 0o666, 0o755} {
		path := newFile(t)
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if err := rewrite.File(t.Context(), path, []byte(before), []byte(after)); err != nil {
			t.Fatalf("File() of a file with mode %v = %v, want nil", mode, err)
		}
		if info, err := os.Stat(path); err != nil || info.Mode() != mode {
			t.Errorf("mode = %v, %v, want %v", info.Mode(), err, mode)
		}
		checkFile(t, path, after)
	}
}

// TestOwner checks that owner and group stay.
func TestOwner(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
	path := newFile(t)
	if err := os.Chown(path, 65534, 65533); err != nil {
		t.Fatal(err)
	}
	if err := rewrite.File(t.Context(), path, []byte(before), []byte(after)); err != nil {
		t.Fatalf("File() = %v, want nil", err)
	}
	var got unix.Stat_t
	if err := unix.Stat(path, &got); err != nil || got.Uid != 65534 || got.Gid != 65533 {
		t.Errorf("owner = %d:%d, %v, want 65534:65533", got.Uid, got.Gid, err)
	}
}

// TestSymlinks checks that the target of a link is replaced, also over several
// links and directories.
func TestSymlinks(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	dir := t.TempDir()
	first, second := filepath.Join(dir, "first"), filepath.Join(dir, "second")
	for link, target := range map[string]string{first: "second", second: path} {
		if err := os.Symlink(target, link); err != nil {
			t.Fatal(err)
		}
	}
	if err := rewrite.File(t.Context(), first, []byte(before), []byte(after)); err != nil {
		t.Fatalf("File(a symbolic link) = %v, want nil", err)
	}
	checkFile(t, path, after)
	for _, link := range []string{first, second} {
		if info, err := os.Lstat(link); err != nil || info.Mode().Type() != fs.ModeSymlink {
			t.Errorf("type of %s = %v, %v, want a symbolic link", link, info.Mode(), err)
		}
	}
	checkFile(t, first, after, "second")
}

// TestHardLinks checks that a file with several names is refused: the others would
// keep the old content.
func TestHardLinks(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	if err := os.Link(path, path+".bak"); err != nil {
		t.Fatal(err)
	}
	err := rewrite.File(t.Context(), path, []byte(before), []byte(after))
	if err == nil || !strings.Contains(err.Error(), "has 2 hard links") {
		t.Errorf("File(a file with two names) = %v, want the error that it has 2 hard links", err)
	}
	checkFile(t, path, before, "wg0.conf.bak")
}

// TestNamedPipe checks that a named pipe is refused, without waiting for a writer.
func TestNamedPipe(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "pipe")
	if err := unix.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := rewrite.File(t.Context(), path, nil, []byte(after)); err == nil || !strings.Contains(err.Error(), "is not a regular file") {
		t.Errorf("File(a named pipe) = %v, want the error that it is not a regular file", err)
	}
	if info, err := os.Lstat(path); err != nil || info.Mode().Type() != fs.ModeNamedPipe {
		t.Errorf("type = %v, %v, want a named pipe", info.Mode(), err)
	}
}
