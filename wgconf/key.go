package wgconf

import (
	"encoding"
	"slices"
)

// key is a key of a file, with both directions of its value, so that they are
// read together.
type key struct {
	name    string // in its usual spelling
	section section
	form    form
	quick   bool // it is wg-quick(8)'s, and unknown to wg(8)
	// parse reads a value, trimmed, into o. Of wg(8)'s keys it is not empty.
	parse func(o *object, value string) error
	// append appends the key's lines: none, one or, for a list, several. It is nil
	// for keys of [Peer].
	append func(b []byte, name string, o object) []byte
}

// object is what is read, or written: the [Interface], and one [Peer].
type object struct {
	*Interface
	*Peer
}

// form says what a value is made up of.
type form uint8

const (
	scalar form = iota // the last line counts
	list               // elements and commas; lines add up
	words              // elements, and commas or blanks; lines add up
	hook               // a shell command, # included; lines add up
)

// section is where a line stands.
type section uint8

const (
	noSection section = iota // before the first header, or behind one that nobody knows
	interfaceSection
	peerSection
)

// The headers of the sections, in their usual spelling.
const (
	interfaceHeader = "[Interface]"
	peerHeader      = "[Peer]"
)

// header returns "[Interface]", "[Peer]" or "".
func (s section) header() string {
	switch s {
	case interfaceSection:
		return interfaceHeader
	case peerSection:
		return peerHeader
	}
	return ""
}

// String returns "Interface", "Peer" or "".
func (s section) String() string {
	h := s.header()
	return h[min(1, len(h)):max(0, len(h)-1)]
}

// keys returns those that wg(8) knows in a section.
func (s section) keys() []key {
	switch s {
	case interfaceSection:
		return interfaceKeys
	case peerSection:
		return peerKeys
	}
	return nil
}

var allKeys = slices.Concat(quickKeys, interfaceKeys, peerKeys)

// find returns the key of a name in any case, nil if there is none.
func find(keys []key, name string) *key {
	for i := range keys {
		if equalFold(keys[i].name, name) {
			return &keys[i]
		}
	}
	return nil
}

// appendLine adds a line. A text may be any: what cannot stand in a line becomes
// a '?', so that it is never more than one.
func appendLine(b []byte, name, value string) []byte {
	b = append(append(b, name...), " ="...)
	if value != "" {
		b = append(b, ' ')
	}
	start := len(b)
	b = append(b, value...)
	for i := start; i < len(b); i++ {
		if b[i] == '\n' || b[i] == 0 {
			b[i] = '?'
		}
	}
	return append(b, '\n')
}

// appendKey adds a line with a WireGuard key, if there is one. It leaves no copy
// of it elsewhere.
func appendKey[K encoding.TextAppender](b []byte, name string, k *K) []byte {
	if k == nil {
		return b
	}
	b, _ = (*k).AppendText(append(append(b, name...), " = "...))
	return append(b, '\n')
}
