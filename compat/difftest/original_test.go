//go:build linux

package difftest

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

// TestOriginalsOwn: what the original's authors wrote against its API, and nothing
// else of it, is built and passes after the documented commands: the tests of its
// wgtypes, and its command.
func TestOriginalsOwn(t *testing.T) {
	t.Parallel()
	own := originalDir(t)
	dir, err := move(map[string]fs.FS{
		"keys":    fstest.MapFS{"types_test.go": file(t, filepath.Join(own, "wgtypes", "types_test.go"))},
		"command": fstest.MapFS{"main.go": file(t, filepath.Join(own, "cmd", "wgctrl", "main.go"))},
	})
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err != nil {
		t.Fatal(err)
	}
	test := exec.Command("go", "test", "-v", "./keys")
	test.Dir = dir
	out, err := test.CombinedOutput()
	if err != nil || strings.Count(string(out), "--- PASS") < 3 {
		t.Errorf("its tests: %v\n%s", err, out)
	}
	if err := command(dir, "go", "build", "-o", os.DevNull, "./command"); err != nil {
		t.Errorf("its command: %v", err)
	}
}

// originalDir returns the folder of the original.
func originalDir(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "golang.zx2c4.com/wireguard/wgctrl").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

func file(t *testing.T, path string) *fstest.MapFile {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return &fstest.MapFile{Data: text, Mode: 0o644}
}
