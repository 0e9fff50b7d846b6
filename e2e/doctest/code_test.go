package doctest

import (
	"strings"
	"testing"
)

// TestCode: the Go that documents show is cut from files that are compiled.
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
				t.Errorf("%s:%d: this is in no file that is compiled:\n%s", d.name, b.line, strings.Join(b.lines, "\n"))
			}
		}
	}
	if shown < 10 {
		t.Errorf("%d pieces of code", shown)
	}
}

func within(files map[string]string, code string) bool {
	for _, text := range files {
		if strings.Contains(text, code) {
			return true
		}
	}
	return false
}

// flat is code without its indentation.
func flat(code string) string {
	var b strings.Builder
	b.WriteString("\n") // so that a piece begins with a whole line
	for line := range strings.Lines(code) {
		b.WriteString(strings.TrimSpace(line) + "\n")
	}
	return b.String()
}
