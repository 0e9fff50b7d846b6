package rewrite_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/rewrite"
)

func nothing() error { return nil }

func TestCreate(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "alice.conf")
	if err := rewrite.Create(t.Context(), path, []byte(before), false, nothing); err != nil {
		t.Fatalf("Create() = %v, want nil", err)
	}
	checkFile(t, path, before)
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode() != 0o600 {
		t.Errorf("mode of the file = %v, %v, want 0600", info.Mode(), err)
	}
	err := rewrite.Create(t.Context(), path, []byte(after), false, nothing)
	if !errors.Is(err, fs.ErrExist) || !strings.Contains(err.Error(), path) {
		t.Errorf("Create() of an existing file = %v, want %v with its path", err, fs.ErrExist)
	}
	checkFile(t, path, before)
	if err := rewrite.Create(t.Context(), path, []byte(after), true, nothing); err != nil {
		t.Errorf("Create() with replace = %v, want nil", err)
	}
	checkFile(t, path, after)
}

// TestCreateFails checks that nothing is created if do fails, if another program
// creates the file meanwhile, and after the end of the context.
func TestCreateFails(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "alice.conf")
	want := errors.New("device is down")
	if err := rewrite.Create(t.Context(), path, []byte(after), false, func() error { return want }); !errors.Is(err, want) {
		t.Errorf("Create() = %v, want the error of do, %v", err, want)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(want)
	if err := rewrite.Create(ctx, path, []byte(after), true, nothing); !errors.Is(err, want) {
		t.Errorf("Create() with an ended context = %v, want %v", err, want)
	}
	missing := filepath.Join(dir, "missing")
	err := rewrite.Create(t.Context(), filepath.Join(missing, "x"), []byte(after), true, nothing)
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Create() in a missing directory = %v, want %v", err, fs.ErrNotExist)
	}
	if want := "create a file in " + missing + ": "; !strings.HasPrefix(fmt.Sprint(err), want) {
		t.Errorf("Create() in a missing directory = %v, want a text that begins with %q", err, want)
	}
	if err := rewrite.Create(t.Context(), dir, []byte(after), true, nothing); err == nil || !strings.Contains(err.Error(), "is not a regular file") {
		t.Errorf("Create(a directory) = %v, want the error that it is not a regular file", err)
	}
	if entries, err := os.ReadDir(dir); len(entries) > 0 || err != nil {
		t.Errorf("entries = %v, %v, want none", entries, err)
	}
	err = rewrite.Create(t.Context(), path, []byte(after), false, func() error { return os.WriteFile(path, []byte(before), 0o600) })
	if !errors.Is(err, fs.ErrExist) {
		t.Errorf("Create() of a file that appears = %v, want %v", err, fs.ErrExist)
	}
	checkFile(t, path, before)
}

// TestFileAfter checks that the file has its old content when do runs, and keeps it
// if do fails.
func TestFileAfter(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	want := errors.New("device is down")
	err := rewrite.FileAfter(t.Context(), path, []byte(before), []byte(after), func() error { return want })
	if !errors.Is(err, want) {
		t.Errorf("FileAfter() = %v, want the error of do, %v", err, want)
	}
	checkFile(t, path, before)
	err = rewrite.FileAfter(t.Context(), path, []byte(before), []byte(after), func() error {
		if got, err := os.ReadFile(path); string(got) != before || err != nil {
			t.Errorf("content in do = %q, %v, want %q", got, err, before)
		}
		return nil
	})
	if err != nil {
		t.Errorf("FileAfter() = %v, want nil", err)
	}
	checkFile(t, path, after)
	err = rewrite.FileAfter(t.Context(), path, []byte("other"), []byte(after), func() error {
		t.Error("do was called for a file that has changed, want no call")
		return nil
	})
	if !errors.Is(err, rewrite.ErrChanged) {
		t.Errorf("FileAfter() of a changed file = %v, want %v", err, rewrite.ErrChanged)
	}
}
