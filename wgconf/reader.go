package wgconf

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// The limits of a file: MaxSize, and 1048576 peers. They bound the memory for
// reading it, which is a small multiple of its size.
const (
	// MaxSize is the largest size of a file in bytes that Settings, Check and
	// PeerNames read: 64 MiB.
	MaxSize = 64 << 20

	maxPeers    = 1 << 20 // as in the Linux kernel
	maxProblems = 1000    // errors, and as many warnings
)

// read returns the values of the file and all its errors, the first of them that
// of the program.
func (f *File) read(d Dialect) (*Settings, []*Problem) {
	r := reader{scanner: newScanner(d, *f.text), settings: new(Settings)}
	r.object.Interface = &r.settings.Interface
	if len(*f.text) > MaxSize {
		return r.settings, []*Problem{tooLarge(f.name, "must be at most %d MiB", MaxSize>>20)}
	}
	r.settings.Peers = make([]Peer, 0, min(strings.Count(*f.text, peerHeader), maxPeers))
	for r.next() {
		if r.peers > maxPeers {
			return new(Settings), []*Problem{tooLarge(f.name, "must have at most %d peers", maxPeers)}
		}
		r.readLine()
	}
	r.endPeer()
	if len(r.settings.Peers) == 0 {
		r.settings.Peers = nil
	}
	for _, j := range r.joined {
		j.explain()
	}
	problems := slices.Concat(r.problems, r.keyless, r.rejectConflicts())
	if r.more > 0 {
		problems = append(problems, &Problem{Reason: fmt.Sprintf("and %d more", r.more), Err: ErrTooMany})
	}
	if p := r.otherFormat(f); p != nil {
		problems = []*Problem{p}
	}
	for _, p := range problems {
		p.File = f.name
	}
	return r.settings, problems
}

func tooLarge(name, reason string, args ...any) *Problem {
	return &Problem{File: name, Reason: fmt.Sprintf(reason, args...), Err: ErrTooLarge}
}

// reader turns lines into Settings.
type reader struct {
	scanner
	object
	settings   *Settings
	problems   []*Problem
	keyless    []*Problem // the Problems of peers without PublicKey
	more       int        // problems beyond maxProblems
	amnezia    amnezia
	parameters parameters

	above  openLine  // the last line with a value
	joined []*joined // values over several lines
	hooks  *joined   // of all hooks

	peerLine int  // of the current [Peer]
	hasKey   bool // it has a PublicKey, valid or not

	room  []AllowedIP // empty; its capacity is free for lists
	chunk int         // the minimum size of the next such array
}

func (r *reader) readLine() {
	if r.peers > len(r.settings.Peers) {
		r.startPeer()
	}
	switch r.kind {
	case keyLine:
		r.readKey()
	case unrecognized:
		r.readUnrecognized()
	}
}

// isFull reports whether further errors are only counted.
func (r *reader) isFull() bool { return len(r.problems)+len(r.keyless) >= maxProblems }

// report adds an error to a list. If there are too many, it counts the error and
// returns false.
func (r *reader) report(to *[]*Problem, p *Problem) bool {
	if r.isFull() {
		r.more++
		return false
	}
	*to = append(*to, p)
	return true
}

func (r *reader) readKey() {
	r.hasKey = r.hasKey || r.key.name == "PublicKey"
	if r.key.form == list {
		r.reserve(strings.Count(r.value, ",") + 1)
	}
	r.above = openLine{line: r.number, key: r.key, open: endsOpen(r.value)}
	if err := r.key.parse(&r.object, r.value); err != nil {
		r.reject(err)
		return
	}
	r.parameters.note(&r.scanner)
}

// reject reports err, a *Problem of the value of the current line.
func (r *reader) reject(err error) {
	p, _ := errors.AsType[*Problem](err)
	if r.above.counted = !r.report(&r.problems, p); !r.above.counted {
		r.locate(p)
	}
}

func (r *reader) readUnrecognized() {
	if key := r.amneziaKey(); key != "" {
		r.amnezia.add(r.number, key)
		return
	}
	if r.continues() {
		r.join()
		return
	}
	if r.isFull() {
		r.more++ // without the cost of an explanation
	} else {
		r.problems = append(r.problems, r.unrecognized())
	}
	if k := find(quickKeys, r.name()); k != nil {
		r.above = openLine{line: r.number, key: k}
	}
}

// otherFormat returns the Problem of a file in another format, or nil.
func (r *reader) otherFormat(f *File) *Problem {
	if isUTF16(f.start()) {
		return &Problem{Line: 1, Reason: "this is UTF-16: save it as UTF-8", Err: ErrOtherFormat}
	}
	if r.amnezia.line > 0 {
		return r.amnezia.problem()
	}
	if r.sections > 0 {
		return nil
	}
	if line, reason := f.otherFormat(); line > 0 {
		return &Problem{Line: line, Reason: reason, Err: ErrOtherFormat}
	}
	return nil
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
		r.report(&r.keyless, &Problem{Line: r.peerLine, Section: peerSection.String(), Err: ErrNoPublicKey})
	}
}

// reserve makes room for n more AllowedIPs of the current [Peer]. The lists of
// many peers share few arrays.
func (r *reader) reserve(n int) {
	const minChunk, maxChunk = 8, 1 << 13
	old := r.AllowedIPs
	if cap(old)-len(old) >= n {
		return
	}
	r.chunk = min(max(2*r.chunk, minChunk), maxChunk)
	r.AllowedIPs = append(make([]AllowedIP, 0, len(old)+max(n, len(old), r.chunk)), old...)
}
