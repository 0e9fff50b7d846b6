package rewrite_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/rewrite"
)

const before, after = "privatekey=x\n", "PrivateKey = x\n"

// newFile creates a file with the content before, alone in its directory.
func newFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "wg0.conf")
	if err := os.WriteFile(path, []byte(before), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// checkFile checks the content of a file, and that nothing else is in its directory.
func checkFile(t *testing.T, path, want string, others ...string) {
	t.Helper()
	if got, err := os.ReadFile(path); string(got) != want || err != nil {
		t.Errorf("content of %s = %q, %v, want %q", path, got, err, want)
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 1+len(others) {
		t.Errorf("entries of %s = %v, want %s and %q", filepath.Dir(path), entries, filepath.Base(path), others)
	}
}

func TestFile(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	if err := rewrite.File(t.Context(), path, []byte(before), []byte(after)); err != nil {
		t.Fatalf("File() = %v, want nil", err)
	}
	checkFile(t, path, after)
}

// TestChanged checks that an edit that another program made is kept.
func TestChanged(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	err := rewrite.File(t.Context(), path, []byte("privatekey=y\n"), []byte(after))
	if !errors.Is(err, rewrite.ErrChanged) || !strings.Contains(err.Error(), path) {
		t.Errorf("File() of a changed file = %v, want %v with its path", err, rewrite.ErrChanged)
	}
	checkFile(t, path, before)
}

// TestCancelled checks that File changes nothing after the end of its context.
func TestCancelled(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	want := errors.New("stopped")
	cancel(want)
	if err := rewrite.File(ctx, path, []byte(before), []byte(after)); !errors.Is(err, want) {
		t.Errorf("File() with an ended context = %v, want %v", err, want)
	}
	checkFile(t, path, before)
}

// TestCancelAnytime ends the context at any point of File. The file has the new
// content if and only if File returned nil, and no other file is left.
func TestCancelAnytime(t *testing.T) {
	t.Parallel()
	text := bytes.Repeat([]byte("x"), 1<<20)
	for range 100 {
		path := newFile(t)
		ctx, cancel := context.WithCancel(t.Context())
		go cancel()
		want := before
		if err := rewrite.File(ctx, path, []byte(before), text); err == nil {
			want = string(text)
		}
		if got, err := os.ReadFile(path); string(got) != want || err != nil {
			t.Fatalf("after File() the file has %d bytes, %v, want %d", len(got), err, len(want))
		}
		checkFile(t, path, want)
	}
}

// TestNotRegular checks that only regular files are replaced.
func TestNotRegular(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := rewrite.File(t.Context(), dir, nil, []byte(after)); err == nil || !strings.Contains(err.Error(), "is not a regular file") {
		t.Errorf("File(a directory) = %v, want the error that it is not a regular file", err)
	}
	missing := filepath.Join(dir, "missing")
	if err := rewrite.File(t.Context(), missing, nil, []byte(after)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("File(a missing file) = %v, want %v", err, os.ErrNotExist)
	}
	if entries, err := os.ReadDir(dir); len(entries) > 0 || err != nil {
		t.Errorf("entries = %v, %v, want none", entries, err)
	}
}
