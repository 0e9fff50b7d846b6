package rewrite_test

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/rewrite"
)

// A child that was just forked has a copy of the locked file until it executes its
// program. It must not hold the lock.
func TestUnlockWithACopyOfTheFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "wg0.conf")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	unlock, err := rewrite.Lock(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	copied := false
	for _, f := range files {
		if target, _ := os.Readlink("/proc/self/fd/" + f.Name()); target != path {
			continue
		}
		fd, err := strconv.Atoi(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		child, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer unix.Close(child)
		copied = true
		break
	}
	if !copied {
		t.Fatalf("no file at %s is open, want that of the lock", path)
	}
	unlock()
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // so that Lock does not wait
	again, err := rewrite.Lock(ctx, path)
	if err != nil {
		t.Fatalf("Lock after unlock = %v, want nil although a copy of the file is open", err)
	}
	again()
}
