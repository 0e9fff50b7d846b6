//go:build unix && !aix && (!solaris || illumos)

package rewrite_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/rewrite"
)

// TestLockTimeout checks that Lock does not wait forever for a program that keeps the
// lock.
func TestLockTimeout(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		unlock, err := rewrite.Lock(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		defer unlock()
		if _, err := rewrite.Lock(t.Context(), dir); !errors.Is(err, rewrite.ErrLocked) || !strings.Contains(err.Error(), dir) {
			t.Errorf("Lock() of a locked directory = %v, want %v with its path", err, rewrite.ErrLocked)
		}
	})
}

// TestLockPipe checks that Lock does not open pipes.
func TestLockPipe(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "pipe")
	if err := unix.Mkfifo(path, 0o600); err != nil {
		t.Skip(err)
	}
	if _, err := rewrite.Lock(t.Context(), path); err == nil || !strings.Contains(err.Error(), "is not a regular file") {
		t.Errorf("Lock(a pipe) = %v, want the error that it is not a regular file", err)
	}
}
