package main

import (
	"bytes"
	"debug/buildinfo"
	"debug/elf"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestReproducible builds the command twice as .goreleaser.yaml does, from the
// same source in two directories: the programs are the same, byte by byte. With
// WGTEST_REPRODUCE=1 in the environment nothing is taken from the build cache,
// so that each is compiled from the ground up.
func TestReproducible(t *testing.T) {
	t.Parallel()
	var programs [2][]byte
	for i, dir := range []string{"first", "a directory/of another length"} {
		source := filepath.Join(t.TempDir(), filepath.FromSlash(dir))
		copySource(t, source)
		program := filepath.Join(t.TempDir(), "wgctrl")
		build := goCommand(t, filepath.Join(source, "cmd", "wgctrl"), "build", "-trimpath", "-buildvcs=false", "-ldflags="+releaseFlags, "-o", program, ".")
		if os.Getenv("WGTEST_REPRODUCE") == "1" {
			build.Env = append(build.Env, "GOCACHE="+t.TempDir())
		}
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		b, err := os.ReadFile(program)
		if err != nil {
			t.Fatal(err)
		}
		programs[i] = b
		if i == 0 {
			mustBeStatic(t, program)
			mustSayVersion(t, program)
		}
		if bytes.Contains(b, []byte(filepath.Dir(source))) {
			t.Errorf("the program holds the path %s", source)
		}
	}
	if !bytes.Equal(programs[0], programs[1]) {
		t.Errorf("the programs differ: %d and %d bytes", len(programs[0]), len(programs[1]))
	}
}

// releaseFlags are the linker's, for the release v1.2.3.
const releaseFlags = "-s -w -X github.com/wgctrl/wgctrl/cmd/wgctrl/internal/release.number=v1.2.3"

// mustSayVersion fails unless the program is the release of releaseFlags.
func mustSayVersion(t *testing.T, program string) {
	t.Helper()
	out, err := exec.Command(program, "version").Output()
	if want := "wgctrl v1.2.3 " + runtime.Version() + " "; err != nil || !strings.HasPrefix(string(out), want) {
		t.Errorf("the program says %q, %v, want %q", out, err, want)
	}
}

// mustBeStatic fails if the program was made with cgo, or needs libraries.
func mustBeStatic(t *testing.T, program string) {
	t.Helper()
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	settings := make(map[string]string)
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	if settings["CGO_ENABLED"] != "0" || settings["-trimpath"] != "true" {
		t.Errorf("the program was made with %v", settings)
	}
	f, err := elf.Open(program)
	if err != nil {
		return // of another system
	}
	defer f.Close()
	if libraries, err := f.ImportedLibraries(); err == nil && len(libraries) > 0 {
		t.Errorf("the program needs %q", libraries)
	}
}

// TestNoCgo: nothing but the standard library has parts in C, on any system.
func TestNoCgo(t *testing.T) {
	t.Parallel()
	for _, system := range []string{"linux", "darwin", "freebsd", "openbsd", "windows"} {
		list := goCommand(t, ".", "list", "-deps", "-f", "{{if and .CgoFiles (not .Standard)}}{{.ImportPath}} {{end}}", ".")
		list.Env = append(list.Env, "GOOS="+system, "GOARCH=amd64", "CGO_ENABLED=1")
		out, err := list.Output()
		if err != nil {
			t.Fatalf("%s: %v", system, err)
		}
		if with := strings.TrimSpace(string(out)); with != "" {
			t.Errorf("on %s these have parts in C: %s", system, with)
		}
	}
}

// goCommand is the go command in dir, without cgo.
func goCommand(t *testing.T, dir string, args ...string) *exec.Cmd {
	t.Helper()
	path, err := exec.LookPath("go")
	if errors.Is(err, exec.ErrNotFound) {
		t.Skip(err)
	}
	if _, err := os.Stat("../../go.mod"); err != nil {
		t.Skip("this test reads the source tree")
	}
	cmd := exec.Command(path, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOOS=", "GOARCH=", "GOWORK=off")
	return cmd
}

// copySource copies the module's source, without what git and others keep in
// hidden directories.
func copySource(t *testing.T, to string) {
	t.Helper()
	const from = "../.."
	err := filepath.WalkDir(from, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		switch target := filepath.Join(to, relative); {
		case e.IsDir() && relative != "." && strings.HasPrefix(e.Name(), "."):
			return filepath.SkipDir
		case e.IsDir():
			return os.MkdirAll(target, 0o700)
		case !e.Type().IsRegular() || strings.HasSuffix(path, "_test.go"):
			return nil
		default:
			b, err := os.ReadFile(path)
			if errors.Is(err, fs.ErrNotExist) {
				return nil // another test's
			}
			if err != nil {
				return err
			}
			return os.WriteFile(target, b, 0o600)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}
