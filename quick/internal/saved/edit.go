// Package saved writes the state of a running interface to its configuration file.
// It changes only the lines whose values changed.
package saved

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// New returns a file with base and the values of the state.
func New(name string, base *wgconf.Settings, s State) *wgconf.File {
	return wgconf.Parse(name, s.desired(base).AppendTo(nil))
}

// Edit returns f with the values of the state. Comments, the order of lines and
// sections, and values that mean the same stay as they are. So do DNS, Table,
// SaveConfig and the hooks, which no interface shows. A section of a peer that the
// device does not have is removed with the comment above it. New peers come last.
//
// The error is that of File.Settings if f has errors.
func Edit(f *wgconf.File, d wgconf.Dialect, s State) (*wgconf.File, error) {
	base, err := f.Settings(d)
	if err != nil {
		return nil, err
	}
	want := s.desired(base)
	e := newEditor(f, d)
	e.editSection(e.scope(func(l *line) bool { return l.Section == "Interface" }),
		base.Interface.AppendTo(nil), want.Interface.AppendTo(nil))
	e.editPeers(base.Peers, want.Peers)
	edited := wgconf.Parse(fmt.Sprint(f), []byte(e.text()))
	got, err := edited.Settings(d)
	if err == nil && string(got.AppendTo(nil)) != string(want.AppendTo(nil)) {
		err = fmt.Errorf("%v: cannot express the state of the interface by changing lines", f)
	}
	if err != nil {
		return nil, err
	}
	return edited, nil
}

// editor changes the lines of a file.
type editor struct {
	dialect wgconf.Dialect
	lines   []*line
	top     []string // lines before the first one
	end     string   // of inserted lines: "\n" or "\r\n"
	open    bool     // the last line has no line feed
}

func newEditor(f *wgconf.File, d wgconf.Dialect) *editor {
	text := f.AppendTo(nil)
	e := &editor{dialect: d, end: "\n", open: len(text) > 0 && text[len(text)-1] != '\n'}
	for l := range f.Lines(d) {
		e.lines = append(e.lines, &line{Line: l, text: l.Text(), value: l.Value()})
	}
	if len(e.lines) > 0 && strings.HasSuffix(e.lines[0].text, "\r") {
		e.end = "\r\n"
	}
	return e
}

func (e *editor) scope(in func(*line) bool) (scope []*line) {
	for _, l := range e.lines {
		if in(l) {
			scope = append(scope, l)
		}
	}
	return scope
}

// editSection changes the lines of a section from the values of the text have to
// those of want.
func (e *editor) editSection(scope []*line, have, want []byte) {
	if string(have) == string(want) {
		return
	}
	old, now := values(have, e.dialect), values(want, e.dialect)
	for key := range old {
		if now[key] == nil {
			for _, l := range keyLines(scope, key) {
				l.removed = true
			}
		}
	}
	// In the order of the text, so that new lines have that order.
	for l := range wgconf.Parse("", want).Lines(e.dialect) {
		if l.Key == "" || slices.Equal(old[l.Key], now[l.Key]) {
			continue
		}
		switch l.Key {
		case "Address":
			e.editAddresses(scope, now[l.Key])
		case "AllowedIPs":
			e.editAllowedIPs(scope, strings.Split(l.Value(), ","))
		default:
			e.editScalar(scope, l.Key, l.Value())
		}
		old[l.Key] = now[l.Key] // done, also for its other lines
	}
}

// keyLines returns the lines with a key.
func keyLines(scope []*line, key string) (all []*line) {
	for _, l := range scope {
		if l.Key == key {
			all = append(all, l)
		}
	}
	return all
}

// editScalar sets the last line with the key, which is the one that counts.
func (e *editor) editScalar(scope []*line, key, value string) {
	if all := keyLines(scope, key); len(all) > 0 {
		all[len(all)-1].setValue(value)
		return
	}
	e.insert(scope, key, value)
}

// insert adds a line after the last key of the section.
func (e *editor) insert(scope []*line, key, value string) {
	var last *line
	for _, l := range scope {
		if l.Key != "" || l.isHeader() {
			last = l
		}
	}
	e.insertAfter(last, key, value)
}

// insertAfter adds a line after l. If l is nil, it adds an [Interface] section at the
// top.
func (e *editor) insertAfter(l *line, key, value string) {
	text := key + " = " + value
	switch {
	case l != nil:
		l.after = append(l.after, text)
	case len(e.top) == 0:
		e.top = []string{"[Interface]", text, ""}
	default:
		e.top = slices.Insert(e.top, len(e.top)-1, text)
	}
}

// editAddresses removes and adds addresses. Each new one gets a line.
func (e *editor) editAddresses(scope []*line, want []string) {
	var last *line
	for _, l := range scope {
		if l.isQuickHeader() && last == nil || l.Key == "Address" {
			last = l
		}
	}
	all := keyLines(scope, "Address")
	rest := keepElements(all, want, func(word string) string {
		if addr, err := netip.ParseAddr(word); err == nil {
			return netip.PrefixFrom(addr, addr.BitLen()).String()
		}
		prefix, _ := netip.ParsePrefix(word) // the file has no errors
		return prefix.String()
	})
	for _, address := range rest {
		e.insertAfter(last, "Address", address)
	}
}

// editAllowedIPs removes and adds elements. It adds them to the last line.
func (e *editor) editAllowedIPs(scope []*line, want []string) {
	all := keyLines(scope, "AllowedIPs")
	rest := keepElements(all, want, func(element string) string {
		a, _, _ := wgconf.ParseAllowedIP(element) // the file has no errors
		return string(wgconf.AppendPrefix(nil, a.Prefix))
	})
	if len(rest) == 0 {
		return
	}
	for _, l := range slices.Backward(all) {
		if !l.removed {
			l.setValue(strings.Join(append(elements(l.value), rest...), ", "))
			return
		}
	}
	e.insert(scope, "AllowedIPs", strings.Join(rest, ", "))
}

// elements returns the elements of a list that is separated by commas or white space.
func elements(value string) []string {
	return strings.FieldsFunc(value, func(r rune) bool { return r == ',' || strings.ContainsRune(space, r) })
}

// keepElements removes the elements that are not in want from the lines, and lines
// without elements. It returns the elements of want that no line has. canonical
// returns the form of an element in want.
func keepElements(lines []*line, want []string, canonical func(string) string) []string {
	missing := make(map[string]bool, len(want))
	for _, element := range want {
		missing[element] = true
	}
	for _, l := range lines {
		var kept []string
		changed := false
		for _, element := range elements(l.value) {
			if form := canonical(element); missing[form] {
				delete(missing, form)
				bare := strings.TrimLeft(element, "+-")
				changed = changed || bare != element
				kept = append(kept, bare)
			} else {
				changed = true
			}
		}
		switch {
		case len(kept) == 0:
			l.removed = true
		case changed:
			l.setValue(strings.Join(kept, ", "))
		}
	}
	return slices.DeleteFunc(slices.Clone(want), func(element string) bool { return !missing[element] })
}

// editPeers changes, removes and adds sections.
func (e *editor) editPeers(base, want []wgconf.Peer) {
	sections := e.sections(len(base))
	left := make(map[wgtypes.PublicKey]*wgconf.Peer, len(want))
	for i := range want {
		left[want[i].PublicKey] = &want[i]
	}
	for i := range base {
		p := left[base[i].PublicKey]
		delete(left, base[i].PublicKey)
		if p == nil {
			e.removeSection(sections[i])
			continue
		}
		e.editSection(sections[i], base[i].AppendTo(nil), p.AppendTo(nil))
	}
	e.trimEnd()
	for i := range want {
		if left[want[i].PublicKey] == nil {
			continue
		}
		for text := range strings.Lines(string(want[i].AppendTo([]byte("\n")))) {
			e.append(strings.TrimSuffix(text, "\n"))
		}
	}
}

// sections returns the lines of each peer.
func (e *editor) sections(n int) [][]*line {
	all := make([][]*line, n)
	for _, l := range e.lines {
		if l.Peer >= 0 {
			all[l.Peer] = append(all[l.Peer], l)
		}
	}
	return all
}

// append adds a line at the end.
func (e *editor) append(text string) {
	e.lines = append(e.lines, &line{text: strings.TrimSuffix(text+e.end, "\n")})
	e.open = false
}
