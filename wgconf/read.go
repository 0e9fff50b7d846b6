package wgconf

import (
	"errors"
	"slices"
	"strings"
)

// Settings returns what the file says to a reader of that dialect.
//
// The error joins a *Problem for each line that is wrong, in the order in which
// wg(8) finds them: by line, and then each peer without a PublicKey. So
// errors.As gives the one at which wg(8) stops. The Settings hold the other
// lines.
func (f *File) Settings(d Dialect) (*Settings, error) {
	s, problems := f.read(d)
	errs := make([]error, len(problems))
	for i, p := range problems {
		errs[i] = p
	}
	return s, errors.Join(errs...)
}

func (f *File) read(d Dialect) (*Settings, []*Problem) {
	r := reader{scanner: scanner{dialect: d, rest: f.text()}, settings: new(Settings)}
	r.object.Interface = &r.settings.Interface
	for r.next() {
		if r.peers > len(r.settings.Peers) {
			r.startPeer()
		}
		switch r.kind {
		case keyLine:
			r.readKey()
		case unrecognized:
			r.problems = append(r.problems, r.unrecognized())
		}
	}
	r.endPeer()
	problems := append(r.problems, r.keyless...)
	for _, p := range problems {
		p.File = f.name
	}
	return r.settings, problems
}

// reader makes Settings of lines.
type reader struct {
	scanner
	object
	settings *Settings
	problems []*Problem
	keyless  []*Problem // each [Peer] without PublicKey

	peerLine int  // of the current [Peer]
	hasKey   bool // it has a PublicKey, though that may be wrong

	room  []AllowedIP // empty: what is left of an array for lists
	chunk int         // the size of the next such array, at least
}

func (r *reader) readKey() {
	r.hasKey = r.hasKey || r.key.name == "PublicKey"
	if r.key.form == list {
		r.reserve(strings.Count(r.value, ",") + 1)
	}
	if p, ok := errors.AsType[*Problem](r.key.parse(&r.object, r.value)); ok {
		p.Line, p.Section = r.number, r.section.String()
		r.problems = append(r.problems, p)
	}
}

func (r *reader) startPeer() {
	r.endPeer()
	r.settings.Peers = append(r.settings.Peers, Peer{})
	r.object.Peer = &r.settings.Peers[len(r.settings.Peers)-1]
	r.AllowedIPs = r.room
	r.peerLine, r.hasKey = r.number, false
}

func (r *reader) endPeer() {
	if r.object.Peer == nil {
		return
	}
	r.room = r.AllowedIPs[len(r.AllowedIPs):]
	if r.AllowedIPs = slices.Clip(r.AllowedIPs); len(r.AllowedIPs) == 0 {
		r.AllowedIPs = nil
	}
	if !r.hasKey {
		r.keyless = append(r.keyless, &Problem{Line: r.peerLine, Section: peerSection.String(), Err: ErrNoPublicKey})
	}
}

// reserve makes room for n more AllowedIPs of the current [Peer]. The lists of
// many peers lie in few arrays.
func (r *reader) reserve(n int) {
	const minChunk, maxChunk = 8, 1 << 13
	old := r.AllowedIPs
	if cap(old)-len(old) >= n {
		return
	}
	r.chunk = min(max(2*r.chunk, minChunk), maxChunk)
	r.AllowedIPs = append(make([]AllowedIP, 0, len(old)+max(n, len(old), r.chunk)), old...)
}
