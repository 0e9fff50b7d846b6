package rewrite

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestCheckUnchanged checks that every change of a file after its first check is
// noticed.
func TestCheckUnchanged(t *testing.T) {
	t.Parallel()
	const text = "abc\n"
	for name, change := range map[string]func(path string) error{
		"nothing":                    func(string) error { return nil },
		"content of the same length": func(path string) error { return os.WriteFile(path, []byte("abd\n"), 0o600) },
		"more content":               func(path string) error { return os.WriteFile(path, []byte(text+"d"), 0o600) },
		"mode":                       func(path string) error { return os.Chmod(path, 0o400) },
		"another file": func(path string) error {
			return errors.Join(os.WriteFile(path+".new", []byte(text), 0o600), os.Rename(path+".new", path))
		},
		"no file": os.Remove,
	} {
		path := filepath.Join(t.TempDir(), "conf")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		info, err := check(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := change(path); err != nil {
			t.Fatal(err)
		}
		err = checkUnchanged(path, info, []byte(text))
		changed := errors.Is(err, ErrChanged) || errors.Is(err, fs.ErrNotExist)
		if changed != (name != "nothing") || changed != (err != nil) {
			t.Errorf("checkUnchanged() after a change of %s = %v, want %v: %t", name, err, ErrChanged, name != "nothing")
		}
	}
}

// TestCancelRemovesTemp checks that the end of the context removes the new file
// immediately: a program that gets a signal may end before File returns.
func TestCancelRemovesTemp(t *testing.T) {
	t.Parallel()
	const patience = 10 * time.Second
	ctx, cancel := context.WithCancel(t.Context())
	file, remove, err := createTemp(ctx, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	defer remove()
	cancel()
	deadline := time.After(patience)
	again := time.NewTicker(time.Millisecond)
	defer again.Stop()
	for {
		if _, err := os.Lstat(file.Name()); errors.Is(err, fs.ErrNotExist) {
			return
		}
		select {
		case <-again.C:
		case <-deadline:
			t.Fatalf("%s exists %v after the end of the context, want it removed", file.Name(), patience)
		}
	}
}
