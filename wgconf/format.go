package wgconf

import (
	"slices"
	"strings"
)

// Formatted returns the file in the canonical layout: "Key = Value" in the usual
// spelling, lists with ", ", one empty line before each section and its comments,
// and line feeds. The order, the comments, the lines of a list and the commands of
// hooks stay, and so does the meaning of the file in every dialect. A line that no
// dialect recognizes, or that wg(8) and wg-quick(8) read differently, is unchanged. A
// byte-order mark is removed.
func (f *File) Formatted() *File {
	l := layout{b: make([]byte, 0, len(*f.text))}
	for s := newScanner(DialectAWGQuick, cutMarks(*f.text)); s.next(); {
		l.add(s.format())
	}
	l.flush()
	return Parse(f.name, l.b)
}

// place is the kind of a line in the layout.
type place uint8

const (
	emptyPlace place = iota
	commentPlace
	headerPlace
	otherPlace
)

// layout collects the formatted lines.
type layout struct {
	b        []byte
	last     place    // of the last line in b
	comments []string // not in b yet, because they may belong to a header
	gap      gap      // before the next line, or the comments
}

// gap is an empty line.
type gap uint8

const (
	noGap gap = iota
	someGap
	headerGap // also between two headers
)

func (l *layout) add(p place, text string) {
	switch p {
	case commentPlace:
		l.comments = append(l.comments, text)
		return
	case headerPlace:
		l.gap = headerGap
	}
	l.flush()
	if p == emptyPlace {
		l.gap = max(l.gap, someGap)
		return
	}
	l.put(p, text)
}

// flush writes the comments.
func (l *layout) flush() {
	for _, c := range l.comments {
		l.put(commentPlace, c)
	}
	l.comments = l.comments[:0]
}

// put writes a line. Neither a file nor a section begins with an empty line.
func (l *layout) put(p place, text string) {
	first := len(l.b) == 0
	apart := l.gap == headerGap || l.gap == someGap && l.last != headerPlace
	// A byte-order mark has another meaning in the first line.
	if apart && !first || first && strings.HasPrefix(text, byteOrderMark) {
		l.b = append(l.b, '\n')
	}
	l.b = append(append(l.b, text...), '\n')
	l.gap, l.last = noGap, p
}

// format returns the current line in the canonical layout. The dialect is
// DialectAWGQuick.
func (s *scanner) format() (place, string) {
	text := trimRight(s.text, isSpace)
	switch {
	case strings.IndexByte(text, 0) >= 0:
		return otherPlace, text // the end of the line for wg(8), nothing for wg-quick(8)
	case text == "":
		return emptyPlace, ""
	case s.kind == blank:
		return commentPlace, trim(text)
	case s.kind == header && s.quick == (s.section == interfaceSection):
		return headerPlace, s.section.header() + s.comment()
	case s.kind == keyLine:
		return otherPlace, s.formatKey(text)
	case s.content(text)[0] == '[':
		return headerPlace, text
	}
	return otherPlace, text
}

// formatKey returns text, a line with a key, in the canonical layout.
func (s *scanner) formatKey(text string) string {
	if !strings.Contains(before(s.line, '#'), "=") {
		return text // the whole line is the value
	}
	value, comment := s.value, s.comment()
	switch s.key.form {
	case list:
		value = strings.ReplaceAll(squeeze(value), ",", ", ")
	case words:
		elements := splitWords(value)
		if slices.ContainsFunc(elements, func(e string) bool { return squeeze(e) != e }) {
			return text // white space that does not separate words
		}
		value = strings.Join(elements, ", ")
	case hook:
		comment = ""
	case packet: // white space counts
	default:
		if !s.key.quick {
			value = squeeze(value)
		}
	}
	return strings.TrimSuffix(s.key.name+" = "+value, " ") + comment
}

// comment returns a space and the comment at the end of the line, or "".
func (s *scanner) comment() string {
	_, comment, found := strings.Cut(s.line, "#")
	if !found {
		return ""
	}
	return " #" + trimRight(comment, isSpace)
}
