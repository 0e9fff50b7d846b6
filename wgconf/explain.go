package wgconf

import (
	"fmt"
	"strings"
)

// unrecognized returns the Problem of the current line, which has no meaning. It
// repeats no value: that may be a WireGuard key after a misspelled name.
func (s *scanner) unrecognized() *Problem {
	return &Problem{Line: s.number, Section: s.section.String(), Reason: s.reason(), Err: ErrUnrecognized}
}

func (s *scanner) reason() string {
	if strings.HasPrefix(s.value, byteOrderMark) {
		return "starts with a byte-order mark"
	}
	name, _, pair := strings.Cut(s.value, "=")
	first := before(strings.Map(spaceToBlank, name), " ")
	name = squeeze(name)
	shown := quote(name)
	if mayHoldKey(name) {
		shown = fmt.Sprintf("(%d characters)", len(name))
	}
	if s.value[0] == '[' {
		return fmt.Sprintf("unknown section %s: must be [Interface] or [Peer]", shown)
	}
	k := find(allKeys, name)
	switch {
	case k == nil:
		return s.unknown(name, first, shown)
	case k.quick && s.dialect == DialectWG:
		return k.name + " is a key of wg-quick(8)"
	case k.quick && s.quick:
		return "wg-quick(8) does not recognize " + k.name + " with white space in it"
	case k.quick && s.section == interfaceSection:
		return "wg-quick(8) does not recognize the header of the section of " + k.name + " as [Interface]"
	case k.section != s.section:
		return fmt.Sprintf("%s belongs in %s", k.name, k.section.header())
	case !pair:
		return missingEqual(k)
	}
	return "missing value of " + k.name
}

func spaceToBlank(r rune) rune {
	if r < ' ' && isSpace(byte(r)) {
		return ' '
	}
	return r
}

func missingEqual(k *key) string { return `missing "=" after ` + k.name }

// unknown explains a line whose name is not that of a key. first is the first
// word of the name.
func (s *scanner) unknown(name, first, shown string) string {
	if s.section == noSection {
		return shown + " is outside of a section: must follow [Interface] or [Peer]"
	}
	for _, text := range []string{before(name, ":"), first} {
		if k := find(allKeys, text); k != nil {
			return missingEqual(k)
		}
	}
	reason := fmt.Sprintf("unknown key %s in %s", shown, s.section.header())
	if near := suggest(name); near != "" {
		reason += ", did you mean " + near + "?"
	}
	return reason
}
