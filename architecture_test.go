package wgctrl_test

import (
	"errors"
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

// needSources skips where the test binary runs without the source tree, as in
// a virtual machine.
func needSources(t *testing.T) {
	t.Helper()
	if _, err := os.Stat("docs/architecture.md"); errors.Is(err, fs.ErrNotExist) {
		t.Skip("this test reads the source tree")
	}
}

// TestDiagram compares the diagram in docs/architecture.md with the imports of
// the code, on every platform together, tests left out. The examples are not in
// it: they are programs like anyone's.
func TestDiagram(t *testing.T) {
	t.Parallel()
	needSources(t)
	want, got := diagram(t), imports(t)
	for _, pkg := range slices.Sorted(maps.Keys(got)) {
		if strings.HasPrefix(pkg, "examples/") {
			continue
		}
		if !slices.Equal(want[pkg], got[pkg]) {
			t.Errorf("%s imports %q, the diagram says %q", pkg, got[pkg], want[pkg])
		}
		delete(want, pkg)
	}
	for pkg := range want {
		t.Errorf("%s is in the diagram, not in the tree", pkg)
	}
}

// TestKitIsOfTests: no package that a program could get imports the test kit, and
// with it package testing.
func TestKitIsOfTests(t *testing.T) {
	t.Parallel()
	needSources(t)
	all := imports(t)
	if len(all["wgtest"]) == 0 {
		t.Error("there is no wgtest")
	}
	for pkg, deps := range all {
		if slices.Contains(deps, "wgtest") {
			t.Errorf("%s imports wgtest", pkg)
		}
	}
}

// TestExamplesArePublic: what examples do, programs of other modules can do.
func TestExamplesArePublic(t *testing.T) {
	t.Parallel()
	needSources(t)
	examples := 0
	for pkg, deps := range imports(t) {
		if !strings.HasPrefix(pkg, "examples/") {
			continue
		}
		examples++
		if i := slices.IndexFunc(deps, func(dep string) bool { return strings.Contains(dep, "internal") }); i >= 0 {
			t.Errorf("%s imports %s", pkg, deps[i])
		}
	}
	if examples < 7 {
		t.Errorf("there are %d examples", examples)
	}
}

// diagram reads the lines "package -> packages" of the document.
func diagram(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile("docs/architecture.md")
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

// imports returns the imports of each package of the module from the module,
// sorted, by their paths in the tree.
func imports(t *testing.T) map[string][]string {
	t.Helper()
	all := make(map[string]map[string]bool)
	err := filepath.WalkDir(".", func(file string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() && (e.Name() == "testdata" || file != "." && isModule(file)) {
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

func isModule(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "go.mod"))
	return err == nil
}

// TestClosure lists every package outside the standard library that a program
// gets with this one, on each platform.
func TestClosure(t *testing.T) {
	t.Parallel()
	needSources(t)
	allowed := []string{
		modulePath, "github.com/mdlayher/netlink", "github.com/mdlayher/genetlink", "github.com/mdlayher/socket",
		"golang.org/x/net", "golang.org/x/sync", "golang.org/x/sys",
	}
	for _, goos := range []string{"linux", "darwin", "freebsd", "openbsd", "netbsd", "windows"} {
		t.Run(goos, func(t *testing.T) {
			t.Parallel()
			allowed := allowed
			if goos == "windows" {
				allowed = append(slices.Clip(allowed), "golang.zx2c4.com/wireguard/ipc")
			} else {
				allowed = append(slices.Clip(allowed), "github.com/fsnotify/fsnotify")
			}
			for _, pkg := range closure(t, goos) {
				within := func(prefix string) bool { return pkg == prefix || strings.HasPrefix(pkg, prefix+"/") }
				if !slices.ContainsFunc(allowed, within) {
					t.Errorf("the closure holds %s", pkg)
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

// TestScreens: only the command draws screens.
func TestScreens(t *testing.T) {
	t.Parallel()
	needSources(t)
	for pkg, deps := range imports(t) {
		if slices.Contains(deps, "internal/topui") && pkg != "internal/cli" {
			t.Errorf("%s imports internal/topui", pkg)
		}
	}
}

// TestPurePackages: what is pure opens nothing, asks no clock and depends on no
// platform.
func TestPurePackages(t *testing.T) {
	t.Parallel()
	needSources(t)
	forbidden := []string{"os", "net", "context", "unsafe", "golang.org/x/sys/unix", "golang.org/x/sys/windows"}
	for _, dir := range []string{"wgtypes", "wgconf", "uapi", "internal/keyblock", "internal/prefix", "internal/slab", "internal/wginternal", "internal/wglinux/nlwire", "internal/top", "internal/termtext"} {
		files, err := filepath.Glob(dir + "/*.go")
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v", dir, err)
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
					t.Errorf("%s imports %s", file, name)
				}
			}
			for _, word := range []string{"//go:build", "time.Now(", "time.Since("} {
				if strings.Contains(string(text), word) {
					t.Errorf("%s has %s", file, word)
				}
			}
		}
	}
}
