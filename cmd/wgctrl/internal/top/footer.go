package top

import (
	"strings"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/termtext"
)

// hint is a part of a line, in a style.
type hint struct {
	style style
	text  string
}

// gap separates hints.
const gap = "  "

// widthOf returns the width of hints with the gaps between them.
func widthOf(parts []hint) int {
	width := len(gap) * (len(parts) - 1)
	for _, part := range parts {
		width += termtext.Width(part.text)
	}
	return width
}

// appendHints appends as many hints as fit.
func (v *View) appendHints(b []byte, parts []hint) []byte {
	for i, part := range parts {
		if widthOf(parts[:i+1]) > v.width {
			break
		}
		if i > 0 {
			b = append(b, gap...)
		}
		b = v.text(b, part.style, part.text)
	}
	return b
}

// appendFooter appends the last line: the keys and the current settings.
func (v *View) appendFooter(b []byte) []byte {
	switch {
	case v.help:
		return v.appendHelpFooter(b)
	case v.typing:
		return v.appendHints(b, []hint{{strong, "/" + termtext.Clean(v.filter) + "_"}, {faint, "enter keeps it"}, {faint, "esc clears it"}})
	}
	device := "all devices"
	if d := v.board.devices[v.only]; d != nil {
		device = d.name
	}
	filter := "filter"
	if v.filter != "" {
		filter = termtext.Clean(v.filter)
	}
	reverse := "reverse"
	if v.reverse {
		reverse = "reversed"
	}
	other := "devices"
	if v.onDevices {
		other = "peers"
	}
	return v.appendKeys(b, []keyHint{
		{"q", "quit"}, {"/", filter}, {"s", "by " + orderNames[v.order]}, {"r", reverse}, {"v", choiceNames[v.choice]}, {"d", device}, {"?", "help"},
	}, []keyHint{{"enter", "details"}, {"tab", other}, {"u", v.Units.String()}})
}

// keyHint is a key and its effect or current setting.
type keyHint struct{ key, word string }

// appendKeys appends as many keys as fit. If not all fit, it shortens the words. It
// appends keys of more only if they fit in full.
func (v *View) appendKeys(b []byte, keys, more []keyHint) []byte {
	between := gap
	for len(more) > 0 && widthOfKeys(append(keys, more[0]), between) <= v.width {
		keys, more = append(keys, more[0]), more[1:]
	}
	if widthOfKeys(keys, between) > v.width {
		between = " "
		for i := range keys {
			keys[i].word = shortWord(keys[i].word)
		}
	}
	for i, k := range keys {
		if widthOfKeys(keys[:i+1], between) > v.width {
			break
		}
		if i > 0 {
			b = append(b, between...)
		}
		b = append(append(v.text(b, strong, k.key), ' '), k.word...)
	}
	return b
}

func widthOfKeys(keys []keyHint, between string) int {
	width := len(between) * (len(keys) - 1)
	for _, k := range keys {
		width += len(k.key) + 1 + termtext.Width(k.word)
	}
	return width
}

// shortWord returns the first word of a hint after "by", in at most nine columns.
func shortWord(s string) string {
	const most = 9
	s, _, _ = strings.Cut(strings.TrimPrefix(s, "by "), " ")
	if termtext.Width(s) > most {
		s = strings.TrimRight(string(termtext.AppendFit(nil, s, most)), " ")
	}
	return s
}
