package wgconf

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// Check returns the problems of Settings in the dialect d, and warnings about
// probable mistakes, sorted by line.
func (f *File) Check(d Dialect) []*Problem {
	s, problems := f.read(d)
	c := checker{
		scanner: scanner{dialect: d, rest: *f.text}, name: f.name, settings: s,
		scalars: make(map[string]int), peerLines: make(map[wgtypes.PublicKey]int), owners: make(map[netip.Prefix]owner),
	}
	if s.Interface.PrivateKey != nil {
		c.ownKey = s.Interface.PrivateKey.PublicKey()
	}
	for c.next() {
		c.check()
	}
	problems = append(problems, c.warnings...)
	slices.SortStableFunc(problems, func(a, b *Problem) int { return cmp.Compare(a.Line, b.Line) })
	return problems
}

// checker finds lines that are valid but probably mistakes.
type checker struct {
	scanner
	name     string // of the file
	settings *Settings
	warnings []*Problem
	ownKey   wgtypes.PublicKey

	scalars   map[string]int            // the lines of keys in [Interface], or in this [Peer]
	peerLines map[wgtypes.PublicKey]int // the line of the last [Peer] with a key
	owners    map[netip.Prefix]owner    // the last [Peer] with a prefix

	// Of the current [Peer]:
	peerLine    int
	lists       int  // its AllowedIPs so far
	incremental bool // the last of them
}

type owner struct {
	key  wgtypes.PublicKey
	line int
}

// warn adds a warning about the current line. value is the part of its value
// that the warning is about, or "".
func (c *checker) warn(value, reason string, args ...any) {
	p := &Problem{
		File: c.name, Line: c.number, Section: c.section.String(), Value: shown(value), Reason: fmt.Sprintf(reason, args...), Warning: true,
	}
	if c.key != nil {
		p.Key = c.key.name
	}
	c.warnings = append(c.warnings, p)
}

func (c *checker) check() {
	if strings.IndexByte(c.text, 0) >= 0 {
		c.warn("", "NUL byte: wg(8) ends the line there, wg-quick(8) ignores it")
	}
	if c.kind == header {
		c.checkHeader()
	}
	if c.kind == keyLine {
		c.checkRepeated()
		c.checkText()
		c.checkValue()
	}
}

func (c *checker) checkHeader() {
	if c.section == peerSection {
		clear(c.scalars)
		c.peerLine, c.lists = c.number, 0
		return
	}
	q := scanner{dialect: DialectWGQuick, rest: c.text} // c.dialect may be DialectWG
	if q.next(); !q.quick {
		c.warn("", "wg(8) reads this header as [Interface], wg-quick(8) does not")
	}
}

// checkRepeated finds a key that overrides an earlier line.
func (c *checker) checkRepeated() {
	if c.key.form != scalar {
		return
	}
	if line := c.scalars[c.key.name]; line > 0 {
		c.warn("", "overrides line %d", line)
	}
	c.scalars[c.key.name] = c.number
}

// checkText finds text that a program does not read as it is written.
func (c *checker) checkText() {
	text, _, commented := strings.Cut(c.line, "#")
	switch {
	case !strings.Contains(text, "="):
		c.warn("", `missing "=": wg-quick(8) uses the whole line as the value`)
	case c.value == "":
		c.warn("", "missing value")
	case commented && c.key.form == hook:
		c.warn("", `wg-quick(8) before v1.0.20260223 ends the command at "#"`)
	case commented && !isSpace(text[len(text)-1]):
		c.warn("", `"#" starts a comment and ends the value`)
	}
	if c.key.form == words && strings.ContainsAny(c.value, "*?[") {
		c.warn(c.value, "the shell may expand this as a file name pattern")
	}
}

// checkValue finds values that are valid but unlikely.
func (c *checker) checkValue() {
	switch c.key.name {
	case "PublicKey":
		c.checkPublicKey()
	case "AllowedIPs":
		c.checkAllowedIPs()
	case "Endpoint":
		if e, err := ParseEndpoint(squeeze(c.value)); err == nil && e.Port == 0 {
			c.warn(squeeze(c.value), "port 0 cannot be reached")
		}
	case "Table":
		for _, word := range []string{"off", "auto"} {
			if c.value != word && equalFold(c.value, word) {
				c.warn(c.value, "wg-quick(8) reads this as a table name, not as %s", word)
			}
		}
	}
}

// publicKey returns the key of the current [Peer], even if its line follows later.
func (c *checker) publicKey() wgtypes.PublicKey { return c.settings.Peers[c.peers-1].PublicKey }

func (c *checker) checkPublicKey() {
	key, err := wgtypes.ParsePublicKey(squeeze(c.value))
	if err != nil || key != c.publicKey() {
		return
	}
	if key == c.ownKey && !key.IsZero() {
		c.warn("", "this is the interface's own key: the device ignores such a peer")
	}
	if line := c.peerLines[key]; line > 0 && line != c.peerLine {
		c.warn("", "[Peer] in line %d has the same key: this section changes that peer", line)
	}
	c.peerLines[key] = c.peerLine
}

func (c *checker) checkAllowedIPs() {
	list, incremental, err := ParseAllowedIPs(c.value)
	if err != nil {
		return
	}
	if c.lists++; c.lists > 1 && c.incremental != incremental {
		c.warn("", `the last list of the section decides whether all of them are incremental (with "+" or "-") or replace the peer's`)
	}
	c.incremental = incremental
	elements := strings.Split(squeeze(c.value), ",")
	for i, a := range list {
		prefix := a.Prefix.Masked()
		if prefix != a.Prefix {
			c.warn(strings.TrimLeft(elements[i], "+-"), "has host bits set; WireGuard will use %s", prefix)
		}
		if a.Remove {
			continue
		}
		if o, ok := c.owners[prefix]; ok && o.key != c.publicKey() {
			c.warn(prefix.String(), "[Peer] in line %d also has this prefix and loses it to this one", o.line)
		}
		c.owners[prefix] = owner{c.publicKey(), c.peerLine}
	}
}
