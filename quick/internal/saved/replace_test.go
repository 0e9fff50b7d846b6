package saved_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/wgctrl/wgctrl/quick/internal/saved"
)

func TestReplace(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "wg0.conf")
	writeFile(t, path, "old")
	if err := saved.Replace(path, saved.Sum([]byte("old")), []byte("new")); err != nil {
		t.Fatal(err)
	}
	expectFile(t, path, "new")
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got != 0o600 && runtime.GOOS != "windows" {
		t.Errorf("mode = %o, want 600", got)
	}
	expectFiles(t, dir, 1)
}

// TestReplaceChangedFile shows that manual edits are kept, unless the caller has no
// sum.
func TestReplaceChangedFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "wg0.conf")
	writeFile(t, path, "edited")
	if err := saved.Replace(path, saved.Sum([]byte("old")), []byte("new")); !errors.Is(err, saved.ErrChanged) {
		t.Errorf("Replace = %v, want %v", err, saved.ErrChanged)
	}
	expectFile(t, path, "edited")
	expectFiles(t, dir, 1)
	if err := saved.Replace(path, "", []byte("new")); err != nil {
		t.Errorf("Replace without a sum = %v, want no error", err)
	}
	expectFile(t, path, "new")
}

// TestReplaceMissingFile shows that a file is created only without a sum.
func TestReplaceMissingFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "wg0.conf")
	if err := saved.Replace(path, saved.Sum(nil), []byte("new")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Replace = %v, want %v", err, os.ErrNotExist)
	}
	expectFiles(t, dir, 0)
	if err := saved.Replace(path, "", []byte("new")); err != nil {
		t.Errorf("Replace without a sum = %v, want no error", err)
	}
	expectFile(t, path, "new")
}

// TestReplaceLink shows that the target of a symbolic link changes.
func TestReplaceLink(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	target, link := filepath.Join(t.TempDir(), "target"), filepath.Join(dir, "wg0.conf")
	writeFile(t, target, "old")
	if err := os.Symlink(target, link); err != nil {
		t.Skip(err)
	}
	if err := saved.Replace(link, saved.Sum([]byte("old")), []byte("new")); err != nil {
		t.Fatal(err)
	}
	expectFile(t, target, "new")
	if got, err := os.Readlink(link); err != nil || got != target {
		t.Errorf("Readlink(%q) = %q, %v, want %q", link, got, err, target)
	}
}

// TestReplaceFolder shows that only regular files are replaced.
func TestReplaceFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "d.conf")
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := saved.Replace(path, "", []byte("new")); err == nil {
		t.Error("Replace of a folder = nil, want an error")
	}
	expectFiles(t, dir, 1)
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func expectFile(t *testing.T, path, want string) {
	t.Helper()
	if got, err := os.ReadFile(path); err != nil || string(got) != want {
		t.Errorf("ReadFile(%q) = %q, %v, want %q", path, got, err, want)
	}
}

// expectFiles compares the number of files in a folder.
func expectFiles(t *testing.T, dir string, want int) {
	t.Helper()
	if got, err := os.ReadDir(dir); err != nil || len(got) != want {
		t.Errorf("ReadDir(%q) = %v, %v, want %d files", dir, got, err, want)
	}
}
