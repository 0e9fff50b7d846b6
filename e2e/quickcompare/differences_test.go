package quickcompare

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestDifferences checks that docs/quick.md lists every difference that a script
// shows, and that a script shows every difference in the list.
func TestDifferences(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile("../../docs/quick.md")
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("needs the source tree")
	}
	if err != nil {
		t.Fatal(err)
	}
	listed, shown := listedDifferences(string(doc)), shownDifferences(t)
	for name, script := range shown {
		if !listed[name] {
			t.Errorf("%s shows the difference %s, want it in docs/quick.md", script, name)
		}
	}
	for name := range listed {
		if shown[name] == "" {
			t.Errorf("docs/quick.md lists the difference %s, want a script that shows it", name)
		}
	}
}

// row matches an entry of the list.
var row = regexp.MustCompile("(?m)^\\| `([a-z0-9-]+)` \\|")

func listedDifferences(doc string) map[string]bool {
	_, list, _ := strings.Cut(doc, "\n## Deliberate differences")
	list, _, _ = strings.Cut(list, "\n## ")
	listed := make(map[string]bool)
	for _, match := range row.FindAllStringSubmatch(list, -1) {
		listed[match[1]] = true
	}
	return listed
}

// shownDifferences returns the differences that scripts and TestRecorded show.
func shownDifferences(t *testing.T) map[string]string {
	t.Helper()
	scripts, err := filepath.Glob("testdata/scripts/*.txtar")
	if err != nil || len(scripts) == 0 {
		t.Fatalf("testdata/scripts has the scripts %q, %v, want some", scripts, err)
	}
	shown := map[string]string{"nft-program": "TestRecorded"}
	for _, script := range scripts {
		text, err := os.ReadFile(script)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			words := strings.Fields(line)
			for len(words) > 0 && strings.HasPrefix(words[0], "[") {
				words = words[1:] // a condition
			}
			if len(words) > 1 && (words[0] == "differs" || words[0] == "unequal") {
				for name := range strings.SplitSeq(words[1], ",") {
					shown[name] = script
				}
			}
		}
	}
	return shown
}
