//go:build unix

package wguser

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/fsnotify/fsnotify"

	"github.com/wgctrl/wgctrl/internal/testutil"
)

// TestWatchedDirectories checks which directories are watched while a directory and
// its parents appear and disappear.
func TestWatchedDirectories(t *testing.T) {
	t.Parallel()
	root, err := testutil.TempSocketDir()
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(root)
	w, err := fsnotify.NewWatcher()
	if err != nil {
		t.Fatal(err)
	}
	var draining sync.WaitGroup
	draining.Go(func() {
		for range w.Events {
			// Only the list of watched directories matters here.
		}
	})
	defer draining.Wait()
	defer w.Close()
	parent, file := filepath.Join(root, "run"), filepath.Join(root, "file")
	dir := filepath.Join(parent, "wireguard")
	d := newDirectories(w, []string{dir, filepath.Join(file, "sub")})
	check := func(step string, err error, want ...string) {
		t.Helper()
		if err == nil {
			err = d.watch()
		}
		got := w.WatchList()
		slices.Sort(got)
		slices.Sort(want)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: watch = %v with %q, want nil with %q", step, err, got, want)
		}
	}
	check("nothing exists", nil, root)
	check("a parent is a file", os.WriteFile(file, nil, 0o600), root, file)
	check("a parent exists", os.Mkdir(parent, 0o700), file, parent)
	check("the directory exists", os.Mkdir(dir, 0o700), file, dir)
}

// TestLostNotifications checks that lost notifications count as a change, and that
// other errors of the watcher end notify.
func TestLostNotifications(t *testing.T) {
	t.Parallel()
	w, err := fsnotify.NewWatcher()
	if err != nil {
		t.Fatal(err)
	}
	var draining sync.WaitGroup
	defer draining.Wait()
	defer w.Close()
	calls := 0
	broken := errors.New("broken")
	err = newDirectories(w, []string{t.TempDir()}).notify(t.Context(), func() {
		switch calls++; calls {
		case 2: // the second look after the start
			draining.Go(func() { w.Errors <- fsnotify.ErrEventOverflow })
		case 3:
			draining.Go(func() { w.Errors <- broken })
		}
	})
	if err != broken || calls != 3 {
		t.Errorf("notify = %v after %d calls, want %v after 3", err, calls, broken)
	}
}
