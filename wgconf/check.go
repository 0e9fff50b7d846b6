package wgconf

import (
	"cmp"
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strings"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// Check returns the errors of Settings in the dialect d, and warnings about probable
// mistakes, sorted by line. Like the errors, it lists at most 1000 warnings, followed
// by one that says how many more there are. It has no warnings about a file in another
// format or of more than [MaxSize] bytes.
func (f *File) Check(d Dialect) []*Problem {
	s, problems := f.read(d)
	if len(problems) == 1 && (problems[0].Err == ErrOtherFormat || problems[0].Err == ErrTooLarge) {
		return problems
	}
	c := checker{
		scanner: newScanner(d, *f.text), name: f.name, settings: s,
		invalid: make(map[int]bool), peerLines: make(map[wgtypes.PublicKey]int, len(s.Peers)), owners: repeatedPrefixes(s),
	}
	for _, p := range problems {
		c.invalid[p.Line] = true
	}
	if s.Interface.PrivateKey != nil {
		c.ownKey = s.Interface.PrivateKey.PublicKey()
	}
	for c.next() {
		c.check()
	}
	c.checkMissing()
	c.checkDefaults()
	problems = append(problems, c.warnings...)
	slices.SortStableFunc(problems, func(a, b *Problem) int { return cmp.Compare(position(a), position(b)) })
	if c.more > 0 {
		problems = append(problems, &Problem{File: f.name, Reason: fmt.Sprintf("too many warnings: and %d more", c.more), Warning: true})
	}
	return problems
}

// position returns the line of p for sorting. ErrTooMany comes last.
func position(p *Problem) int {
	if p.Err == ErrTooMany {
		return math.MaxInt
	}
	return p.Line
}

// checker finds lines that are valid but probably mistakes.
type checker struct {
	scanner
	name     string // of the file
	settings *Settings
	warnings []*Problem
	more     int // warnings beyond maxProblems
	ownKey   wgtypes.PublicKey

	invalid    map[int]bool              // the lines with errors
	scalars    []scalarLine              // in [Interface], or in this [Peer]
	peerLines  map[wgtypes.PublicKey]int // the line of the last [Peer] with a key
	owners     map[netip.Prefix]owner    // the last [Peer] so far with a prefix that several may have
	parameters parameters

	// Of the whole file:
	interfaceLine int   // of the first [Interface]
	dnsLine       int   // of the first DNS
	keyInHook     bool  // a hook sets the private key
	hasPrivateKey bool  // valid or not
	headers       []int // the lines of the [Peer] headers

	// Of the current [Peer]:
	peerLine    int
	lists       int    // its AllowedIPs so far
	incremental bool   // the last of them
	listed      []bool // by index of [Peer]: it has AllowedIPs, valid or not

	list []AllowedIP // of the current line; its array is used again
}

// scalarLine is the last line of a key.
type scalarLine struct {
	key  *key
	line int
}

// owner is a [Peer] by its index and the line of its header.
type owner struct{ peer, line int32 }

// warn adds a warning about the current line. value is the part of its value
// that the warning is about, or "".
func (c *checker) warn(value, reason string, args ...any) {
	p := &Problem{
		File: c.name, Line: c.number, Section: c.section.String(), Value: shown(value), Reason: fmt.Sprintf(reason, args...), Warning: true,
	}
	if c.key != nil {
		p.Key = c.key.name
	}
	c.add(p)
}

// add adds a warning, or counts it if there are too many.
func (c *checker) add(p *Problem) {
	if len(c.warnings) >= maxProblems {
		c.more++
		return
	}
	c.warnings = append(c.warnings, p)
}

func (c *checker) check() {
	if c.hasNUL && strings.IndexByte(c.text, 0) >= 0 {
		c.warn("", "NUL byte: wg(8) ends the line there, wg-quick(8) ignores it")
	}
	// A header after a byte-order mark is unrecognized, but begins its section.
	if c.peers > len(c.headers) {
		c.scalars = c.scalars[:0]
		c.peerLine, c.lists = c.number, 0
		c.headers, c.listed = append(c.headers, c.number), append(c.listed, false)
	}
	if c.section == interfaceSection && c.interfaceLine == 0 {
		c.interfaceLine = c.number
	}
	if c.kind == header {
		c.checkHeader()
	}
	if c.kind == keyLine {
		c.parameters.note(&c.scanner)
		c.checkRepeated()
		c.checkText()
		c.checkValue()
	}
}

func (c *checker) checkHeader() {
	if c.section != interfaceSection {
		return
	}
	q := newScanner(DialectWGQuick, c.text) // c.dialect may be that of wg(8) or awg(8)
	if q.next(); !q.quick {
		c.warn("", "wg(8) reads this header as [Interface], wg-quick(8) does not")
	}
}

// checkRepeated finds a key that overrides an earlier line.
func (c *checker) checkRepeated() {
	if c.key.form != scalar && c.key.form != packet {
		return
	}
	for i := range c.scalars {
		if s := &c.scalars[i]; s.key.name == c.key.name {
			c.warn("", "overrides line %d", s.line)
			s.line = c.number
			return
		}
	}
	c.scalars = append(c.scalars, scalarLine{c.key, c.number})
}

// checkText finds text that a program does not read as it is written.
func (c *checker) checkText() {
	text := before(c.line, '#')
	commented := len(text) < len(c.line)
	switch {
	case !strings.Contains(text, "="):
		c.warn("", `missing "=": wg-quick(8) uses the whole line as the value`)
	case c.value == "" && c.key.mayBeEmpty:
		if c.key.ignored == "" {
			c.warn("", "missing value: awg(8) rejects the line")
		}
	case c.value == "":
		c.warn("", "missing value")
	case commented && c.key.form == hook:
		c.warn("", `wg-quick(8) before v1.0.20260223 ends the command at "#"`)
	case commented && !isSpace(text[len(text)-1]):
		c.warn("", `"#" starts a comment and ends the value`)
	}
	invalid := c.invalid[c.number]
	if c.key.form == hook && strings.HasSuffix(c.value, `\`) && !c.joined() {
		c.warn("", `ends with "\": the command does not continue on the next line`)
	}
	if c.key.form == words && (strings.ContainsAny(c.value, "*?") || strings.Contains(c.value, "[") && !invalid) {
		c.warn(c.value, "the shell may expand this as a file name pattern")
	}
	if !c.key.quick && c.key.form != packet && !invalid && hasInnerSpace(c.value) {
		program := "wg(8)"
		if c.key.amnezia {
			program = "awg(8)"
		}
		c.warn(c.value, "%s ignores the white space within it", program)
	}
	if c.key.form == packet && c.key.amnezia && !invalid && squeeze(c.value) != c.value && !startsWithKey(c.line, c.key) {
		c.warn(c.value, "awg(8) ignores the white space within it, because the line does not start with %s", c.key.name)
	}
}

func startsWithKey(line string, k *key) bool {
	return equalFold(line[:min(len(line), len(k.name))], k.name)
}

// joined reports whether the next line is an error, which says that the line
// continues the current one.
func (c *checker) joined() bool {
	next := c.scanner
	return next.next() && next.kind == unrecognized
}

// hasInnerSpace reports whether a trimmed value has white space between two characters
// that belong together. It may surround the elements of a list, their signs and slashes.
func hasInnerSpace(value string) bool {
	for i := 1; i < len(value); i++ {
		if !isSpace(value[i]) {
			continue
		}
		before := value[i-1]
		for isSpace(value[i]) { // a trimmed value ends with another character
			i++
		}
		if !isSeparator(before) && !isSeparator(value[i]) {
			return true
		}
	}
	return false
}

func isSeparator(c byte) bool { return c == ',' || c == '/' || c == '+' || c == '-' }

// publicKey returns the key of the current [Peer], even if its line follows later.
func (c *checker) publicKey() wgtypes.PublicKey { return c.settings.Peers[c.peers-1].PublicKey }

func (c *checker) checkPublicKey() {
	key, err := wgtypes.ParsePublicKey(squeeze(c.value))
	if err != nil || key != c.publicKey() {
		return
	}
	switch own := c.settings.Interface.PrivateKey; {
	case key.IsZero():
	case key == c.ownKey:
		c.warn("", "this is the interface's own key: the device ignores such a peer")
	case own != nil && own.Equal(wgtypes.NewPrivateKey(key)):
		c.warn("", "this is the interface's private key, not the public key of a peer")
	}
	if line := c.peerLines[key]; line > 0 && line != c.peerLine {
		c.warn("", "[Peer] in line %d has the same key: this section changes that peer", line)
	}
	c.peerLines[key] = c.peerLine
}

func (c *checker) checkAllowedIPs() {
	c.listed[c.peers-1] = true
	list, incremental, err := appendAllowedIPs(c.list[:0], c.value)
	if err != nil {
		return
	}
	c.list = list
	if c.lists++; c.lists > 1 && c.incremental != incremental {
		c.warn("", `the last list of the section decides whether all of them are incremental (with "+" or "-") or replace the peer's`)
	}
	c.incremental = incremental
	var elements []string // of the list, if a warning needs them
	for i, a := range list {
		prefix := a.Prefix.Masked()
		if prefix != a.Prefix || a.Prefix.Addr().Is4In6() || a.Prefix.Addr().IsUnspecified() {
			if elements == nil {
				elements = strings.Split(squeeze(c.value), ",")
			}
			c.checkPrefix(strings.TrimLeft(elements[i], "+-"), a.Prefix)
		}
		if !a.Remove {
			c.checkOwner(prefix)
		}
	}
}

// checkPrefix finds a prefix that is probably not meant as it is written.
func (c *checker) checkPrefix(text string, p netip.Prefix) {
	prefix := p.Masked()
	c.checkMapped(text, p)
	if p.Addr().IsUnspecified() && p.IsSingleIP() {
		c.warn(prefix.Addr().String(), "only this address: write %s/0 for all addresses", prefix.Addr())
	}
	if prefix != p {
		c.warn(text, "has host bits set; WireGuard will use %s", prefix)
	}
}

// checkOwner finds a prefix that an earlier [Peer] has, and records its new owner.
func (c *checker) checkOwner(prefix netip.Prefix) {
	o, repeated := c.owners[prefix]
	if !repeated {
		return
	}
	if o.line > 0 && c.settings.Peers[o.peer].PublicKey != c.publicKey() {
		c.warn(prefix.String(), "[Peer] in line %d also has this prefix: this section takes it from that peer", o.line)
	}
	c.owners[prefix] = owner{int32(c.peers - 1), int32(c.peerLine)}
}
