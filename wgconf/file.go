package wgconf

import (
	"fmt"
	"iter"
	"log/slog"
	"strings"
)

// File is the text of a file, kept to the byte. It does not change.
//
// It holds the keys that the file has. Package fmt prints only the name; AppendTo
// and Lines return the text.
type File struct {
	name string
	// text is a function because package fmt does not always ask Format, and
	// prints by reflection what it reaches.
	text func() string
}

// Parse takes the text of a file, a copy of it; name is for the errors. It
// cannot fail: what the lines mean is judged by the methods.
func Parse(name string, text []byte) *File {
	s := string(text)
	return &File{name, func() string { return s }}
}

// AppendTo appends the text to b as it was parsed, keys included.
func (f *File) AppendTo(b []byte) []byte { return append(b, f.text()...) }

// Format writes the file's name, whatever the verb and flags.
func (f *File) Format(s fmt.State, _ rune) { _, _ = s.Write([]byte(f.name)) }

// LogValue returns the file's name.
func (f *File) LogValue() slog.Value { return slog.StringValue(f.name) }

// Line is a line of a file, as a reader sees it. It may hold a key: printed,
// logged or marshalled it is its place alone. Text and Value are the deliberate
// ways out.
type Line struct {
	// Number counts from 1.
	Number int
	// Section is "Interface" or "Peer", and "" before the first section and in
	// one that is unknown. A section's header is in it.
	Section string
	// Peer is the place in Settings.Peers that the line belongs to, and -1
	// outside of [Peer].
	Peer int
	// Key is the key's usual spelling, such as "AllowedIPs". It is "" where
	// there is none: the line is empty, a comment, a section's header or
	// unrecognized.
	Key string

	// said is behind a pointer to a pointer, which package fmt does not follow
	// where it prints by reflection.
	said **said
}

// Text returns the line as it stands there, without its line feed.
func (l Line) Text() string {
	if l.said == nil {
		return ""
	}
	return (*l.said).text
}

// Value returns the key's value as its reader takes it: wg(8) without any white
// space. Of an unrecognized line it is all that the reader saw. It is "" for
// the other lines.
func (l Line) Value() string {
	if l.said == nil {
		return ""
	}
	return (*l.said).value
}

// said is what may be a secret in a Line.
type said struct {
	itself      *said
	text, value string
}

// sayings makes said in bulk.
type sayings []said

func (s *sayings) add(text, value string) **said {
	const most = 64 // in one piece
	if len(*s) == cap(*s) {
		*s = make(sayings, 0, min(2*cap(*s)+1, most))
	}
	*s = append(*s, said{text: text, value: value})
	last := &(*s)[len(*s)-1]
	last.itself = last
	return &last.itself
}

// Lines goes through the lines as a reader of that dialect sees them.
func (f *File) Lines(d Dialect) iter.Seq[Line] {
	return func(yield func(Line) bool) {
		var said sayings
		for s := (scanner{dialect: d, rest: f.text()}); s.next(); {
			if !yield(s.result(&said)) {
				return
			}
		}
	}
}

func (s *scanner) result(said *sayings) Line {
	l := Line{Number: s.number, Section: s.section.String(), Peer: -1}
	if s.section == peerSection {
		l.Peer = s.peers - 1
	}
	value := s.value
	if s.key != nil {
		l.Key = s.key.name
	}
	if s.key == nil || !s.key.quick {
		value = squeeze(value)
	}
	if s.text != "" {
		l.said = said.add(s.text, value)
	}
	return l
}

// Format writes a line's place and key alone, whatever the verb and flags: the
// rest may be a secret.
func (l Line) Format(s fmt.State, _ rune) { _, _ = s.Write([]byte(l.place())) }

// LogValue returns a line's place and key.
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
)

// String returns "wg" or "wg-quick".
func (d Dialect) String() string {
	switch d {
	case DialectWG:
		return "wg"
	case DialectWGQuick:
		return "wg-quick"
	}
	return fmt.Sprintf("Dialect(%d)", uint8(d))
}

// Strip returns what wg-quick strip prints: the lines that it passes on to
// wg(8), without their outer blanks, and an empty one. Lines that no one
// understands are among them, and keys are in clear.
//
// As there, nothing is judged: where SaveConfig is neither true nor false, which
// Settings reports, wg-quick prints nothing.
func (f *File) Strip() *File {
	b := make([]byte, 0, len(f.text())+1)
	for s := (scanner{dialect: DialectWGQuick, literal: true, rest: f.text()}); s.next(); {
		if s.key != nil && s.key.quick {
			continue
		}
		// Without a line feed, a line is one only if there is something in it.
		if s.line != "" || s.ended {
			b = append(append(b, s.line...), '\n')
		}
	}
	return Parse(f.name, append(b, '\n'))
}
