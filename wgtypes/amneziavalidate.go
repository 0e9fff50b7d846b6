package wgtypes

import (
	"fmt"
	"math"
)

// minHeaderProtectedPrefix is the smallest S1 to S4 of a device with a header
// protection key, which is derived from these bytes.
const minHeaderProtectedPrefix = 12

// Validate returns a [*FieldError] if a device with the parameters a would not work, and
// nil otherwise. Some implementations accept such parameters and crash later. A Client
// calls it with the parameters that a device would have after a change.
//
// The ends of ranges must be in order. Jmin must not exceed Jmax. H1 to H4 must not
// contain 0 or overlap. With a HeaderProtectionKey, S1 to S4 must be at least 12. The
// comments of the fields have the limits of ContentPaddingAddition and the parameters
// after it.
//
// I1 to I5 must be empty or have tags of this list. N is 0 to 65535, for <wt> 0 to 5000.
//
//	<b 0xHEX>         these bytes
//	<r N>             N random bytes
//	<rc N>, <rd N>    N random letters, N random digits; not in 1.0 and 1.5
//	<t>, <c>          the time, a counter; <c> not in amneziawg-go after 1.5
//	<wt N>            a pause of N ms; only in 1.5
//	<d>, <ds>, <dz N> nothing, nothing, N bytes; only in amneziawg-go after 1.5
//
// Blanks in a tag, words after its argument, and text between tags have no effect. They
// must be printable and must not contain "#". Every version that has a tag accepts it
// with one blank, lower-case letters, an even number of digits and N up to 1000.
func (a Amnezia) Validate() error {
	for _, p := range amneziaParameters() {
		if reason := invalidAmnezia(p.key, p.State(&a)); reason != "" {
			return amneziaError(p.key, "%s", reason)
		}
	}
	if a.Jmin > a.Jmax {
		return amneziaError("Jmin", "invalid number %d: must be at most Jmax, which is %d", a.Jmin, a.Jmax)
	}
	headers := []Range{a.H1, a.H2, a.H3, a.H4}
	for i, h := range headers {
		for j := range i {
			if h.Overlaps(headers[j]) {
				return amneziaError(fmt.Sprintf("H%d", i+1), "invalid range %v: must not overlap H%d, which is %v", h, j+1, headers[j])
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
	for _, p := range amneziaParameters() {
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
			return fmt.Sprintf("invalid range %v: the first number must not be larger than the second one", *v)
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
