//go:build linux

package difftest

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
)

var probesDir = flag.String("probes", "", "directory of the two probes, which are built there unless they exist")

// The names of the probes.
const (
	original = "original"
	compat   = "compat"
)

// probes returns the directory of both probes.
func probes(t *testing.T) string {
	t.Helper()
	dir, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// built is the directory that TestMain removes.
var built string

var build = sync.OnceValues(func() (dir string, err error) {
	if dir = *probesDir; dir == "" {
		dir, err = os.MkdirTemp("", "probes")
		built = dir
	}
	if err != nil {
		return "", err
	}
	if err := buildOriginal(filepath.Join(dir, original)); err != nil {
		return "", err
	}
	return dir, buildCompat(filepath.Join(dir, compat))
})

func TestMain(m *testing.M) {
	code := m.Run()
	if built != "" {
		os.RemoveAll(built)
	}
	os.Exit(code)
}

func buildOriginal(binary string) error {
	if exists(binary) {
		return nil
	}
	return command(".", "go", "build", "-o", binary, "./probe")
}

func buildCompat(binary string) error {
	if exists(binary) {
		return nil
	}
	dir, err := move(map[string]fs.FS{"probe": os.DirFS("probe")})
	defer os.RemoveAll(dir)
	if err != nil {
		return err
	}
	return command(dir, "go", "build", "-o", binary, "./probe")
}

// move copies this module with the given packages, and moves it to this library. It
// returns the directory.
func move(packages map[string]fs.FS) (dir string, err error) {
	if dir, err = os.MkdirTemp("", "moved"); err != nil {
		return "", err
	}
	for _, file := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(file)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, file), text, 0o644)
		}
		if err != nil {
			return dir, err
		}
	}
	for name, files := range packages {
		if err := os.CopyFS(filepath.Join(dir, name), files); err != nil {
			return dir, err
		}
	}
	return dir, moveModule(dir)
}

// moveModule runs the commands with which docs/migration.md moves the module in dir to
// a checkout.
func moveModule(dir string) error {
	commands, err := documented("../../docs/migration.md")
	if err != nil {
		return err
	}
	checkout, err := filepath.Abs("../..")
	if err != nil {
		return err
	}
	return command(dir, "env", "WGCTRL="+checkout, "sh", "-c", "set -e\n"+commands)
}

// documented returns the commands that move a program to a checkout.
func documented(file string) (string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	commands := regexp.MustCompile(`(?m)^go mod edit .*\$WGCTRL.*\ngo mod tidy$`).FindAllString(string(text), -1)
	if len(commands) != 1 {
		return "", fmt.Errorf("%s has the commands for a checkout %d times, want once", file, len(commands))
	}
	return commands[0], nil
}

func command(dir string, args ...string) error {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", strings.Join(args, " "), err, out)
	}
	return nil
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}
