package wgconf

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
)

// The kinds of errors. Problem.Err is one of them.
var (
	// ErrInvalidValue: a key has a value that it cannot have.
	ErrInvalidValue = errors.New("invalid value")
	// ErrUnrecognized: the line is not a key of its section, or its value is
	// empty.
	ErrUnrecognized = errors.New("unrecognized line")
	// ErrNoPublicKey: a [Peer] has no PublicKey. wg(8) reports this at the end of
	// the file.
	ErrNoPublicKey = errors.New("[Peer] has no PublicKey")
)

// Problem describes an error or a warning about a line of a file, or about a
// value that was parsed on its own. It holds no secret.
// errors.Is(err, fs.ErrInvalid) reports true for every Problem.
type Problem struct {
	// File is the name that Parse was given. It is "" for a value on its own.
	File string
	// Line is the number of the line, from 1. A [Peer] as a whole has the line of
	// its header. Line is 0 for a value on its own.
	Line int
	// Section is "Interface" or "Peer", as in Line. It is "" for a value on its
	// own.
	Section string
	// Key is the usual spelling of the line's key, such as "FwMark", or "" if it
	// has none.
	Key string
	// Value is the value that the Problem is about, or one element of a list. For
	// AllowedIPs it is the address alone if that is wrong, and otherwise the
	// whole element with its slash. Value is "" for keys and for anything that
	// may contain one.
	Value string
	// Reason says what was expected, or what is wrong.
	Reason string
	// Warning reports that the line is valid but probably a mistake.
	Warning bool
	// Err is the kind of error. It is nil for a warning.
	Err error
}

// Error returns the file and line, if any, and what is wrong.
func (p *Problem) Error() string {
	var b strings.Builder
	if p.Line > 0 {
		fmt.Fprintf(&b, "%s:%d: ", p.File, p.Line)
	}
	switch {
	case p.Warning:
		b.WriteString("warning: ")
	case p.Err == ErrInvalidValue:
		b.WriteString("invalid ")
	case p.Err != nil:
		b.WriteString(p.Err.Error())
	}
	subject := ""
	if p.Warning || p.Err == ErrInvalidValue {
		subject = p.Key
		if p.Value != "" {
			subject += " " + quote(p.Value)
		}
	}
	b.WriteString(subject)
	if p.Reason != "" {
		if subject != "" || !p.Warning {
			b.WriteString(": ")
		}
		b.WriteString(p.Reason)
	}
	return b.String()
}

// Unwrap returns Err.
func (p *Problem) Unwrap() error { return p.Err }

// Is reports whether target is fs.ErrInvalid.
func (p *Problem) Is(target error) bool { return target == fs.ErrInvalid }

// invalidValue returns a *Problem for a value on its own.
func invalidValue(key, value, reason string, args ...any) error {
	return &Problem{Key: key, Value: shown(value), Reason: fmt.Sprintf(reason, args...), Err: ErrInvalidValue}
}

// shown returns value, or "" if it may contain a key.
func shown(value string) string {
	if mayHoldKey(squeeze(value)) {
		return ""
	}
	return value
}

// quote returns s for an error's text: on one line, and short.
func quote(s string) string {
	const most = 48
	if len(s) <= most {
		return strconv.Quote(s)
	}
	return strconv.Quote(s[:most]) + "..."
}

// mayHoldKey reports whether s has so many base64 characters in a row, of either
// alphabet, that they may be most of a key.
func mayHoldKey(s string) bool {
	const enough = 40 // of the 44 that a key has
	run := 0
	for i := range len(s) {
		if !isBase64(s[i]) {
			run = 0
			continue
		}
		if run++; run == enough {
			return true
		}
	}
	return false
}

func isBase64(c byte) bool {
	return 'a' <= lower(c) && lower(c) <= 'z' || isDigit(c) || strings.IndexByte("+/-_", c) >= 0
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// unrecognized returns the Problem of the current line. It does not quote the value,
// which may be a WireGuard key after a misspelled name.
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

// mostWrong is the largest number of letters in which a suggestion differs.
const mostWrong = 2

// suggest returns the key name whose spelling is closest to name, ignoring case,
// or "" if none is close.
func suggest(name string) string {
	best, least := "", mostWrong+1
	for i := range allKeys {
		word := allKeys[i].name
		// Two words that differ in half of their letters are not similar.
		if d := distance(strings.ToLower(name), strings.ToLower(word)); d < least && 2*d < len(word) {
			best, least = word, d
		}
	}
	return best
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
