package wgtypes

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// minHeaderProtectedPrefix is the smallest S1 to S4 of a device with a header
// protection key, which is derived from these bytes.
const minHeaderProtectedPrefix = 12

// Validate returns a *FieldError if a device with the parameters a would not work, and
// nil otherwise. Some implementations accept such parameters and crash later. A Client
// calls it with the parameters that a device would have after a change.
//
// The ends of ranges must be in order. Jmin must not exceed Jmax. H1 to H4 must not
// contain 0 or overlap. With a HeaderProtectionKey, S1 to S4 must be at least 12. The
// comments of the fields have the limits of ContentPaddingAddition and the parameters
// after it. I1 to I5 must be sequences of these tags, with a blank before N or HEX:
//
//	<b 0xHEX>         these bytes, two digits each
//	<r N>             N random bytes
//	<rc N>, <rd N>    N random letters, N random digits
//	<t>, <c>          the time, a counter
//	<wt N>            a pause of N ms; only 1.5
//	<d>, <ds>, <dz N> data; not in the module of Linux
func (a Amnezia) Validate() error {
	for _, p := range amneziaParameters {
		if reason := invalidAmnezia(p.key, p.State(&a)); reason != "" {
			return amneziaError(p.key, "%s", reason)
		}
	}
	if a.Jmin > a.Jmax {
		return amneziaError("Jmin", "%d is larger than Jmax, which is %d", a.Jmin, a.Jmax)
	}
	headers := []Range{a.H1, a.H2, a.H3, a.H4}
	for i, h := range headers {
		for j := range i {
			if h.Overlaps(headers[j]) {
				return amneziaError(fmt.Sprintf("H%d", i+1), "%v overlaps H%d, which is %v", h, j+1, headers[j])
			}
		}
	}
	if a.HeaderProtectionKey.IsZero() {
		return nil
	}
	for i, s := range []uint16{a.S1, a.S2, a.S3, a.S4} {
		if s < minHeaderProtectedPrefix {
			return amneziaError(fmt.Sprintf("S%d", i+1), "invalid number %d: must be at least %d if HeaderProtectionKey is set", s, minHeaderProtectedPrefix)
		}
	}
	return nil
}

// validate returns a *FieldError for the first parameter that is invalid by itself.
func (c *AmneziaConfig) validate() error {
	for _, p := range amneziaParameters {
		if !p.IsSet(c) {
			continue
		}
		f := field[AmneziaConfig]{at: p.Change}
		if reason := invalidAmnezia(p.key, f.value(c)); reason != "" {
			return amneziaError(p.key, "%s", reason)
		}
	}
	return nil
}

func amneziaError(key, format string, args ...any) *FieldError {
	return &FieldError{Index: -1, Field: "Amnezia." + key, Reason: fmt.Sprintf(format, args...)}
}

// invalidAmnezia returns why the value behind a pointer is invalid for the parameter
// with the key, or "".
func invalidAmnezia(key string, value any) (reason string) {
	switch v := value.(type) {
	case *Range:
		isHeader := len(key) == len("H1")
		switch {
		case v.Lo > v.Hi:
			return fmt.Sprintf("invalid range %v: the first number is larger than the second one", *v)
		case isHeader && v.Lo == 0:
			return fmt.Sprintf("invalid range %v: must not contain 0", *v)
		case !isHeader && v.Hi > math.MaxUint16:
			return fmt.Sprintf("invalid range %v: must be 0 to %d", *v, math.MaxUint16)
		}
	case *string:
		return invalidPacket(*v)
	}
	return ""
}

// maxPacketPart is the largest number of bytes of a tag. AmneziaWG 1.5 has this limit.
const maxPacketPart = 1000

// invalidPacket returns why the description of a packet is invalid, or "".
func invalidPacket(s string) (reason string) {
	for rest := s; rest != ""; {
		tag, after, ok := strings.Cut(rest, ">")
		if !ok || tag[0] != '<' {
			return fmt.Sprintf("invalid packet at byte %d: must be tags, as in \"<b 0xc0ff><r 16>\"", len(s)-len(rest))
		}
		if reason := invalidTag(tag[1:]); reason != "" {
			return fmt.Sprintf("invalid packet at byte %d: %s", len(s)-len(rest), reason)
		}
		rest = after
	}
	return ""
}

// invalidTag returns why a tag without its brackets is invalid, or "".
func invalidTag(tag string) (reason string) {
	name, argument, has := strings.Cut(tag, " ")
	switch name {
	case "b":
		digits, ok := strings.CutPrefix(argument, "0x")
		if !ok || digits == "" || len(digits)%2 != 0 || strings.Trim(digits, "0123456789abcdefABCDEF") != "" {
			return "<b> needs pairs of hexadecimal digits, as in <b 0xc0ff>"
		}
	case "r", "rc", "rd", "dz", "wt":
		limit := maxPacketPart
		if name == "wt" {
			limit = 5000 // milliseconds
		}
		n, err := strconv.ParseUint(argument, 10, 16)
		if err != nil || n > uint64(limit) {
			return fmt.Sprintf("<%s> needs a number from 0 to %d, as in <%s 16>", name, limit, name)
		}
	case "t", "c", "d", "ds":
		if has {
			return fmt.Sprintf("<%s> has an argument, must have none", name)
		}
	default:
		return "unknown tag"
	}
	return ""
}
