package top

import (
	"fmt"
	"strings"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/termtext"
)

// entry is a paragraph of the help. Its text begins in the column indent, after the
// label.
type entry struct {
	label  string
	indent int
	text   string
}

const keyIndent = 18

// helpEntries are the paragraphs of the help; the zero entry is an empty line.
var helpEntries = []entry{
	{},
	{"q, ctrl+c", keyIndent, "quit"},
	{"up, down, k, j", keyIndent, "move the cursor, and scroll by a line at the edge"},
	{"pgup, pgdown", keyIndent, "scroll by a page; also b and space"},
	{"home, end, g, G", keyIndent, "go to the first or last peer"},
	{"s, S", keyIndent, "sort by the next or previous order"},
	{"r", keyIndent, "reverse the order"},
	{"/", keyIndent, "filter by name, key, device, endpoint or allowed IP"},
	{"enter", keyIndent, "show or hide the details of a peer"},
	{"esc", keyIndent, "hide the details, or clear the filter"},
	{"v", keyIndent, "show all, live or silent peers"},
	{"d, D", keyIndent, "select the next or previous device, or all devices"},
	{"tab", keyIndent, "let the keys that scroll select a device"},
	{"u", keyIndent, "show bytes, decimal bytes, bits or binary bits"},
	{"mouse wheel", keyIndent, "scroll the list under the pointer"},
	{},
	{"!", 3, "silent peer: its last handshake is older than three minutes, so it has no session. Idle peers without a keepalive become silent."},
	{"-", 3, "peer without a handshake"},
	{},
	{"", 0, "The graph shows the bytes in both directions at each reading, the newest at the right, relative to the highest one shown."},
}

// helpLines returns the lines of the help for this width.
func helpLines(width int) []string {
	const most = 72 // columns that are easy to read
	width = min(width, most) - margin
	var lines []string
	for _, e := range helpEntries {
		line := string(termtext.AppendFit(nil, e.label, e.indent))
		begun := false
		for word := range strings.FieldsSeq(e.text) {
			if begun && len(line)+1+len(word) > width {
				lines = append(lines, "  "+line)
				line, begun = strings.Repeat(" ", e.indent), false
			}
			if begun {
				line += " "
			}
			line, begun = line+word, true
		}
		lines = append(lines, strings.TrimRight("  "+line, " "))
	}
	return lines
}

// helpRows returns the number of lines of the help that fit between the summary and
// the footer.
func (v *View) helpRows() int { return max(0, v.height-2) }

// helpScrolls reports whether the help does not fit.
func (v *View) helpScrolls() bool { return len(helpLines(v.width)) > v.helpRows() }

// helpKey handles a key while the help is shown: keys that scroll, if the help does
// not fit. Every other key leaves the help.
func (v *View) helpKey(name string) {
	page := max(1, v.helpRows()-1)
	switch {
	case !v.helpScrolls():
		v.help = false
	case name == "up" || name == "k":
		v.scrollHelp(-1)
	case name == "down" || name == "j":
		v.scrollHelp(1)
	case name == "pgup" || name == "b":
		v.scrollHelp(-page)
	case name == "pgdown" || name == "space":
		v.scrollHelp(page)
	case name == "home" || name == "g":
		v.scrollHelp(-v.helpOffset)
	case name == "end" || name == "G":
		v.scrollHelp(len(helpLines(v.width)))
	default:
		v.help = false
	}
}

// scrollHelp moves the offset of the help by a number of lines, within the text.
func (v *View) scrollHelp(by int) {
	v.helpOffset = max(0, min(v.helpOffset+by, len(helpLines(v.width))-v.helpRows()))
}

// addHelp adds the lines of the help that fit.
func (s *screen) addHelp() {
	lines := helpLines(s.width)[s.helpOffset:]
	for _, line := range lines[:min(s.helpRows(), len(lines))] {
		s.addText(normal, line)
	}
}

// appendHelpFooter appends the last line of the help.
func (v *View) appendHelpFooter(b []byte) []byte {
	if !v.helpScrolls() {
		return v.appendHints(b, []hint{{faint, "any key goes back"}})
	}
	all := len(helpLines(v.width))
	shown := fmt.Sprintf("lines %d to %d of %d", v.helpOffset+1, min(v.helpOffset+v.helpRows(), all), all)
	return v.appendHints(b, []hint{{normal, "up, down: scroll"}, {normal, "other keys go back"}, {faint, shown}})
}
