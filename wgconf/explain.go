package wgconf

import (
	"fmt"
	"strings"

	"github.com/wgctrl/wgctrl/internal/nearest"
)

// explain says why the current line, an unrecognized one, is none. It repeats
// no value: that may be a key whose name was misspelled.
func (s *scanner) explain() error {
	return fmt.Errorf("%w: %s", ErrUnrecognized, s.reason())
}

func (s *scanner) reason() string {
	if strings.HasPrefix(s.value, byteOrderMark) {
		return "it begins with a byte-order mark"
	}
	name, _, pair := strings.Cut(s.value, "=")
	name = squeeze(name)
	shown := quote(name)
	if mayHoldKey(name) {
		shown = fmt.Sprintf("a text of %d characters", len(name))
	}
	if s.value[0] == '[' {
		return fmt.Sprintf("%s is no section, want [Interface] or [Peer]", shown)
	}
	k := find(allKeys, name)
	switch {
	case k == nil:
		return s.unknown(name, shown)
	case k.quick && s.dialect == DialectWG:
		return k.name + " is a key of wg-quick(8)"
	case k.quick && s.quick:
		return "wg-quick(8) takes " + k.name + " without white space in it alone"
	case k.quick && s.section == interfaceSection:
		return k.name + " is in a section that wg-quick(8) does not take for [Interface]"
	case k.section != s.section:
		return fmt.Sprintf("%s belongs in %s", k.name, k.section.header())
	case !pair:
		return "want a = after " + k.name
	}
	return k.name + " has no value"
}

// unknown is about a name that no key has.
func (s *scanner) unknown(name, shown string) string {
	if s.section == noSection {
		return shown + " is in no section, want [Interface] or [Peer] before it"
	}
	if k := find(allKeys, before(name, ":")); k != nil {
		return "want a = after " + k.name
	}
	reason := fmt.Sprintf("%s is no key of %s", shown, s.section.header())
	if near := nearestKey(name); near != "" {
		reason += ", did you mean " + near + "?"
	}
	return reason
}

// nearestKey returns the name of the key that is spelled most like name, "" if
// none is near.
func nearestKey(name string) string {
	var names []string
	for i := range allKeys {
		names = append(names, allKeys[i].name)
	}
	return nearest.Word(name, names)
}
