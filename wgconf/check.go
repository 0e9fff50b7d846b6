package wgconf

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// Check returns all that is wrong with the file for a reader of that dialect,
// and all that is probably not meant, by line: the problems of Settings, and
// warnings.
func (f *File) Check(d Dialect) []*Problem {
	s, problems := f.read(d)
	c := checker{
		scanner: scanner{dialect: d, rest: f.text()}, settings: s,
		scalars: make(map[string]int), peerLines: make(map[wgtypes.PublicKey]int), owners: make(map[netip.Prefix]owner),
	}
	if s.Interface.PrivateKey != nil {
		c.ownKey = s.Interface.PrivateKey.PublicKey()
	}
	for c.next() {
		c.check()
	}
	for _, p := range c.warnings {
		p.File, p.Warning = f.name, true
	}
	problems = append(problems, c.warnings...)
	slices.SortStableFunc(problems, func(a, b *Problem) int { return cmp.Compare(a.Line, b.Line) })
	return problems
}

// checker finds what has a meaning, but probably not the one that was meant.
type checker struct {
	scanner
	settings *Settings
	warnings []*Problem
	ownKey   wgtypes.PublicKey

	scalars   map[string]int            // where [Interface], or this [Peer], had a key
	peerLines map[wgtypes.PublicKey]int // the [Peer] that had a key last
	owners    map[netip.Prefix]owner    // the [Peer] that had a prefix last

	// Of the current [Peer]:
	peerLine    int
	lists       int  // its AllowedIPs so far
	incremental bool // the last of them
}

type owner struct {
	key  wgtypes.PublicKey
	line int
}

// warn is about the current line: its key, if it has one, and a part of its
// value, if that is not "".
func (c *checker) warn(value, reason string, args ...any) {
	p := &Problem{Line: c.number}
	if c.key == nil {
		p.Err = fmt.Errorf(reason, args...)
	} else {
		p.Key = c.key.name
		p.Err = valueError(c.key.name, value, reason, args...)
	}
	c.warnings = append(c.warnings, p)
}

func (c *checker) check() {
	if strings.IndexByte(c.text, 0) >= 0 {
		c.warn("", "there is a NUL, where wg(8) ends the line and wg-quick(8) does not")
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
	q := scanner{dialect: DialectWGQuick, rest: c.text} // ours may be of the other dialect
	if q.next(); !q.quick {
		c.warn("", "wg-quick(8) does not take this for [Interface], which wg(8) does")
	}
}

// checkRepeated finds a key whose earlier line does not count.
func (c *checker) checkRepeated() {
	if c.key.form != scalar {
		return
	}
	if line := c.scalars[c.key.name]; line > 0 {
		c.warn("", "this overrides line %d", line)
	}
	c.scalars[c.key.name] = c.number
}

// checkText finds what a reader does not take as it is written.
func (c *checker) checkText() {
	text, _, commented := strings.Cut(c.line, "#")
	switch {
	case !strings.Contains(text, "="):
		c.warn("", "there is no =, and so wg-quick(8) takes the line for the value")
	case c.value == "":
		c.warn("", "there is no value")
	case commented && c.key.form == hook:
		c.warn("", "before v1.0.20260223, wg-quick(8) ends the command at the #")
	case commented && !isSpace(text[len(text)-1]):
		c.warn("", "the value ends at the #, which begins a comment")
	}
	if c.key.form == words && strings.ContainsAny(c.value, "*?[") {
		c.warn(c.value, "the shell may take this for a pattern of names of files")
	}
}
