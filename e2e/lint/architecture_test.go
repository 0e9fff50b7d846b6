package lint_test

import (
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const modulePath = "github.com/wgctrl/wgctrl"

// TestMain runs the tests in the root of the repository.
func TestMain(m *testing.M) {
	if err := os.Chdir("../.."); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// commandPath is the module of the command.
const commandPath = "cmd/wgctrl"

// TestDiagram compares imports.txt with the imports of the released modules, on
// every platform together, without tests.
func TestDiagram(t *testing.T) {
	t.Parallel()
	want, got := diagram(t), imports(t)
	for _, pkg := range slices.Sorted(maps.Keys(got)) {
		if within(pkg, "examples") || within(pkg, "e2e") {
			continue
		}
		if !slices.Equal(want[pkg], got[pkg]) {
			t.Errorf("%s imports %q, want %q as in e2e/lint/imports.txt", pkg, got[pkg], want[pkg])
		}
		delete(want, pkg)
	}
	for pkg := range want {
		t.Errorf("e2e/lint/imports.txt has %s, which does not exist, want only existing packages", pkg)
	}
}

// TestTestKitsStayInTests checks that no package that a program could import
// imports a test kit, and with it package testing. Only the kit wgtest may import
// internal/testutil.
func TestTestKitsStayInTests(t *testing.T) {
	t.Parallel()
	kits := []string{"wgtest", "wireguardgo/wireguardgotest", "internal/kerneltest", "internal/wglinux/nltest"}
	all := imports(t)
	for _, kit := range kits {
		if len(all[kit]) == 0 {
			t.Errorf("imports of %s = none, want some", kit)
		}
	}
	for pkg, deps := range all {
		for _, dep := range deps {
			if slices.Contains(kits, dep) && !slices.Contains(kits, pkg) || dep == "internal/testutil" && pkg != "wgtest" {
				t.Errorf("%s imports %s, want no import of a test kit", pkg, dep)
			}
		}
		if slices.Contains(deps, "internal/testutil") && pkg != "wgtest" {
			t.Errorf("%s imports internal/testutil, want no import except by wgtest", pkg)
		}
	}
}

// TestExamplesArePublic checks that the examples use only what programs of other
// modules can import.
func TestExamplesArePublic(t *testing.T) {
	t.Parallel()
	examples := 0
	for pkg, deps := range imports(t) {
		if !within(pkg, "examples") {
			continue
		}
		examples++
		if i := slices.IndexFunc(deps, isInternal); i >= 0 {
			t.Errorf("%s imports %s, want only public packages", pkg, deps[i])
		}
	}
	if examples < 7 {
		t.Errorf("found %d examples, want at least 7", examples)
	}
}

// TestModulesUsePublicPackages checks that the other modules import only public
// packages of the library: what they need, other programs need too, and they can
// be built with another version of the library.
func TestModulesUsePublicPackages(t *testing.T) {
	t.Parallel()
	seen := make(map[string]bool)
	for pkg, deps := range imports(t) {
		for _, module := range []string{commandPath, "prometheus", "quick", "wireguardgo"} {
			if !within(pkg, module) {
				continue
			}
			seen[module] = true
			for _, dep := range deps {
				if isInternal(dep) && !within(dep, module) {
					t.Errorf("%s imports %s, want only public packages of other modules", pkg, dep)
				}
			}
		}
	}
	if len(seen) != 4 {
		t.Errorf("found the modules %v, want 4", slices.Sorted(maps.Keys(seen)))
	}
}

// within reports whether the package or folder pkg is dir or below it.
func within(pkg, dir string) bool { return pkg == dir || strings.HasPrefix(pkg, dir+"/") }

// isInternal reports whether pkg is an internal package.
func isInternal(pkg string) bool { return slices.Contains(strings.Split(pkg, "/"), "internal") }

// diagram reads the lines "package -> packages" of imports.txt.
func diagram(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile("e2e/lint/imports.txt")
	if err != nil {
		t.Fatal(err)
	}
	d := make(map[string][]string)
	for line := range strings.Lines(string(text)) {
		if pkg, deps, ok := strings.Cut(line, "->"); ok {
			d[strings.TrimSpace(pkg)] = strings.Fields(deps)
		}
	}
	return d
}

// imports returns, for each package of the modules in go.work, its imports from
// this repository, sorted. Packages are named by their paths in the tree.
func imports(t *testing.T) map[string][]string {
	t.Helper()
	all := make(map[string]map[string]bool)
	err := filepath.WalkDir(".", func(file string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() && file != "." && (e.Name() == "testdata" || e.Name()[0] == '.' || file == "bench" || file == "compat") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return nil
		}
		pkg := filepath.ToSlash(filepath.Dir(file))
		if all[pkg] == nil {
			all[pkg] = make(map[string]bool)
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, i := range parsed.Imports {
			name, _ := strconv.Unquote(i.Path.Value)
			if name == modulePath || strings.HasPrefix(name, modulePath+"/") {
				all[pkg][path.Join(".", strings.TrimPrefix(name, modulePath))] = true
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	sorted := make(map[string][]string)
	for pkg, deps := range all {
		sorted[pkg] = nil
		for _, dep := range slices.Sorted(maps.Keys(deps)) {
			sorted[pkg] = append(sorted[pkg], strings.TrimPrefix(dep, "/"))
		}
	}
	return sorted
}

// TestClosure lists every package outside the standard library that a program
// gets with this one, on each platform.
func TestClosure(t *testing.T) {
	t.Parallel()
	allowed := []string{
		modulePath, "github.com/mdlayher/netlink", "github.com/mdlayher/genetlink", "github.com/mdlayher/socket",
		"golang.org/x/net", "golang.org/x/sync", "golang.org/x/sys",
	}
	for _, goos := range []string{"linux", "darwin", "freebsd", "openbsd", "netbsd", "windows"} {
		t.Run(goos, func(t *testing.T) {
			t.Parallel()
			allowed := allowed
			if goos != "windows" {
				allowed = append(slices.Clip(allowed), "github.com/fsnotify/fsnotify")
			}
			for _, pkg := range closure(t, goos) {
				if !slices.ContainsFunc(allowed, func(dir string) bool { return within(pkg, dir) }) {
					t.Errorf("the library depends on %s, want only packages of %q", pkg, allowed)
				}
			}
		})
	}
}

func closure(t *testing.T, goos string) []string {
	t.Helper()
	list := exec.Command("go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", ".")
	list.Env = append(os.Environ(), "GOOS="+goos, "GOARCH=amd64", "CGO_ENABLED=0")
	out, err := list.Output()
	if errors.Is(err, exec.ErrNotFound) {
		t.Skipf("no go command: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(string(out))
}

// TestScreens checks that only the command imports the code that draws screens.
func TestScreens(t *testing.T) {
	t.Parallel()
	for pkg, deps := range imports(t) {
		if slices.Contains(deps, commandPath+"/internal/topui") && pkg != commandPath+"/internal/cli" {
			t.Errorf("%s imports topui, want no import except by cli", pkg)
		}
	}
}

// TestPurePackages checks that these packages perform no I/O, read no clock and do
// not depend on the platform.
func TestPurePackages(t *testing.T) {
	t.Parallel()
	forbidden := []string{"os", "net", "context", "unsafe", "golang.org/x/sys/unix", "golang.org/x/sys/windows"}
	for _, dir := range []string{"wgtypes", "wgconf", "uapi", "internal/arena", "internal/wginternal", "internal/wglinux/nlwire", "internal/wgfreebsd/nvlist", "internal/wgnetbsd/plist", commandPath + "/internal/top", commandPath + "/internal/termtext"} {
		files, err := filepath.Glob(dir + "/*.go")
		if err != nil || len(files) == 0 {
			t.Fatalf("%s has the files %q, %v, want Go files", dir, files, err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			parsed, err := parser.ParseFile(token.NewFileSet(), file, text, parser.ImportsOnly)
			if err != nil {
				t.Fatal(err)
			}
			for _, i := range parsed.Imports {
				name, _ := strconv.Unquote(i.Path.Value)
				// The Backend interface is about I/O, though it does none.
				if slices.Contains(forbidden, name) && !(dir == "internal/wginternal" && name == "context") {
					t.Errorf("%s imports %s, want none of %q", file, name, forbidden)
				}
			}
			for _, word := range []string{"//go:build", "time.Now(", "time.Since("} {
				if strings.Contains(string(text), word) {
					t.Errorf("%s has %q, want neither a clock nor a build constraint", file, word)
				}
			}
		}
	}
}
