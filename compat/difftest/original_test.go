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

// TestOriginalsOwn moves the tests of the original's wgtypes and its command to this
// library with the documented commands. They build, and the tests pass.
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
		t.Errorf("go test of the original's tests = %v, want at least 3 that pass\n%s", err, out)
	}
	if err := command(dir, "go", "build", "-o", os.DevNull, "./command"); err != nil {
		t.Errorf("go build of the original's command = %v, want success", err)
	}
}

// originalDir returns the directory of the original.
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
