package doctest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/wireguardgo"
)

// TestCode compiles the Go code in documents. Code without a package clause must be
// part of a compiled file.
func TestCode(t *testing.T) {
	t.Parallel()
	compiled := make(map[string]string)
	documents := documents(t)
	walk(t, ".go", func(name, text string) { compiled[name] = flat(text) })
	shown := 0
	for _, d := range documents {
		for i, b := range d.blocks {
			if b.language != "go" {
				continue
			}
			shown++
			where := fmt.Sprintf("%s:%d", d.name, b.line)
			switch {
			case within(compiled, flat(b.text())):
			case isFile(b):
				t.Run(where, func(t *testing.T) {
					t.Parallel()
					compile(t, b.text(), outputOf(d.blocks[i+1:]))
				})
			default:
				t.Errorf("%s: no compiled file has this code, want code from a compiled file:\n%s", where, b.text())
			}
		}
	}
	if shown < 10 {
		t.Errorf("found %d blocks of Go code, want at least 10", shown)
	}
}

// outputOf returns the output of the program before blocks, or "" if the document
// does not show it.
func outputOf(blocks []block) string {
	for _, b := range blocks {
		switch {
		case b.note == "output":
			return b.text()
		case b.language == "go":
			return ""
		}
	}
	return ""
}

// isFile reports whether a block is a whole Go file.
func isFile(b block) bool { return strings.Contains("\n"+b.text(), "\npackage ") }

// compile vets a Go file with the modules of this repository. If output is not
// empty, it runs the program and compares what it prints.
func compile(t *testing.T, code, output string) {
	t.Helper()
	if _, err := exec.LookPath("go"); err != nil {
		t.Skipf("no go command: %v", err)
	}
	file := filepath.Join(t.TempDir(), "main.go")
	if err := os.WriteFile(file, []byte(code), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "go", "vet", file).CombinedOutput(); err != nil {
		t.Errorf("go vet = %v, want success\n%s\n%s", err, code, out)
	}
	if output == "" || !wireguardgo.Supported {
		return
	}
	got, err := exec.CommandContext(t.Context(), "go", "run", file).CombinedOutput()
	if err != nil || string(got) != output {
		t.Errorf("the program prints %q, %v, want %q", got, err, output)
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
