package wgconf

import (
	"fmt"
	"strings"
)

// unrecognized returns the Problem of the current line. It does not quote the value,
// which may be a WireGuard key after a misspelled name.
func (s *scanner) unrecognized() *Problem {
	p := &Problem{Line: s.number, Section: s.section.String(), Reason: s.reason(), Err: ErrUnrecognized}
	if k := find(s.dialect.allKeys(), s.name()); k != nil {
		p.Key = k.name
	}
	return p
}

// name returns the text before the "=" of an unrecognized line, without white
// space.
func (s *scanner) name() string { return squeeze(before(s.value, '=')) }

func (s *scanner) reason() string {
	if strings.HasPrefix(s.value, byteOrderMark) {
		return "starts with a byte-order mark"
	}
	name, _, pair := strings.Cut(s.value, "=")
	name = squeeze(name)
	shown := quote(name)
	if mayHoldKey(name) {
		shown = fmt.Sprintf("(%d characters)", len(name))
	}
	if s.value[0] == '[' {
		return fmt.Sprintf("unknown section %s: must be [Interface] or [Peer]", shown)
	}
	k := find(s.dialect.allKeys(), name)
	switch {
	case k == nil:
		return s.unknown(name, shown)
	case k.quick && !s.dialect.isQuick():
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
	switch r {
	case '\t', '\v', '\f', '\r':
		return ' '
	}
	return r
}

func missingEqual(k *key) string { return `missing "=" after ` + k.name }

// misspelled returns the key of a line such as "MTU 1420" or "MTU: 1420", or nil.
func misspelled(line string, keys []key) *key {
	name := before(line, '=')
	for _, text := range []string{before(squeeze(name), ':'), before(strings.Map(spaceToBlank, name), ' ')} {
		if k := find(keys, text); k != nil {
			return k
		}
	}
	return nil
}

// unknown explains a line whose name is not that of a key.
func (s *scanner) unknown(name, shown string) string {
	if s.section == noSection {
		if strings.HasPrefix(shown, "(") {
			shown = "text " + shown
		}
		return shown + " is outside of a section: must follow [Interface] or [Peer]"
	}
	if k := misspelled(s.value, s.dialect.allKeys()); k != nil {
		return missingEqual(k)
	}
	reason := fmt.Sprintf("unknown key %s in %s", shown, s.section.header())
	if near := suggest(name, s.dialect.allKeys()); near != "" {
		reason += ", did you mean " + near + "?"
	}
	return reason
}

// mostWrong is the largest number of letters in which a suggestion differs.
const mostWrong = 2

// suggest returns the name in keys whose spelling is closest to name, ignoring case,
// or "" if none is close. A long part of a key's name, such as "Keepalive", is close,
// and so is a name with "_" or "-" between its words.
func suggest(name string, keys []key) string {
	if equalFold(name, "PSK") {
		return "PresharedKey"
	}
	name = strings.ToLower(name)
	best, least := "", mostWrong+1
	for i := range keys {
		word := keys[i].name
		// Two words that differ in half of their letters are not similar.
		if d := distance(name, strings.ToLower(word)); d < least && 2*d < len(word) {
			best, least = word, d
		}
	}
	if best != "" {
		return best
	}
	const minPart = 4
	plain := strings.NewReplacer("_", "", "-", "").Replace(name)
	for i := range keys {
		word := strings.ToLower(keys[i].name)
		isPart := len(plain) >= minPart && (strings.HasPrefix(word, plain) || strings.HasSuffix(word, plain))
		if isPart || len(word) >= minPart && strings.HasSuffix(plain, word) || word == "dns" && strings.HasPrefix(plain, word) {
			return keys[i].name
		}
	}
	return ""
}

// distance returns the number of bytes to insert, delete or replace to turn a
// into b (Levenshtein). Above mostWrong the result is inexact.
func distance(a, b string) int {
	if d := len(a) - len(b); d > mostWrong || -d > mostWrong {
		return mostWrong + 1
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replace := diagonal
			if a[i] != b[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
