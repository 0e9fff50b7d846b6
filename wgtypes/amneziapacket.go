package wgtypes

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The limits of the numbers in tags. A packet of UDP has at most 65535 bytes. Larger
// numbers make some implementations allocate that memory, and negative ones make them
// crash.
const (
	maxTagBytes        = 65535
	maxTagMilliseconds = 5000
)

// invalidPacket returns why the description of a packet is invalid, or "". The comment
// of Amnezia.Validate has the rules. They are those of the implementations together, as
// far as these do not crash. A backend refuses what its own implementation lacks.
func invalidPacket(s string) (reason string) {
	if s == "" {
		return ""
	}
	if !utf8.ValidString(s) {
		return "invalid packet: not UTF-8"
	}
	if i := strings.IndexFunc(s, isRefused); i >= 0 {
		r, _ := utf8.DecodeRuneInString(s[i:])
		return fmt.Sprintf("invalid packet: must not contain %q, as at byte %d", r, i)
	}
	if strings.TrimSpace(s) != s {
		return "invalid packet: must not begin or end with a blank"
	}
	for rest, tagged := s, false; ; tagged = true {
		text, after, hasTag := strings.Cut(rest, "<")
		at := len(s) - len(rest) + len(text)
		tag, next, isClosed := strings.Cut(after, ">")
		switch {
		case strings.Contains(text, ">"):
			return fmt.Sprintf("invalid packet: \">\" without \"<\" at byte %d", at-len(text)+strings.IndexByte(text, '>'))
		case !hasTag && !tagged:
			return `invalid packet: must have tags, as in "<b 0xc0ff><r 16>"`
		case !hasTag:
			return ""
		case !isClosed || strings.Contains(tag, "<"):
			return fmt.Sprintf("invalid packet: \"<\" without \">\" at byte %d", at)
		}
		if reason := invalidTag(tag); reason != "" {
			return fmt.Sprintf("invalid tag at byte %d: %s", at, reason)
		}
		rest = next
	}
}

// isRefused reports whether the description of a packet must not contain r.
// Configuration files and the text protocol have one line for a description, and a
// comment begins with "#" in files.
func isRefused(r rune) bool { return !unicode.IsPrint(r) || r == '#' }

// invalidTag returns why a tag without its brackets is invalid, or "".
func invalidTag(tag string) (reason string) {
	words := append(strings.Fields(tag), "", "")
	if slices.ContainsFunc(words, func(w string) bool { return strings.HasPrefix(w, "-") }) {
		return "must not have negative numbers"
	}
	name, argument := words[0], words[1]
	switch name {
	case "b":
		if !isTagHex(argument) {
			return "<b> needs pairs of hexadecimal digits, as in <b 0xc0ff>"
		}
	case "r", "rc", "rd", "dz":
		return invalidTagNumber(name, argument, maxTagBytes)
	case "wt":
		return invalidTagNumber(name, argument, maxTagMilliseconds)
	case "t", "c", "d", "ds":
	default:
		return "must be b, r, rc, rd, t, c, wt, d, ds or dz"
	}
	return ""
}

// isTagHex reports whether s is what a <b> may have: pairs of digits. After 0x or 0X
// there may be any number of digits, for which AmneziaWG 1.5 adds a zero in front.
func isTagHex(s string) bool {
	digits, hasPrefix := strings.CutPrefix(s, "0x")
	if !hasPrefix {
		digits, hasPrefix = strings.CutPrefix(s, "0X")
	}
	if strings.Trim(digits, "0123456789abcdefABCDEF") != "" {
		return false
	}
	return hasPrefix || digits != "" && len(digits)%2 == 0
}

// invalidTagNumber returns why s is not a number from 0 to limit, or "".
func invalidTagNumber(name, s string, limit uint64) (reason string) {
	n, err := strconv.ParseUint(strings.TrimPrefix(s, "+"), 10, 32)
	if err != nil || n > limit {
		return fmt.Sprintf("<%s> needs a number from 0 to %d, as in <%s 16>", name, limit, name)
	}
	return ""
}
