package lint_test

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestSystemsAgree compares the README's table of systems with the table of features in
// docs/platforms.md, which has a column for each system.
func TestSystemsAgree(t *testing.T) {
	t.Parallel()
	want := make(map[string]map[string]string) // by system and feature
	features := table(t, "docs/platforms.md", "| feature |")
	for _, row := range features[1:] {
		for i, system := range features[0][1:] {
			if want[system] == nil {
				want[system] = make(map[string]string)
			}
			want[system][row[0]] = row[i+1]
		}
	}
	systems := table(t, "README.md", "| system |")
	var listed []string
	for _, row := range systems[1:] {
		listed = append(listed, row[0])
		for i, feature := range systems[0][1:] {
			if got, ok := want[row[0]][feature]; !ok || row[i+1] != got {
				t.Errorf("README.md: %s of %s = %q, want %q as in docs/platforms.md", feature, row[0], row[i+1], got)
			}
		}
	}
	slices.Sort(listed)
	if all := slices.Sorted(maps.Keys(want)); !slices.Equal(listed, all) {
		t.Errorf("README.md lists the systems %q, want %q as in docs/platforms.md", listed, all)
	}
}

// target matches the target of a link, which depends on the folder of the document.
var target = regexp.MustCompile(`\]\([^)]*\)`)

// table returns the cells of the table whose first row begins with head, without the
// targets of links. All rows have the same number of cells.
func table(t *testing.T, file, head string) (rows [][]string) {
	t.Helper()
	_, after, _ := strings.Cut("\n"+readFile(t, file), "\n"+head)
	for line := range strings.Lines(head + after) {
		line, ok := strings.CutPrefix(strings.TrimSpace(line), "|")
		if !ok {
			break
		}
		cells := strings.Split(strings.TrimSuffix(target.ReplaceAllString(line, "]"), "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		rows = append(rows, cells)
		if len(cells) != len(rows[0]) {
			t.Fatalf("%s: row %q has %d cells, want %d", file, cells[0], len(cells), len(rows[0]))
		}
	}
	if len(rows) < 3 {
		t.Fatalf("%s: the table %q has %d rows, want some", file, head, len(rows))
	}
	return slices.Delete(rows, 1, 2) // the line below the head
}

// TestWorkflowCommands checks that the workflows of GitHub run commands that the README
// has, possibly with more flags of go test, or scripts of the repository.
func TestWorkflowCommands(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(".github/workflows/*.yml")
	if err != nil || len(files) == 0 {
		t.Fatalf("found the workflows %q, %v, want some", files, err)
	}
	readme := strings.Join(strings.Fields(readFile(t, "README.md")), " ")
	command := regexp.MustCompile(`\bgo (?:run|test) .*`)
	script := regexp.MustCompile(`\bscripts/\w+`)
	for _, file := range files {
		text := readFile(t, file)
		found, scripts := command.FindAllString(text, -1), script.FindAllString(text, -1)
		if len(found)+len(scripts) == 0 {
			t.Errorf("%s has no command of go and no script, want some", file)
		}
		for _, c := range found {
			if c = strings.NewReplacer(" -count=1", "", " -v", "").Replace(c); !strings.Contains(readme, c) {
				t.Errorf("%s runs %q, want a command of README.md", file, c)
			}
		}
		for _, name := range scripts {
			if _, err := os.Stat(name); err != nil {
				t.Errorf("%s runs %s: %v, want a script of the repository", file, name, err)
			}
		}
	}
}
