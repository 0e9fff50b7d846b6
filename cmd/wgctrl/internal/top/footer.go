package top

import (
	"strings"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/termtext"
)

// hint is a part of a line.
type hint struct {
	style style
	text  string
}

// gap is the spaces between hints.
const gap = "  "

// widthOf returns how wide hints are, with the gaps between them.
func widthOf(parts []hint) int {
	width := len(gap) * (len(parts) - 1)
	for _, part := range parts {
		width += termtext.Width(part.text)
	}
	return width
}

// appendHints appends hints, as many as fit.
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

// appendFooter appends the last line: the keys, and what they have brought about.
func (v *View) appendFooter(b []byte) []byte {
	switch {
	case v.help:
		return v.appendHints(b, []hint{{faint, "any key goes back"}})
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
	return v.appendKeys(b, []keyHint{
		{"q", "quit"}, {"/", filter}, {"s", "by " + orderNames[v.order]}, {"r", reverse}, {"v", choiceNames[v.choice]}, {"d", device}, {"?", "help"},
	})
}

// keyHint is a key, and what it does or has done.
type keyHint struct{ key, word string }

// appendKeys appends keys with their words, as many as fit. If that is not all,
// each has a short word.
func (v *View) appendKeys(b []byte, keys []keyHint) []byte {
	between := gap
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

// shortWord returns the word of a hint that says the most.
func shortWord(s string) string {
	const most = 9
	s, _, _ = strings.Cut(strings.TrimPrefix(s, "by "), " ")
	if termtext.Width(s) > most {
		s = strings.TrimRight(string(termtext.AppendFit(nil, s, most)), " ")
	}
	return s
}

// helpLines are what ? shows.
var helpLines = []string{
	"",
	"  q, ctrl+c         quit",
	"  up, down, k, j    scroll by a line",
	"  pgup, pgdown      scroll by a page; also b and space",
	"  home, end, g, G   go to the first peer, to the last",
	"  s, S              sort by the next order, by the one before",
	"  r                 reverse the order",
	"  /                 filter by name, key, device, endpoint or allowed IP",
	"  esc               clear the filter",
	"  v                 show all peers, live ones, silent ones",
	"  d                 show the peers of one device after the other, of all",
	"",
	"  !  a silent peer: its last handshake is older than three minutes,",
	"     so that it has no session. One that has nothing to say and no",
	"     keepalive gets there, too.",
	"  -  a peer that never shook hands",
	"",
	"  The graph is the bytes in both directions at each reading, the",
	"  newest at the right, as high as beside the highest one shown.",
}

func (s *screen) addHelp() {
	for _, line := range helpLines {
		if s.lines < s.height-1 {
			s.addText(usual, line)
		}
	}
}
