// Package peerfile edits the peers of configuration files: it adds, removes and
// renames [Peer] sections and keeps every other byte of the file. It also chooses
// addresses for new peers. It performs no I/O.
package peerfile

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/keytext"
	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// ErrNotFound: the file does not have the peer.
var ErrNotFound = errors.New("no such peer")

// errByHand is the error of an edit that would change the meaning of other lines.
var errByHand = errors.New("edit the file by hand: the change would affect other lines, such as the name of another peer")

// File is the text of a configuration file that is to be edited. It does not change:
// the methods that edit return the new text.
type File struct {
	path     string
	text     []byte
	settings *wgconf.Settings
	names    map[wgtypes.PublicKey]string
	lines    []line
}

// Parse returns the File with this path, which messages contain, and text. The error
// joins the errors in the text, except for lines that wgconf does not recognize: the
// edits keep these. If there are too many errors, some of them unknown, it joins all.
func Parse(path string, text []byte) (*File, error) {
	conf := wgconf.Parse(path, text)
	settings, err := conf.Settings(wgconf.DialectAWGQuick)
	if joined, ok := err.(interface{ Unwrap() []error }); ok && !errors.Is(err, wgconf.ErrTooMany) {
		var errs []error
		for _, err := range joined.Unwrap() {
			if !errors.Is(err, wgconf.ErrUnrecognized) {
				errs = append(errs, err)
			}
		}
		err = errors.Join(errs...)
	}
	if err != nil {
		return nil, err
	}
	return &File{path: path, text: text, settings: settings, names: conf.PeerNames(), lines: linesOf(conf)}, nil
}

// Interface returns the values of [Interface].
func (f *File) Interface() *wgconf.Interface { return &f.settings.Interface }

// Peers yields the [Peer] sections in order. Several may have the same key.
func (f *File) Peers() iter.Seq[*wgconf.Peer] {
	return func(yield func(*wgconf.Peer) bool) {
		for i := range f.settings.Peers {
			if !yield(&f.settings.Peers[i]) {
				return
			}
		}
	}
}

// Has reports whether the file has a peer with the key.
func (f *File) Has(key wgtypes.PublicKey) bool {
	return slices.ContainsFunc(f.settings.Peers, func(p wgconf.Peer) bool { return p.PublicKey == key })
}

// Name returns the name of a peer, or "" if it has none.
func (f *File) Name(key wgtypes.PublicKey) string { return f.names[key] }

// Named returns the key of the peer with the name. The error wraps ErrNotFound if
// no peer has it, and names the keys if several have it.
func (f *File) Named(name string) (key wgtypes.PublicKey, err error) {
	var keys []string
	for peer := range f.Peers() {
		if text := peer.PublicKey.String(); f.names[peer.PublicKey] == name && !slices.Contains(keys, text) {
			key, keys = peer.PublicKey, append(keys, text)
		}
	}
	switch {
	case name == "" || len(keys) == 0:
		return wgtypes.PublicKey{}, fmt.Errorf("%s: %w named %q", f.path, ErrNotFound, keytext.Hide(name))
	case len(keys) > 1:
		return wgtypes.PublicKey{}, fmt.Errorf("%s: %d peers are named %q: use the public key: %s", f.path, len(keys), name, strings.Join(keys, ", "))
	}
	return key, nil
}

// line is a line of the text.
type line struct {
	kind lineKind
	peer int // index of the section's peer, or -1
	text string
}

// lineKind is what edits distinguish.
type lineKind uint8

const (
	otherLine lineKind = iota // one that wgconf does not recognize
	blankLine
	commentLine
	headerLine
	keyLine
)

const space = " \t\v\f\r"

// linesOf returns the lines of a file, each with its line feed.
func linesOf(conf *wgconf.File) (lines []line) {
	texts := slices.Collect(strings.Lines(string(conf.AppendTo(nil))))
	for l := range conf.Lines(wgconf.DialectAWGQuick) {
		if len(lines) == len(texts) {
			break // an empty line after the last line feed
		}
		lines = append(lines, line{kindOf(l), l.Peer, texts[len(lines)]})
	}
	return lines
}

func kindOf(l wgconf.Line) lineKind {
	text := strings.Trim(l.Text(), space)
	switch {
	case l.Key != "":
		return keyLine
	case text == "":
		return blankLine
	case text[0] == '#':
		return commentLine
	case text[0] == '[' && (l.Value() == "" || l.Section == ""):
		return headerLine
	}
	return otherLine
}

// join returns the text of lines.
func join(lines ...[]line) []byte {
	var b bytes.Buffer
	for _, part := range lines {
		for _, l := range part {
			b.WriteString(l.text)
		}
	}
	return b.Bytes()
}

// verify returns text if it has the settings of f with other peers and names, and
// errByHand otherwise.
func (f *File) verify(text []byte, peers []wgconf.Peer, names map[wgtypes.PublicKey]string) ([]byte, error) {
	edited, err := Parse(f.path, text)
	if err != nil {
		return nil, err
	}
	want := wgconf.Settings{Interface: f.settings.Interface, Peers: peers}
	if !bytes.Equal(edited.settings.AppendTo(nil), want.AppendTo(nil)) || !maps.Equal(edited.names, names) {
		return nil, fmt.Errorf("%s: %w", f.path, errByHand)
	}
	return text, nil
}
