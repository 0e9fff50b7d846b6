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

// block is a fenced block, or one that is indented by four spaces outside a list.
type block struct {
	line     int
	language string // from the fence, or the constant indented
	lines    []string
}

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

const (
	fence    = "```"
	indent   = "    "
	indented = "indented"
)

// blocksOf returns the blocks of a Markdown text.
func blocksOf(text string) (blocks []block) {
	var open *block // the current block
	fenced, inList := false, false
	for i, line := range strings.Split(text, "\n") {
		language, isFence := strings.CutPrefix(line, fence)
		isIndented := strings.HasPrefix(line, indent) && !inList
		switch {
		case isFence && fenced:
			open, fenced = nil, false
		case isFence:
			blocks = append(blocks, block{line: i + 2, language: language})
			open, fenced = &blocks[len(blocks)-1], true
		case fenced:
			open.lines = append(open.lines, line)
		case isIndented && open == nil:
			blocks = append(blocks, block{line: i + 1, language: indented})
			open = &blocks[len(blocks)-1]
			fallthrough
		case isIndented:
			open.lines = append(open.lines, strings.TrimPrefix(line, indent))
		case line != "":
			open = nil
			inList = strings.HasPrefix(line, "* ") || inList && strings.HasPrefix(line, " ")
		}
	}
	return blocks
}
