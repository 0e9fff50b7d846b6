package doctest

import (
	"fmt"
	"strings"
	"testing"
)

const sample = `# Title: of a page

* a point

    that goes on

A text:

` + "```sh\nwgctrl show  wg0 # a comment\nwgctrl set wg0 \\\n    listen-port 5\n# only a comment\n```\n\n" +
	"```go\nif x {\n\treturn\n}\n```\n\n<!-- not run: slow -->\n```sh\nls\n```\n\n```text\nno command\n```\n"

// TestJudge checks the functions that find commands, code and sections.
func TestJudge(t *testing.T) {
	t.Parallel()
	d := document{name: "sample.md", text: sample, blocks: blocksOf(sample)}
	var found []string
	for _, b := range d.blocks {
		found = append(found, fmt.Sprintf("%d %s %q %d", b.line, b.language, b.note, len(commandsOf(b))))
	}
	if want := []string{`10 sh "" 2`, `17 go "" 0`, `24 sh "not run: slow" 1`, `28 text "" 0`}; strings.Join(found, "|") != strings.Join(want, "|") {
		t.Errorf("blocks %q, want %q", found, want)
	}
	if got, want := fmt.Sprint(commandsOf(d.blocks[0])), "[{10 wgctrl show  wg0 # a comment} {11 wgctrl set wg0 \\\n    listen-port 5}]"; got != want {
		t.Errorf("commands %s, want %s", got, want)
	}
	output := block{language: "text", note: "output", lines: []string{"a", "b"}}
	for _, test := range []struct {
		blocks []block
		want   string
	}{
		{nil, ""},
		{[]block{{language: "sh"}, output}, "a\nb\n"},
		{[]block{{language: "go"}, output}, ""},
	} {
		if got := outputOf(test.blocks); got != test.want {
			t.Errorf("outputOf(%v) = %q, want %q", test.blocks, got, test.want)
		}
	}
	compiled := map[string]string{"a.go": flat("func f() {\n\tif x {\n\t\treturn\n\t}\n}\n")}
	for code, want := range map[string]bool{"if x {\n\treturn\n}": true, "x {\n\treturn\n}": false, "if y {\n\treturn\n}": false} {
		if within(compiled, flat(code)) != want {
			t.Errorf("within(%q) = %t, want %t", code, !want, want)
		}
	}
	for section, want := range map[string]bool{"title-of-a-page": true, "a-point": false, "title": false} {
		if hasSection(sample, section) != want {
			t.Errorf("hasSection(%q) = %t, want %t", section, !want, want)
		}
	}
	for line, want := range map[string]bool{"* a": true, "- a": true, "12. a": true, "a. b": false, "*a": false, "": false} {
		if isItem(line) != want {
			t.Errorf("isItem(%q) = %t, want %t", line, !want, want)
		}
	}
}
