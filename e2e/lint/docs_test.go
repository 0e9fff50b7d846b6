package lint_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// promises are the documents that name the tests of their statements.
var promises = []string{"docs/security.md", "docs/reliability.md"}

// named matches the packages, tests and scripts in their tables.
var named = regexp.MustCompile("`(\\.|[a-z0-9]+(?:/[a-z0-9]+)*)` |\\b((?:Test|Fuzz)[A-Z]\\w*)|`(\\w+\\.txtar)`")

// TestPromisesAreTested checks that the tests which the documents name exist.
func TestPromisesAreTested(t *testing.T) {
	t.Parallel()
	scripts := allScripts(t)
	for _, doc := range promises {
		count := 0
		for line := range strings.Lines(readFile(t, doc)) {
			pkg := ""
			for _, m := range named.FindAllStringSubmatch(line, -1) {
				switch {
				case m[1] != "":
					pkg = m[1]
				case m[3] != "" && !slices.Contains(scripts, m[3]):
					t.Errorf("%s names the script %s, want one of %q", doc, m[3], scripts)
				case m[2] != "" && !declaresTest(t, pkg, m[2]):
					t.Errorf("%s names %s of package %q, want a test of that package", doc, m[2], pkg)
				}
				count++
			}
		}
		if count < 20 {
			t.Errorf("%s names %d tests, want at least 20", doc, count)
		}
	}
}

func declaresTest(t *testing.T, pkg, name string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(filepath.FromSlash(pkg), "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.Contains(readFile(t, file), "\nfunc "+name+"(") {
			return true
		}
	}
	return false
}

// allScripts returns the names of all test scripts.
func allScripts(t *testing.T) (names []string) {
	t.Helper()
	for _, pattern := range []string{"cmd/wgctrl/internal/*/testdata/*.txtar", "cmd/wgctrl/internal/*/testdata/*/*.txtar", "e2e/*/testdata/*.txtar", "e2e/*/testdata/*/*.txtar"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			names = append(names, filepath.Base(file))
		}
	}
	return names
}

// requirement matches a requirement in go.mod.
var requirement = regexp.MustCompile(`(?m)^\t([^\s/]+\.[^\s]+) v`)

// TestDependencies checks that docs/dependencies.md has a purpose for each module that
// the library, the command, quick, wireguardgo and the tests require, and for no other.
func TestDependencies(t *testing.T) {
	t.Parallel()
	list := readFile(t, "docs/dependencies.md")
	var have []string
	for _, module := range []string{".", "cmd/wgctrl", "quick", "wireguardgo", "e2e"} {
		for _, m := range requirement.FindAllStringSubmatch(readFile(t, module+"/go.mod"), -1) {
			if within(m[1], modulePath) {
				continue
			}
			have = append(have, m[1])
			if !strings.Contains(list, "`"+m[1]+"`") {
				t.Errorf("docs/dependencies.md lacks %s, want each requirement of %s/go.mod", m[1], module)
			}
		}
	}
	for line := range strings.Lines(list) {
		if !strings.HasPrefix(line, "| `") {
			continue
		}
		first, _, _ := strings.Cut(line[2:], " |")
		for name := range strings.SplitSeq(first, ", ") {
			if name = strings.Trim(name, "`"); strings.Contains(name, ".") && strings.Contains(name, "/") && !slices.Contains(have, name) {
				t.Errorf("docs/dependencies.md names %s, want only requirements of go.mod", name)
			}
		}
	}
	if len(have) == 0 {
		t.Error("found 0 requirements in go.mod, want some")
	}
}

// TestLowestVersions checks that docs/migration.md names the versions to which the
// module compat raises those of a program.
func TestLowestVersions(t *testing.T) {
	t.Parallel()
	text := strings.Join(strings.Fields(readFile(t, "docs/migration.md")), " ")
	found := 0
	for _, m := range regexp.MustCompile(`(?m)^\t(\S+) (v\S+)`).FindAllStringSubmatch(readFile(t, "compat/go.mod"), -1) {
		if want := "`" + m[1] + "` " + m[2]; !strings.Contains(text, want) {
			t.Errorf("docs/migration.md lacks %q, want each requirement of compat/go.mod", want)
		}
		found++
	}
	if found == 0 {
		t.Error("found 0 requirements in compat/go.mod, want some")
	}
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n")))
}
