package quick

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl/internal/testutil"
)

// TestRecordWithoutPermission checks that a record that may not be read is a warning, so
// that Plan needs no privilege.
func TestRecordWithoutPermission(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "records")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() == 0 {
		// It applies to the thread, which ends with the test, since it stays locked.
		runtime.LockOSThread()
		if err := unix.Setfsuid(65534); err != nil {
			t.Fatal(err)
		}
		defer unix.Setfsuid(0) // for the removal of dir
	} else if err := os.Chmod(dir, 0); err != nil {
		t.Fatal(err)
	}
	var warnings []error
	r, err := recordOf(dir, "wg0", func(err error) { warnings = append(warnings, err) })
	if err != nil || !r.empty() {
		t.Fatalf("recordOf = %+v, %v, want an empty record", r, err)
	}
	if len(warnings) != 1 || !errors.Is(warnings[0], fs.ErrPermission) {
		t.Errorf("warnings = %v, want one that wraps fs.ErrPermission", warnings)
	}
}

// A child that was just forked has a copy of the lock's file until it executes its
// program. It must not hold the lock.
func TestUnlockWithACopyOfTheFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	unlock, err := lock(t.Context(), dir, "wg0", func() { t.Error("the first lock waits") })
	if err != nil {
		t.Fatal(err)
	}
	testutil.CopyOfFile(t, filepath.Join(dir, "wg0"))
	unlock()
	again, err := lock(t.Context(), dir, "wg0", func() { t.Fatal("the lock waits for a copy of its file") })
	if err != nil {
		t.Fatal(err)
	}
	again()
}
