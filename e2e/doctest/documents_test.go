package doctest

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// root is the root of the repository.
const root = "../.."

// document is a Markdown file.
type document struct {
	name   string // from the root, with slashes
	text   string
	blocks []block
}

// block is a fenced block.
type block struct {
	line     int
	language string
	note     string // the HTML comment above the fence
	lines    []string
}

func (b block) text() string { return strings.Join(b.lines, "\n") + "\n" }

// documents returns all documents of the repository.
func documents(t *testing.T) []document {
	t.Helper()
	if _, err := os.Stat(root + "/README.md"); err != nil {
		t.Skip("needs the source tree")
	}
	var all []document
	walk(t, ".md", func(name, text string) {
		all = append(all, document{name, text, blocksOf(text)})
	})
	if len(all) < 10 {
		t.Fatalf("found %d documents, want at least 10", len(all))
	}
	return all
}

// walk calls f for each file of the repository whose name has the suffix.
func walk(t *testing.T, suffix string, f func(name, text string)) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		hidden := strings.HasPrefix(e.Name(), ".") && path != root
		if e.IsDir() && (hidden || e.Name() == "testdata") {
			return filepath.SkipDir
		}
		if e.IsDir() || hidden || !strings.HasSuffix(path, suffix) {
			return nil
		}
		text, err := os.ReadFile(path)
		name, _ := filepath.Rel(root, path)
		f(filepath.ToSlash(name), string(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

const fence = "```"

// blocksOf returns the blocks of a Markdown text.
func blocksOf(text string) (blocks []block) {
	fenced, note := false, ""
	for i, line := range strings.Split(text, "\n") {
		language, isFence := strings.CutPrefix(line, fence)
		comment, isComment := strings.CutPrefix(line, "<!-- ")
		switch {
		case isFence && fenced:
			fenced = false
		case isFence:
			blocks = append(blocks, block{line: i + 2, language: language, note: note})
			fenced, note = true, ""
		case fenced:
			open := &blocks[len(blocks)-1]
			open.lines = append(open.lines, line)
		case isComment:
			note = strings.TrimSuffix(comment, " -->")
		case line != "":
			note = ""
		}
	}
	return blocks
}

// TestBlocks checks that documents have no indented blocks, which other tests would
// not see, and no unknown notes.
func TestBlocks(t *testing.T) {
	t.Parallel()
	for _, d := range documents(t) {
		fenced, inList := false, false
		for i, line := range strings.Split(d.text, "\n") {
			switch {
			case strings.HasPrefix(line, fence):
				fenced = !fenced
			case fenced:
			case strings.HasPrefix(line, "    ") && !inList:
				t.Errorf("%s:%d: indented block, want a fence with a language", d.name, i+1)
			case line != "":
				inList = isItem(line) || inList && strings.HasPrefix(line, " ")
			}
		}
		for _, b := range d.blocks {
			_, hasReason := strings.CutPrefix(b.note, "not run: ")
			if b.language == "" || b.note != "" && b.note != "kernel" && b.note != "output" && !hasReason {
				t.Errorf("%s:%d: block of %q with the note %q, want a language, and the notes of package doctest", d.name, b.line, b.language, b.note)
			}
		}
	}
}

// isItem reports whether line begins an item of a list.
func isItem(line string) bool {
	marker, _, ok := strings.Cut(line, " ")
	return ok && (marker == "*" || marker == "-" || strings.HasSuffix(marker, ".") && strings.Trim(marker, "0123456789.") == "")
}
