package rewrite_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"testing"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/rewrite"
)

// TestLock checks that programs that read, change and replace a file under its lock
// lose no change.
func TestLock(t *testing.T) {
	t.Parallel()
	skipWithoutLocks(t)
	path := filepath.Join(t.TempDir(), "count")
	if err := os.WriteFile(path, []byte("0"), 0o600); err != nil {
		t.Fatal(err)
	}
	const workers, rounds = 4, 10
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for range rounds {
				if err := increment(t.Context(), path); err != nil {
					t.Errorf("increment: %v, want nil", err)
				}
			}
		})
	}
	all.Wait()
	if got, err := os.ReadFile(path); string(got) != strconv.Itoa(workers*rounds) || err != nil {
		t.Errorf("count = %q, %v, want %d", got, err, workers*rounds)
	}
}

func increment(ctx context.Context, path string) error {
	unlock, err := rewrite.Lock(ctx, path)
	if err != nil {
		return err
	}
	defer unlock()
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(string(text))
	if err != nil {
		return err
	}
	return rewrite.File(ctx, path, text, []byte(strconv.Itoa(n+1)))
}

func skipWithoutLocks(t *testing.T) {
	t.Helper()
	switch runtime.GOOS {
	case "aix", "solaris", "js", "wasip1", "plan9":
		t.Skip("this system has no locks of files")
	}
}

// TestLockCancelled checks that the end of the context ends the wait for a lock, and
// that a directory can be locked.
func TestLockCancelled(t *testing.T) {
	t.Parallel()
	skipWithoutLocks(t)
	dir := t.TempDir()
	unlock, err := rewrite.Lock(t.Context(), dir)
	if err != nil {
		t.Fatalf("Lock(a directory) = %v, want nil", err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	want := errors.New("stopped")
	done := make(chan error)
	go func() {
		_, err := rewrite.Lock(ctx, dir)
		done <- err
	}()
	cancel(want)
	if err := <-done; !errors.Is(err, want) {
		t.Errorf("Lock() of a locked directory = %v, want %v", err, want)
	}
	unlock()
	if unlock, err = rewrite.Lock(t.Context(), dir); err != nil {
		t.Fatalf("Lock() after unlock = %v, want nil", err)
	}
	unlock()
	if _, err := rewrite.Lock(t.Context(), filepath.Join(dir, "missing")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Lock(a missing file) = %v, want %v", err, fs.ErrNotExist)
	}
}
