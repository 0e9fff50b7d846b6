package wgctrl

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// document returns a document of the library, which is not part of this module.
func document(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("../docs/" + name)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("needs the source tree")
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestTable checks the table of differences. Each row names a suite of difftest that
// shows it, or an existing test; each difference in difftest has a row.
func TestTable(t *testing.T) {
	t.Parallel()
	suites := differences(t)
	shown := make(map[string][]string)
	row := regexp.MustCompile("(?m)^\\| `([a-z-]+)` \\|.*\\| (`[^|]+`) \\|$")
	for _, m := range row.FindAllStringSubmatch(document(t, "migration.md"), -1) {
		if shown[m[1]] != nil {
			t.Errorf("docs/migration.md has two rows %s, want one", m[1])
		}
		for by := range strings.SplitSeq(m[2], ", ") {
			shown[m[1]] = append(shown[m[1]], strings.Trim(by, "`"))
		}
	}
	for id, by := range shown {
		for _, name := range by {
			switch {
			case strings.HasPrefix(name, "Test"):
				if !testExists(t, name) {
					t.Errorf("row %s names %s, want an existing test", id, name)
				}
			case !slices.Contains(suites[id], name):
				t.Errorf("row %s names the suite %s, want one of %q that show it", id, name, suites[id])
			}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(suites)) {
		for _, suite := range suites[id] {
			if !slices.Contains(shown[id], suite) {
				t.Errorf("row %s names %q, want the suite %s too, which shows it", id, shown[id], suite)
			}
		}
	}
}

// differences returns the suites of difftest that show each difference.
func differences(t *testing.T) map[string][]string {
	t.Helper()
	files, err := filepath.Glob("difftest/testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Skip("needs the source tree")
	}
	seen := make(map[string][]string)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		suite := strings.TrimSuffix(filepath.Base(file), ".txt")
		for _, m := range regexp.MustCompile(`(?m)^== ([a-z-]+): `).FindAllStringSubmatch(string(text), -1) {
			if !slices.Contains(seen[m[1]], suite) {
				seen[m[1]] = append(seen[m[1]], suite)
			}
		}
	}
	return seen
}

// testExists reports whether this module or the library has the test.
func testExists(t *testing.T, name string) bool {
	t.Helper()
	for _, pattern := range []string{"*_test.go", "../*_test.go", "../internal/*/*_test.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(text), "\nfunc "+name+"(t *testing.T)") {
				return true
			}
		}
	}
	return false
}

// TestExamples checks that docs/new-api.md quotes compiled programs.
func TestExamples(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"internal/example/before/main.go", "internal/example/after/main.go"} {
		program, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(document(t, "new-api.md"), "\n```go\n"+string(program)+"```\n") {
			t.Errorf("docs/new-api.md lacks the text of %s, want it as a code block", file)
		}
	}
}
