package wgconf

import "strings"

// scanner goes through the lines of a file as the program of a dialect does.
type scanner struct {
	dialect Dialect
	// literal treats a byte-order mark as text, as the programs do. Otherwise its
	// line is unrecognized, but has the effect that it has without the mark.
	literal bool
	rest    string // after the current line
	hasNUL  bool   // the file has NUL bytes

	// The current line.
	number int    // from 1
	text   string // without its line feed
	ended  bool   // it has one
	line   string // the part of text that wg-quick passes to wg(8), if it passes it
	kind   kind
	key    *key   // of a keyLine
	value  string // of a keyLine, trimmed; of an unrecognized line, all that wg(8) reads

	// The state after the lines so far.
	section section // where wg(8) is
	known   []key   // the keys that it knows there
	quick   bool    // wg-quick is in [Interface]
	peers   int     // the number of [Peer] headers
	// sections is the number of [Interface] and [Peer] headers.
	sections int
}

// newScanner returns a scanner before the first line of text.
func newScanner(d Dialect, text string) scanner {
	return scanner{dialect: d, rest: text, hasNUL: strings.IndexByte(text, 0) >= 0}
}

// kind is the kind of a line.
type kind uint8

const (
	blank        kind = iota // nothing, or a comment
	header                   // section is the new one
	keyLine                  // key and value
	unrecognized             // anything else: wg(8) rejects the file
)

const byteOrderMark = "\ufeff"

// cutMarks removes the byte-order marks that some editors write.
func cutMarks(s string) string {
	for strings.HasPrefix(s, byteOrderMark) {
		s = s[len(byteOrderMark):]
	}
	return s
}

// next goes to the next line. It returns false after the last one.
func (s *scanner) next() bool {
	if s.rest == "" {
		return false
	}
	if i := strings.IndexByte(s.rest, '\n'); i >= 0 {
		s.text, s.rest, s.ended = s.rest[:i], s.rest[i+1:], true
	} else {
		s.text, s.rest, s.ended = s.rest, "", false
	}
	s.number++
	s.key, s.value = nil, ""
	s.line = s.text
	if s.readUsual() {
		return true
	}
	line := s.text
	if s.number == 1 && !s.literal {
		line = cutMarks(s.text)
	}
	s.read(line)
	if len(line) < len(s.text) {
		s.kind, s.key, s.value = unrecognized, nil, s.content(s.text)
	}
	return true
}

func (s *scanner) read(line string) {
	s.line = line
	if s.dialect.isQuick() && s.hasNUL {
		// The shell's read drops NUL bytes.
		s.line = strings.ReplaceAll(line, "\x00", "")
	}
	if s.dialect.isQuick() && s.readQuick() {
		return
	}
	s.readWG()
}

// readUsual reads the lines of [Peer] that nearly all lines of large files are: empty
// ones, the header of the next [Peer], and lines such as "PersistentKeepalive = 25",
// with the usual spelling and white space and without a comment. It returns false for
// all others.
func (s *scanner) readUsual() bool {
	if s.section != peerSection || s.hasNUL {
		return false
	}
	line := s.text
	switch line {
	case "":
		s.kind = blank
		return true
	case peerHeader:
		s.startPeer()
		return true
	}
	known := s.known
	for i := range known {
		k := &known[i]
		n := len(k.name)
		if n+3 >= len(line) || line[n+1] != '=' || line[n] != ' ' || line[n+2] != ' ' || line[:n] != k.name {
			continue
		}
		value := line[n+3:]
		if isSpace(value[0]) || isSpace(value[len(value)-1]) || strings.IndexByte(value, '#') >= 0 {
			return false
		}
		s.kind, s.key, s.value = keyLine, k, value
		return true
	}
	return false
}

// content returns what wg(8) reads of a line, including white space.
func (s *scanner) content(line string) string {
	line = before(line, '#')
	if s.hasNUL {
		line = before(line, 0)
	}
	return trim(line)
}

// readWG reads the line as wg(8) does.
func (s *scanner) readWG() {
	text := s.content(s.line)
	switch {
	case text == "":
		s.kind = blank
	case text[0] == '[':
		s.readHeader(text)
	default:
		name, value, pair := strings.Cut(text, "=")
		name, value = trimRight(name, isSpace), trimLeft(value, isSpace)
		k := find(s.known, name)
		if k == nil {
			k = find(s.known, squeeze(name))
		}
		if k == nil || value == "" && !(pair && k.mayBeEmpty) {
			s.kind, s.value = unrecognized, text
			return
		}
		s.kind, s.key, s.value = keyLine, k, value
	}
}

func (s *scanner) readHeader(text string) {
	s.kind, s.section = header, noSection
	switch name := squeeze(text); {
	case equalFold(name, interfaceHeader):
		s.section = interfaceSection
		s.sections++
	case equalFold(name, peerHeader):
		s.startPeer()
	default:
		// wg(8) stops here. The following lines have no section.
		s.kind, s.value = unrecognized, text
	}
	s.known = s.section.keys(s.dialect)
}

func (s *scanner) startPeer() {
	s.kind, s.section = header, peerSection
	s.peers++
	s.sections++
}

// readQuick reads the line as wg-quick does. It reports whether the line has a key
// of wg-quick.
func (s *scanner) readQuick() bool {
	// The shell's read drops outer blanks.
	s.line = trimRight(trimLeft(s.line, isBlank), isBlank)
	if !s.quick && !strings.HasPrefix(trimLeft(s.line, isSpace), "[") {
		return false
	}
	stripped := before(s.line, '#')
	name := trim(before(stripped, '='))
	if strings.HasPrefix(name, "[") {
		s.quick = equalFold(name, interfaceHeader)
	}
	if !s.quick {
		return false
	}
	k := find(quickKeys, name)
	if k == nil {
		return false
	}
	value := stripped
	if k.form == hook {
		value = s.line
	}
	// Without a '=' the whole line is the value.
	if _, after, ok := strings.Cut(value, "="); ok {
		value = after
	}
	s.kind, s.key, s.value = keyLine, k, trim(value)
	return true
}

// Both programs use the C locale, so that white space and upper and lower case
// are those of ASCII. Package strings uses Unicode, where U+00A0 is a space and
// "K" has a third form.

func isSpace(c byte) bool { return c <= ' ' && (c == ' ' || '\t' <= c && c <= '\r') }

// isBlank reports whether c separates words of a line in the shell.
func isBlank(c byte) bool { return c == ' ' || c == '\t' }

func trim(s string) string { return trimRight(trimLeft(s, isSpace), isSpace) }

func trimLeft(s string, is func(byte) bool) string {
	for len(s) > 0 && is(s[0]) {
		s = s[1:]
	}
	return s
}

func trimRight(s string, is func(byte) bool) string {
	for len(s) > 0 && is(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s
}

// squeeze removes all white space. It copies s only if there is some inside.
func squeeze(s string) string {
	s = trim(s)
	var b strings.Builder
	start := 0 // of the text that is not in b yet
	for i := range len(s) {
		if !isSpace(s[i]) {
			continue
		}
		if start == 0 {
			b.Grow(len(s))
		}
		b.WriteString(s[start:i])
		start = i + 1
	}
	if start == 0 {
		return s
	}
	b.WriteString(s[start:])
	return b.String()
}

// isWord reports whether s has no white space and no control characters.
func isWord(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] == 0x7f {
			return false
		}
	}
	return true
}

// before returns the part of s before the first sep, or s if it has none.
func before(s string, sep byte) string {
	i := strings.IndexByte(s, sep)
	if i < 0 {
		i = len(s)
	}
	return s[:i]
}

// equalFold compares s and t, ignoring case.
func equalFold(s, t string) bool {
	if len(s) != len(t) {
		return false
	}
	if s == t {
		return true
	}
	for i := range len(s) {
		if s[i] != t[i] && lower(s[i]) != lower(t[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
