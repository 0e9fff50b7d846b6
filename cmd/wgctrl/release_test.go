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
// same source in two directories, and checks that the programs are identical and small.
// With WGTEST_REPRODUCE=1 in the environment each build has an empty build cache.
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
			t.Fatalf("go build = %v, output %q, want no error", err, out)
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
		const anyMethod = "reflect.Value.MethodByName"
		if bytes.Contains(b, []byte(anyMethod)) {
			t.Errorf("the program contains %s, so that the linker keeps all methods, want none", anyMethod)
		}
		if bytes.Contains(b, []byte(filepath.Dir(source))) {
			t.Errorf("the program contains the path %q, want no paths of the build", source)
		}
	}
	if !bytes.Equal(programs[0], programs[1]) {
		t.Errorf("two builds give different programs of %d and %d bytes, want identical ones", len(programs[0]), len(programs[1]))
	}
}

// releaseFlags are the linker's flags for the release v1.2.3.
const releaseFlags = "-s -w -X github.com/wgctrl/wgctrl/cmd/wgctrl/internal/release.number=v1.2.3"

// mustSayVersion checks that the program prints the version of releaseFlags.
func mustSayVersion(t *testing.T, program string) {
	t.Helper()
	out, err := exec.Command(program, "version").Output()
	if want := "wgctrl v1.2.3 " + runtime.Version() + " "; err != nil || !strings.HasPrefix(string(out), want) {
		t.Errorf("wgctrl version = %q, %v, want prefix %q", out, err, want)
	}
}

// mustBeStatic checks that the program was built without cgo and needs no shared
// libraries.
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
		t.Errorf("build settings are %v, want CGO_ENABLED=0 and -trimpath=true", settings)
	}
	f, err := elf.Open(program)
	if err != nil {
		return // not an ELF system
	}
	defer f.Close()
	if libraries, err := f.ImportedLibraries(); err == nil && len(libraries) > 0 {
		t.Errorf("the program needs the shared libraries %q, want none", libraries)
	}
}

// TestNoCgo checks that only the standard library uses cgo, on every system.
func TestNoCgo(t *testing.T) {
	t.Parallel()
	for _, system := range []string{"linux", "darwin", "freebsd", "openbsd", "windows"} {
		list := goCommand(t, ".", "list", "-deps", "-f", "{{if and .CgoFiles (not .Standard)}}{{.ImportPath}} {{end}}", ".")
		list.Env = append(list.Env, "GOOS="+system, "GOARCH=amd64", "CGO_ENABLED=1")
		out, err := list.Output()
		if err != nil {
			t.Fatalf("GOOS=%s go list = %v, want no error", system, err)
		}
		if with := strings.TrimSpace(string(out)); with != "" {
			t.Errorf("GOOS=%s: packages with cgo are %q, want none", system, with)
		}
	}
}

// goCommand returns a go command that runs in dir, without cgo.
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

// copySource copies the repository's source files, without hidden directories and
// tests.
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
				return nil // a temporary file of another test
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
