package schema

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// promised matches a row of docs/compatibility.md: the command, and its schema twice.
var promised = regexp.MustCompile("(?m)^\\| `wgctrl ([a-z]+) --json` \\| .* \\| \\[([a-z]+)\\.json\\]\\(schema/([a-z]+)\\.json\\) \\|$")

// command matches the name of a command.
var command = regexp.MustCompile("^[a-z]+$")

// TestPromisedOutput checks that docs/compatibility.md promises the output of the commands
// with --json, and links to each schema.
func TestPromisedOutput(t *testing.T) {
	t.Parallel()
	var commands, schemas []string
	for _, m := range promised.FindAllStringSubmatch(document(t, "compatibility.md"), -1) {
		if m[2] != m[3] {
			t.Errorf("row of %s links to the schema %s.json as %s.json, want the same name", m[1], m[3], m[2])
		}
		commands, schemas = append(commands, m[1]), append(schemas, m[2])
	}
	slices.Sort(schemas)
	if got, want := slices.Compact(schemas), slices.Sorted(slices.Values(names)); !slices.Equal(got, want) {
		t.Errorf("docs/compatibility.md links to the schemas %q, want all: %q", got, want)
	}
	var withJSON []string
	for line := range strings.Lines(run(t, "__complete", "")) {
		name, _, _ := strings.Cut(strings.TrimSpace(line), "\t")
		if command.MatchString(name) && strings.Contains(run(t, "help", name), "--json") {
			withJSON = append(withJSON, name)
		}
	}
	slices.Sort(commands)
	if slices.Sort(withJSON); !slices.Equal(commands, withJSON) {
		t.Errorf("docs/compatibility.md promises the output of %q, want %q, which have --json", commands, withJSON)
	}
}

// exitCodes matches the exit codes of a row of a table.
var exitCodes = regexp.MustCompile(`(?m)^\| ([0-9]+(?:, [0-9]+)*) \|`)

// TestPromisedExitCodes checks that docs/compatibility.md promises the exit codes that
// docs/command.md and the manual describe.
func TestPromisedExitCodes(t *testing.T) {
	t.Parallel()
	codes := func(name string) (list []string) {
		for _, m := range exitCodes.FindAllStringSubmatch(document(t, name), -1) {
			list = append(list, strings.Split(m[1], ", ")...)
		}
		return list
	}
	got := codes("compatibility.md")
	if want := codes("command.md"); len(want) == 0 || !slices.Equal(got, want) {
		t.Errorf("docs/compatibility.md promises the exit codes %q, want %q as in docs/command.md", got, want)
	}
	_, text, _ := strings.Cut(run(t, "help"), "Exit status:\n")
	var want []string
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) == 0 {
			break
		}
		want = append(want, fields[0])
	}
	if !slices.Equal(got, want) {
		t.Errorf("docs/compatibility.md promises the exit codes %q, want %q as in the help", got, want)
	}
}

// example matches a block of JSON in a document, and printed the heading above it.
var (
	example = regexp.MustCompile("(?ms)^```json\n(.*?)^```$")
	printed = regexp.MustCompile("(?m)^## What does `([a-z]+) --json` print\\?$")
)

// TestExamples checks that the examples in docs/json.md conform to the schemas of the
// commands that the headings above them name.
func TestExamples(t *testing.T) {
	t.Parallel()
	text := document(t, "json.md")
	examples := 0
	for _, m := range example.FindAllStringSubmatchIndex(text, -1) {
		headings := printed.FindAllStringSubmatch(text[:m[0]], -1)
		if len(headings) == 0 {
			t.Errorf("no heading names the command that prints %s", text[m[2]:m[3]])
			continue
		}
		conforms(t, compile(t, headings[len(headings)-1][1], true), text[m[2]:m[3]])
		examples++
	}
	if examples < 3 {
		t.Errorf("docs/json.md has %d examples, want at least 3", examples)
	}
}

// document returns the text of a document.
func document(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
