package wgconf

import (
	"fmt"
	"iter"
	"log/slog"
	"strings"
)

// File is the text of a file, kept to the byte. It does not change.
//
// It holds the keys that the file does. Package fmt prints its name alone;
// Append and Lines are the deliberate ways out.
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

// Append appends the text, as it was read, to b.
func (f *File) Append(b []byte) []byte { return append(b, f.text()...) }

// Format writes the file's name, whatever the verb and flags.
func (f *File) Format(s fmt.State, _ rune) { _, _ = s.Write([]byte(f.name)) }

// LogValue returns the file's name.
func (f *File) LogValue() slog.Value { return slog.StringValue(f.name) }

// Line is a line of a file, as a reader sees it. It may hold a key: package fmt
// prints its place alone.
type Line struct {
	// Number counts from 1.
	Number int
	// Text is the line as it stands there, without its line feed.
	Text string
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
	// Value is the key's value as its reader takes it: wg(8) without any white
	// space. Of an unrecognized line it is all that the reader saw. It is ""
	// for the other lines.
	Value string
}

// Lines goes through the lines as a reader of that dialect sees them.
func (f *File) Lines(d Dialect) iter.Seq[Line] {
	return func(yield func(Line) bool) {
		for s := (scanner{dialect: d, rest: f.text()}); s.next(); {
			if !yield(s.result()) {
				return
			}
		}
	}
}

func (s *scanner) result() Line {
	l := Line{Number: s.number, Text: s.text, Section: s.section.String(), Peer: -1, Value: s.value}
	if s.section == peerSection {
		l.Peer = s.peers - 1
	}
	if s.key != nil {
		l.Key = s.key.name
	}
	if s.key == nil || !s.key.quick {
		l.Value = squeeze(s.value)
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
