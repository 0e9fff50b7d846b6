package saved

import (
	"strings"

	"github.com/wgctrl/wgctrl/wgconf"
)

// line is a line of the file that is edited.
type line struct {
	wgconf.Line
	text    string // the new text
	value   string // of the key in it, as the program reads it
	removed bool
	after   []string // lines to insert after it
}

// isHeader reports whether l begins a section.
func (l *line) isHeader() bool {
	return l.Key == "" && strings.HasPrefix(strings.TrimLeft(l.Text(), space), "[")
}

// isQuickHeader reports whether wg-quick finds its keys below l. It does not accept
// white space within the brackets.
func (l *line) isQuickHeader() bool {
	text, _, _ := strings.Cut(l.Text(), "#")
	return l.isHeader() && strings.EqualFold(strings.Trim(text, space), "[Interface]")
}

func (l *line) isComment() bool { return strings.HasPrefix(strings.TrimLeft(l.Text(), space), "#") }

func (l *line) isBlank() bool { return strings.Trim(l.Text(), space) == "" }

// space is the white space of the C locale.
const space = " \t\n\v\f\r"

// setValue replaces the value of l and keeps the rest of the line.
func (l *line) setValue(value string) {
	l.value = value
	key, rest, ok := strings.Cut(l.text, "=")
	if !ok || strings.Contains(l.text, "\x00") {
		l.text = l.Key + " = " + value
		return
	}
	old, comment, ok := strings.Cut(rest, "#")
	if ok {
		comment = "#" + comment
	}
	lead := old[:len(old)-len(strings.TrimLeft(old, space))]
	trail := old[len(strings.TrimRight(old, space)):]
	if lead == old { // there was no value
		lead = " "
	}
	l.text = key + "=" + lead + value + trail + comment
}

// values returns the values of the keys in the text of a section.
func values(section []byte, d wgconf.Dialect) map[string][]string {
	all := make(map[string][]string)
	for l := range wgconf.Parse("", section).Lines(d) {
		if l.Key != "" {
			all[l.Key] = append(all[l.Key], l.Value())
		}
	}
	return all
}
