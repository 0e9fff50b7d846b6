package wgconf

import (
	"fmt"
	"iter"
	"log/slog"
	"strings"
)

// File is the text of a file, byte for byte. Make it with Parse. It does not change, so
// that several goroutines may use it.
//
// It holds the keys that the file has. Package fmt prints only the name; AppendTo
// and Lines return the text.
type File struct {
	name string
	// text is a pointer, which package fmt does not follow where it cannot call
	// Format.
	text *string
}

// Parse returns a File with a copy of text. Problems have name as their File. Parse
// does not fail: the methods report what is wrong with the lines.
func Parse(name string, text []byte) *File {
	s := string(text)
	return &File{name, &s}
}

// AppendTo appends the text to b as it was parsed, keys included.
func (f *File) AppendTo(b []byte) []byte { return append(b, *f.text...) }

// Format writes the file's name for all verbs and flags.
func (f *File) Format(s fmt.State, _ rune) { _, _ = s.Write([]byte(f.name)) }

// LogValue returns the file's name.
func (f *File) LogValue() slog.Value { return slog.StringValue(f.name) }

// Line is a line of a file in one dialect. It may contain a key, so fmt, slog and
// JSON show only its number and key name; Text and Value return the text.
type Line struct {
	// Number counts from 1.
	Number int
	// Section is "Interface" or "Peer", or "" before the first section and in an
	// unknown one. A header belongs to its section.
	Section string
	// Peer is the index in Settings.Peers of the line's section, or -1 outside of
	// [Peer].
	Peer int
	// Key is the usual spelling of the key, such as "AllowedIPs". It is "" for an
	// empty line, a comment, a header and an unrecognized line.
	Key string

	// content is a pointer, which package fmt does not follow within a struct.
	content *lineContent
}

// Text returns the line as it is in the file, without its line feed.
func (l Line) Text() string {
	if l.content == nil {
		return ""
	}
	return l.content.text
}

// Value returns the value of the key as the program reads it: for keys of wg(8),
// without white space, except for the packets of AmneziaWG. For an unrecognized line
// it returns all that the program reads of it, and for other lines "".
func (l Line) Value() string {
	if l.content == nil {
		return ""
	}
	return l.content.value
}

// lineContent has the parts of a Line that may be secret.
type lineContent struct{ text, value string }

// contents allocates lineContents in bulk.
type contents []lineContent

func (c *contents) add(text, value string) *lineContent {
	const most = 64 // in one allocation
	if len(*c) == cap(*c) {
		*c = make(contents, 0, min(2*cap(*c)+1, most))
	}
	*c = append(*c, lineContent{text, value})
	return &(*c)[len(*c)-1]
}

// Lines returns the lines as the program of that dialect reads them.
func (f *File) Lines(d Dialect) iter.Seq[Line] {
	return func(yield func(Line) bool) {
		var all contents
		for s := newScanner(d, *f.text); s.next(); {
			if !yield(s.result(&all)) {
				return
			}
		}
	}
}

// result returns the current line.
func (s *scanner) result(all *contents) Line {
	l := Line{Number: s.number, Section: s.section.String(), Peer: -1}
	if s.section == peerSection {
		l.Peer = s.peers - 1
	}
	value := s.value
	if s.key != nil {
		l.Key = s.key.name
	}
	if s.key == nil || !s.key.quick && s.key.form != packet {
		value = squeeze(value)
	}
	if s.text != "" {
		l.content = all.add(s.text, value)
	}
	return l
}

// Format writes only the line's number and key, for all verbs and flags: the rest
// may be secret.
func (l Line) Format(s fmt.State, _ rune) { _, _ = s.Write([]byte(l.place())) }

// LogValue returns the line's number and key.
func (l Line) LogValue() slog.Value { return slog.StringValue(l.place()) }

func (l Line) place() string {
	return strings.TrimSpace(fmt.Sprintf("line %d: %s", l.Number, l.Key))
}

// Dialect is the program whose rules apply to a file.
type Dialect uint8

const (
	// DialectWG is wg(8), as in setconf. It knows no key of wg-quick(8).
	DialectWG Dialect = iota
	// DialectWGQuick is wg-quick(8). It takes its own keys from [Interface] and
	// passes every other line to wg(8).
	DialectWGQuick
	// DialectAWG is awg(8), the wg(8) of AmneziaWG. It knows the keys of AmneziaWG 1.0
	// to 3.1 and reads all others as DialectWG does, so that it accepts every file of
	// wg(8).
	DialectAWG
	// DialectAWGQuick is awg-quick(8), the wg-quick(8) of AmneziaWG. It accepts every
	// file of wg(8), wg-quick(8), awg(8) and awg-quick(8).
	DialectAWGQuick
)

// isQuick reports whether the program has the keys of wg-quick(8).
func (d Dialect) isQuick() bool { return d == DialectWGQuick || d == DialectAWGQuick }

// isAmnezia reports whether the program has the keys of AmneziaWG.
func (d Dialect) isAmnezia() bool { return d == DialectAWG || d == DialectAWGQuick }

// String returns "wg", "wg-quick", "awg" or "awg-quick".
func (d Dialect) String() string {
	switch d {
	case DialectWG:
		return "wg"
	case DialectWGQuick:
		return "wg-quick"
	case DialectAWG:
		return "awg"
	case DialectAWGQuick:
		return "awg-quick"
	}
	return fmt.Sprintf("Dialect(%d)", uint8(d))
}

// Strip returns what wg-quick strip prints: the lines that wg-quick passes to
// wg(8), without leading and trailing blanks, and an empty line. It includes
// unrecognized lines, keys of AmneziaWG and secrets.
//
// Strip reports no errors. wg-quick prints nothing if SaveConfig is neither true
// nor false; Settings reports that.
func (f *File) Strip() *File {
	b := make([]byte, 0, len(*f.text)+1)
	s := newScanner(DialectWGQuick, *f.text)
	s.literal = true
	for s.next() {
		if s.key != nil && s.key.quick {
			continue
		}
		// An empty line needs a line feed to be a line.
		if s.line != "" || s.ended {
			b = append(append(b, s.line...), '\n')
		}
	}
	return Parse(f.name, append(b, '\n'))
}
