package peerfile

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// nameComment begins the line above [Peer] that names the peer.
const nameComment = "# Name = "

// Add returns the text with the peer as its last section, and the name in a comment
// above it. The name must be valid.
func (f *File) Add(name string, peer wgconf.Peer) ([]byte, error) {
	section := nameComment + name + "\n" + string(peer.AppendTo(nil))
	if n := len(f.lines); n > 0 {
		end := f.lines[n-1]
		if end.kind != blankLine {
			section = "\n" + section
		}
		if !strings.HasSuffix(end.text, "\n") {
			section = "\n" + section
		}
	}
	text := append(slices.Clip(f.text), strings.ReplaceAll(section, "\n", f.lineEnd())...)
	names := maps.Clone(f.names)
	names[peer.PublicKey] = name
	return f.verify(text, append(slices.Clip(f.settings.Peers), peer), names)
}

// lineEnd returns how the first line ends.
func (f *File) lineEnd() string {
	if len(f.lines) > 0 && strings.HasSuffix(f.lines[0].text, "\r\n") {
		return "\r\n"
	}
	return "\n"
}

// Remove returns the text without the sections of the peer, the comments in them, and
// the comments directly above [Peer]. The error wraps ErrNotFound.
func (f *File) Remove(key wgtypes.PublicKey) ([]byte, error) {
	if !f.Has(key) {
		return nil, fmt.Errorf("%s: %w: %s", f.path, ErrNotFound, key)
	}
	isOther := func(p wgconf.Peer) bool { return p.PublicKey != key }
	var peers []wgconf.Peer
	for _, p := range f.settings.Peers {
		if isOther(p) {
			peers = append(peers, p)
		}
	}
	names := maps.Clone(f.names)
	delete(names, key)
	// Comments that an empty line separates from the keys above may be a heading of
	// what follows. Keep them, unless they would become the name of another peer.
	text, err := f.verify(f.without(key, true), peers, names)
	if err != nil {
		text, err = f.verify(f.without(key, false), peers, names)
	}
	return text, err
}

// without returns the text without the sections of the peer.
func (f *File) without(key wgtypes.PublicKey, keepLoose bool) []byte {
	lines := slices.Clone(f.lines)
	for i := len(lines) - 1; i >= 0; i-- {
		if f.isHeaderOf(lines[i], key) {
			start, end := section(lines, i, keepLoose)
			start, end = withBlankLines(lines, start, end)
			lines = slices.Delete(lines, start, end)
			i = min(i, len(lines))
		}
	}
	return join(lines)
}

// isHeaderOf reports whether l begins a section of the peer.
func (f *File) isHeaderOf(l line, key wgtypes.PublicKey) bool {
	return l.kind == headerLine && l.peer >= 0 && f.settings.Peers[l.peer].PublicKey == key
}

// section returns the lines of the section whose header has the index header: with
// the comments directly above it, and without those above the next header. With
// keepLoose, the section ends before the comments that an empty line separates from
// its last key.
func section(lines []line, header int, keepLoose bool) (start, end int) {
	start, end = commentsAbove(lines, header), header+1
	for end < len(lines) && lines[end].kind != headerLine {
		end++
	}
	if end < len(lines) {
		end = commentsAbove(lines, end)
	}
	if !keepLoose {
		return start, end
	}
	last := header
	for i := header; i < end; i++ {
		if lines[i].kind == keyLine || lines[i].kind == otherLine {
			last = i
		}
	}
	for last++; last < end && lines[last].kind == commentLine; last++ {
	}
	return start, last
}

// commentsAbove returns the index of the first comment of those directly above the
// header. As in wgconf, comments directly below a key belong to that key's section,
// except for those from a marker such as "### begin alice" on.
func commentsAbove(lines []line, header int) int {
	i := header
	for i > 0 && lines[i-1].kind == commentLine {
		i--
	}
	if i == 0 || lines[i-1].kind != keyLine {
		return i
	}
	for at := header - 1; at >= i; at-- {
		if beginsBlock(lines[at].text) {
			return at
		}
	}
	return header
}

// beginsBlock reports whether a comment is a marker such as "### begin alice ###".
func beginsBlock(comment string) bool {
	words := strings.Fields(strings.TrimLeft(comment, "#"+space))
	return len(words) > 1 && strings.EqualFold(words[0], "begin")
}

// withBlankLines extends a range of lines by the empty lines that separate it from
// others, so that as many are left as before.
func withBlankLines(lines []line, start, end int) (int, int) {
	next := end
	for next < len(lines) && lines[next].kind == blankLine {
		next++
	}
	switch {
	case next == len(lines) && start > 0 && lines[start-1].kind == blankLine:
		return start - 1, next
	case next == len(lines), start == 0, lines[start-1].kind == blankLine:
		return start, next
	}
	return start, end
}

// Rename returns the text in which the peer has the name, which must be valid. It
// changes the comment that names the peer, and adds one below [Peer] if none does.
// The error wraps ErrNotFound.
func (f *File) Rename(key wgtypes.PublicKey, name string) ([]byte, error) {
	names := maps.Clone(f.names)
	names[key] = name
	old := f.names[key]
	header := -1
	for i := range f.lines {
		if !f.isHeaderOf(f.lines[i], key) {
			continue
		}
		header = i
		start, end := section(f.lines, i, false)
		for at := start; at < end && old != ""; at++ {
			if text, ok := f.replaceName(at, old, name); ok {
				if text, err := f.verify(text, f.settings.Peers, names); err == nil {
					return text, nil
				}
			}
		}
	}
	if header < 0 {
		return nil, fmt.Errorf("%s: %w: %s", f.path, ErrNotFound, key)
	}
	below := line{text: nameComment + name + f.lineEnd()}
	return f.verify(join(f.lines[:header+1], []line{below}, f.lines[header+1:]), f.settings.Peers, names)
}

// replaceName returns the text with another name in the line at, if it is a comment
// or a header that contains the old name.
func (f *File) replaceName(at int, old, name string) (text []byte, ok bool) {
	l := f.lines[at]
	i := strings.LastIndex(l.text, old)
	if l.kind != commentLine && l.kind != headerLine || i < 0 {
		return nil, false
	}
	l.text = l.text[:i] + name + l.text[i+len(old):]
	return join(f.lines[:at], []line{l}, f.lines[at+1:]), true
}
