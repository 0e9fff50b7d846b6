//go:build linux

package difftest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// oldProgram prints what the version of Go in go.mod decides: whether iterations of a
// loop share its variable, and the value of panic(nil), which has a GODEBUG setting.
const oldProgram = `package main

import (
	"fmt"

	"golang.zx2c4.com/wireguard/wgctrl"
	"golang.zx2c4.com/wireguard/wgctrl/wgtypes"
)

func main() {
	var iterations []func() int
	for i := 0; i < 2; i++ {
		iterations = append(iterations, func() int { return i })
	}
	defer func() {
		c, err := wgctrl.New()
		fmt.Println(iterations[0](), iterations[1](), recover() == nil, c != nil, err, wgtypes.Key{}.String()[:4])
	}()
	panic(nil)
}
`

// TestOldModule moves a program that was written for Go 1.16. What docs/migration.md
// says about versions and defaults is true, and so are the ways to keep the old ones.
func TestOldModule(t *testing.T) {
	t.Parallel()
	const (
		before = "2 2 true true <nil> AAAA\n"
		after  = "0 1 false true <nil> AAAA\n"
	)
	dir := t.TempDir()
	write(t, filepath.Join(dir, "go.mod"), "module example.org/old\n\ngo 1.16\n")
	write(t, filepath.Join(dir, "main.go"), oldProgram)
	run(t, dir, "go", "mod", "edit", "-require="+originalVersion(t))
	run(t, dir, "go", "mod", "tidy")
	if got := run(t, dir, "go", "run", "."); got != before {
		t.Errorf("the program before the move printed %q, want %q", got, before)
	}

	if err := moveModule(dir); err != nil {
		t.Fatal(err)
	}
	if got := run(t, dir, "go", "list", "-m", "-f", "{{.GoVersion}}"); got != "1.26.0\n" {
		t.Errorf("the go line after the move = %q, want 1.26.0", got)
	}
	if got := run(t, dir, "go", "run", "."); got != after {
		t.Errorf("the program after the move printed %q, want %q", got, after)
	}

	run(t, dir, "go", "mod", "edit", "-godebug=default=go1.20")
	write(t, filepath.Join(dir, "main.go"), "//go:build go1.21\n\n"+oldProgram)
	if got := run(t, dir, "go", "run", "."); got != before {
		t.Errorf("the program with the old defaults printed %q, want %q", got, before)
	}
}

// originalVersion returns the path and the version of the original, as in path@version.
func originalVersion(t *testing.T) string {
	t.Helper()
	const format = "{{.Path}}@{{.Version}}"
	return strings.TrimSpace(run(t, ".", "go", "list", "-m", "-f", format, "golang.zx2c4.com/wireguard/wgctrl"))
}

// run returns the standard output of a command in dir.
func run(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir = dir
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return string(out)
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
