package doctest

import (
	"strings"
	"testing"
)

// TestCode checks that the Go code in documents is part of compiled files.
func TestCode(t *testing.T) {
	t.Parallel()
	compiled := make(map[string]string)
	documents := documents(t)
	walk(t, ".go", func(name, text string) { compiled[name] = flat(text) })
	shown := 0
	for _, d := range documents {
		for _, b := range d.blocks {
			if b.language != "go" {
				continue
			}
			shown++
			if !within(compiled, flat(strings.Join(b.lines, "\n"))) {
				t.Errorf("%s:%d: no compiled file has this code, want code from a compiled file:\n%s", d.name, b.line, strings.Join(b.lines, "\n"))
			}
		}
	}
	if shown < 10 {
		t.Errorf("found %d blocks of Go code, want at least 10", shown)
	}
}

// within reports whether one of files has code.
func within(files map[string]string, code string) bool {
	for _, text := range files {
		if strings.Contains(text, code) {
			return true
		}
	}
	return false
}

// flat returns code without indentation.
func flat(code string) string {
	var b strings.Builder
	b.WriteString("\n") // so that only whole lines match
	for line := range strings.Lines(code) {
		b.WriteString(strings.TrimSpace(line) + "\n")
	}
	return b.String()
}
