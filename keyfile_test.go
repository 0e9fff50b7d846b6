package wgctrl_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestLoadOrGenerateKey checks that the first call creates the file, and that the
// second one reads it.
func TestLoadOrGenerateKey(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "wg0.key")
	key, generated, err := wgctrl.LoadOrGenerateKey(path)
	if err != nil || !generated || key.IsZero() {
		t.Fatalf("LoadOrGenerateKey() = %v, %t, %v, want a new key", key, generated, err)
	}
	again, generated, err := wgctrl.LoadOrGenerateKey(path)
	if err != nil || generated || !again.Equal(key) {
		t.Errorf("LoadOrGenerateKey() again = %v, %t, %v, want the same key", again, generated, err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if parsed, err := wgtypes.ParsePrivateKey(strings.TrimSuffix(string(text), "\n")); err != nil || !parsed.Equal(key) || len(text) != 45 {
		t.Errorf("the file has %d bytes and another key, want 45 bytes as of wg genkey", len(text))
	}
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode() != 0o600 {
		t.Errorf("the file has the mode %v, want 0600", info.Mode())
	}
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 {
		t.Errorf("the directory contains %v, want the file only", left)
	}
	if runtime.GOOS == "linux" {
		checkClosed(t, filepath.Dir(path))
	}
}

// checkClosed checks that this process has no open file in dir.
func checkClosed(t *testing.T, dir string) {
	t.Helper()
	const descriptors = "/proc/self/fd"
	entries, err := os.ReadDir(descriptors)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		file, err := os.Readlink(filepath.Join(descriptors, e.Name()))
		if err == nil && strings.HasPrefix(file, dir) {
			t.Errorf("%s is open, want it closed", file)
		}
	}
}

// TestLoadOrGenerateKeyRace checks that concurrent calls return the same key.
func TestLoadOrGenerateKeyRace(t *testing.T) {
	t.Parallel()
	const n = 16
	for range 20 {
		path := filepath.Join(t.TempDir(), "wg0.key")
		var keys [n]wgtypes.PrivateKey
		var generated [n]bool
		var errs [n]error
		var running sync.WaitGroup
		for i := range n {
			running.Go(func() { keys[i], generated[i], errs[i] = wgctrl.LoadOrGenerateKey(path) })
		}
		running.Wait()
		times := 0
		for i := range n {
			if errs[i] != nil || !keys[i].Equal(keys[0]) {
				t.Errorf("call %d has another key than call 0, or the error %v", i, errs[i])
			}
			if generated[i] {
				times++
			}
		}
		if times != 1 {
			t.Errorf("%d calls generated a key, want 1", times)
		}
	}
}

// TestLoadOrGenerateKeyInvalid checks that an invalid file is not changed, and that
// the error does not contain its content.
func TestLoadOrGenerateKeyInvalid(t *testing.T) {
	t.Parallel()
	key, err := wgtypes.GeneratePrivateKey()
	if err != nil {
		t.Fatal(err)
	}
	secret, err := key.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	zero := "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
	for name, test := range map[string]struct {
		text string
		mode fs.FileMode
		want error // nil if the key is read
	}{
		"white space":    {"\n  " + string(secret) + " \r\n\n", 0o600, nil},
		"read-only":      {string(secret), 0o400, nil},
		"group may read": {string(secret), 0o640, nil},
		"empty":          {"", 0o600, fs.ErrInvalid},
		"zero key":       {zero, 0o600, fs.ErrInvalid},
		"two keys":       {string(secret) + "\n" + string(secret), 0o600, fs.ErrInvalid},
		"large":          {string(secret) + strings.Repeat("\n", 10_000), 0o600, fs.ErrInvalid},
		"others read":    {string(secret), 0o604, fs.ErrPermission},
		"others write":   {string(secret), 0o602, fs.ErrPermission},
		"others execute": {string(secret), 0o601, fs.ErrPermission},
		"group writes":   {string(secret), 0o660, fs.ErrPermission},
		"only group":     {string(secret), 0o620, fs.ErrPermission},
	} {
		if runtime.GOOS == "windows" && test.want == fs.ErrPermission {
			continue
		}
		path := filepath.Join(t.TempDir(), "key")
		if err := os.WriteFile(path, []byte(test.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, test.mode); err != nil {
			t.Fatal(err)
		}
		got, generated, err := wgctrl.LoadOrGenerateKey(path)
		if !errors.Is(err, test.want) || generated || got.Equal(key) != (test.want == nil) {
			t.Errorf("%s: LoadOrGenerateKey() = %v, %t, %v, want %v", name, got, generated, err, test.want)
		}
		if err != nil && (strings.Contains(err.Error(), string(secret)) || !strings.Contains(err.Error(), path)) {
			t.Errorf("%s: the error is %q, want one with the path and without the key", name, err)
		}
		if text, err := os.ReadFile(path); err != nil || string(text) != test.text {
			t.Errorf("%s: the file was changed: %v", name, err)
		}
	}
}

// TestLoadOrGenerateKeyPath checks the errors for paths that are not regular files,
// and for those where no file can be created.
func TestLoadOrGenerateKeyPath(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for path, want := range map[string]error{
		dir:                              fs.ErrInvalid,
		filepath.Join(dir, "no", "key"):  fs.ErrNotExist,
		filepath.Join(dir, "nul\x00key"): nil, // an error of the system
	} {
		key, generated, err := wgctrl.LoadOrGenerateKey(path)
		if err == nil || want != nil && !errors.Is(err, want) || generated || !key.IsZero() {
			t.Errorf("LoadOrGenerateKey(%q) = %v, %t, %v, want %v", path, key, generated, err, want)
		}
	}
}

// TestLoadOrGenerateKeyRelative checks that a path without a directory means the
// current directory, also for the temporary file.
func TestLoadOrGenerateKeyRelative(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for _, name := range []string{"TMPDIR", "TMP", "TEMP"} {
		t.Setenv(name, filepath.Join(dir, "missing"))
	}
	key, generated, err := wgctrl.LoadOrGenerateKey("key")
	if err != nil || !generated || key.IsZero() {
		t.Errorf("LoadOrGenerateKey(key) = %v, %t, %v, want a new key", key, generated, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "key")); err != nil {
		t.Errorf("Stat(key) = %v, want nil", err)
	}
}
