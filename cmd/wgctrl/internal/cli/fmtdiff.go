package cli

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/termtext"
)

// diffHeader is the number of lines before the first hunk of a diff.
const diffHeader = 3

// writeDiff writes the unified diff of a file and its formatted text, which patch(1)
// can apply. With colours, it shows no control characters.
func writeDiff(w io.Writer, path string, before, after []byte) error {
	name := termtext.Clean(confName(path))
	text := diff.Diff(name+".orig", before, name, after)
	if !usesColours(w) {
		_, err := w.Write(text)
		return err
	}
	var shown bytes.Buffer
	number := 0
	for line := range strings.Lines(string(text)) {
		line = termtext.Clean(strings.TrimRight(line, "\r\n"))
		if colour := diffColour(number, line); colour != "" {
			line = colour + line + "\x1b[0m"
		}
		fmt.Fprintln(&shown, line)
		number++
	}
	_, err := w.Write(shown.Bytes())
	return err
}

// diffColour returns the escape sequence for a line of a diff, or "".
func diffColour(number int, line string) string {
	switch {
	case number < diffHeader:
		return "\x1b[1m"
	case strings.HasPrefix(line, "-"):
		return "\x1b[31m"
	case strings.HasPrefix(line, "+"):
		return "\x1b[32m"
	case strings.HasPrefix(line, "@@"):
		return "\x1b[36m"
	}
	return ""
}
