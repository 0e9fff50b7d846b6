package rewrite_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/rewrite"
	"github.com/wgctrl/wgctrl/internal/testutil"
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
	testutil.CopyOfFile(t, path)
	unlock()
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // so that Lock does not wait
	again, err := rewrite.Lock(ctx, path)
	if err != nil {
		t.Fatalf("Lock after unlock = %v, want nil although a copy of the file is open", err)
	}
	again()
}
