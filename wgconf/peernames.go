package wgconf

import (
	"strings"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// maxName is the largest number of bytes of a peer's name.
const maxName = 128

// PeerNames returns the names that comments give to peers. It knows the
// conventions of common tools, in this order of preference:
//
//   - "# friendly_name = X", "# Name = X" or "# Name: X" in the [Peer] section
//   - the same in the comment above [Peer]
//   - a comment on the header: "[Peer] # X"
//   - the first comment in the section, before its first key
//   - the last line of the comment directly above [Peer]
//
// A comment directly below a key belongs to the section of that key, not to the
// next one. Markers such as "### begin X" and "# end X", commented settings and
// sections, other assignments, separators, headings such as "--- X ---", links,
// addresses, dates, notes such as "added by X", and anything that may contain a part of
// a key are not names. Where it is unclear which peer a comment names, it names none.
//
// Names have at most 128 bytes, and may contain any byte except a line break. If
// several sections have the same PublicKey, the last name wins. The file may have
// errors, but a file that is too large for Settings has no names.
func (f *File) PeerNames() map[wgtypes.PublicKey]string {
	settings, problems := f.read(DialectAWGQuick) // peers without a valid key have no name
	if len(problems) == 1 && problems[0].Err == ErrTooLarge {
		return map[wgtypes.PublicKey]string{}
	}
	n := namer{names: make(map[wgtypes.PublicKey]string), peers: settings.Peers, peer: -1}
	s := newScanner(DialectAWGQuick, *f.text)
	for s.next() {
		n.add(&s)
	}
	n.endSection()
	return n.names
}

// namer collects the names of peers line by line.
type namer struct {
	names map[wgtypes.PublicKey]string
	peers []Peer

	peer    int // index of the current [Peer], -1 in other sections
	best    candidate
	keySeen bool // the section had a key, or a line that is not recognized

	block    []string // the comment lines directly above the current line
	belowKey bool     // block is directly below a key
	loose    []string // comments of the section that an empty line separates from its keys
	last     lineKind
}

// lineKind is what namer distinguishes.
type lineKind uint8

const (
	otherLine lineKind = iota
	emptyLine
	commentLine
	sectionLine
	settingLine
)

// rank orders names by how certain they are.
type rank uint8

const (
	noName rank = iota
	freeAbove
	freeInside
	onHeader
	assignedAbove
	assignedInside
)

// candidate is a possible name of the current peer.
type candidate struct {
	rank rank
	name string
}

func (n *namer) add(s *scanner) {
	text := trim(s.text)
	kind := otherLine
	switch {
	case s.kind == header, strings.HasPrefix(text, "["):
		kind = sectionLine
		n.startSection(s, text)
	case s.kind == keyLine:
		kind = settingLine
		n.settle()
		n.keySeen = true
	case text == "":
		kind = emptyLine
		n.separate()
	case text[0] == '#':
		kind = commentLine
		if n.last != commentLine {
			n.belowKey = n.last == settingLine
		}
		n.addComment(trim(strings.Trim(text, "# \t")))
	default:
		n.settle()
		n.keySeen = true
	}
	n.last = kind
}

// addComment adds a comment line, unless it is a ruler such as "# ----". Of a very
// long block it keeps the first lines and the last one.
func (n *namer) addComment(text string) {
	const most = 100
	if text != "" && !strings.ContainsFunc(text, isNameRune) {
		return
	}
	if len(n.block) == most {
		n.block = n.block[:most-1]
	}
	n.block = append(n.block, text)
}

// startSection begins a section with the current line. The comment above it
// belongs to the section before if it is directly below a key.
func (n *namer) startSection(s *scanner, text string) {
	var above []string
	if !n.belowKey {
		above, n.block = n.block, nil
	}
	n.loose = nil
	n.endSection()
	n.peer, n.best, n.keySeen = -1, candidate{}, false
	if s.section != peerSection {
		return
	}
	n.peer = s.peers - 1
	if name := assigned(above); name != "" {
		n.offer(assignedAbove, name)
	} else if len(above) > 0 {
		n.offer(freeAbove, freeName(above[len(above)-1]))
	}
	if _, comment, ok := strings.Cut(text, "#"); ok {
		comment = trim(strings.Trim(comment, "# \t"))
		if name := assigned([]string{comment}); name != "" {
			n.offer(assignedInside, name)
		} else {
			n.offer(onHeader, freeName(comment))
		}
	}
}

// endSection records the name of the current peer.
func (n *namer) endSection() {
	n.settle()
	if n.peer < 0 || n.best.rank == noName {
		return
	}
	if key := n.peers[n.peer].PublicKey; !key.IsZero() {
		n.names[key] = strings.Clone(n.best.name) // a substring would keep the file, and its keys
	}
}

// separate handles an empty line: it ends a comment. One that follows other
// comments or an empty line may belong to the next section.
func (n *namer) separate() {
	if n.keySeen && !n.belowKey {
		const most = 1000
		n.loose = append(n.loose, n.block[:min(len(n.block), most-len(n.loose))]...)
		n.block = n.block[:0]
		return
	}
	n.settle()
}

// settle assigns the pending comments to the current section.
func (n *namer) settle() {
	inside := append(n.loose, n.block...)
	n.loose, n.block, n.belowKey = nil, nil, false
	if name := assigned(inside); name != "" {
		n.offer(assignedInside, name)
	} else if !n.keySeen && len(inside) > 0 {
		n.offer(freeInside, freeName(inside[0]))
	}
}

// offer replaces the current name if name is more certain.
func (n *namer) offer(r rank, name string) {
	if name != "" && r > n.best.rank {
		n.best = candidate{r, name}
	}
}
