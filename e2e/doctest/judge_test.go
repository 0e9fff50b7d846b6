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

    wgctrl show  wg0 # a comment
    wgctrl set wg0 \
        listen-port 5

` + "```go\nif x {\n\treturn\n}\n```\n\n```sh\nls\n```\n\n```\nno command\n```\n"

// TestJudge checks the functions that find commands, code and sections.
func TestJudge(t *testing.T) {
	t.Parallel()
	d := document{name: "sample.md", text: sample, blocks: blocksOf(sample)}
	var found []string
	for _, c := range commandsOf(d) {
		found = append(found, fmt.Sprint(c.line, " ", c.bare()))
	}
	if want := []string{"9 wgctrl show wg0", `10 wgctrl set wg0 \ listen-port 5`, "20 ls"}; strings.Join(found, "|") != strings.Join(want, "|") {
		t.Errorf("commands %q, want %q", found, want)
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
}
