package wgtypes

import (
	"fmt"
	"strconv"
	"strings"
)

// Range is a range of numbers that contains its ends, of which AmneziaWG uses random
// ones. Lo and Hi are equal for a single number. The zero Range is the number 0.
type Range struct{ Lo, Hi uint32 }

const rangeForm = `a number from 0 to 4294967295 or two, as in "5-9"`

// ParseRange parses a number or two numbers such as "5-9", both decimal, from 0 to
// 4294967295, and without signs and blanks. It fails if the first number is larger than
// the second one.
func ParseRange(s string) (Range, error) {
	lo, hi, isRange := strings.Cut(s, "-")
	if !isRange {
		hi = lo
	}
	a, ok1 := parseNumber(lo)
	b, ok2 := parseNumber(hi)
	switch {
	case len(s) > maxQuoted: // it may be a key
		return Range{}, fmt.Errorf("wgtypes: invalid range of %d bytes: must be %s", len(s), rangeForm)
	case !ok1 || !ok2:
		return Range{}, fmt.Errorf("wgtypes: invalid range %q: must be %s", s, rangeForm)
	case a > b:
		return Range{}, fmt.Errorf("wgtypes: invalid range %q: the first number must not be larger than the second one", s)
	}
	return Range{a, b}, nil
}

// parseNumber parses decimal digits.
func parseNumber(s string) (n uint32, ok bool) {
	if strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	parsed, err := strconv.ParseUint(s, 10, 32)
	return uint32(parsed), err == nil
}

// IsZero reports whether r is the number 0.
func (r Range) IsZero() bool { return r == Range{} }

// Overlaps reports whether r and s have a number in common.
func (r Range) Overlaps(s Range) bool { return r.Lo <= s.Hi && s.Lo <= r.Hi }

// String returns r as [ParseRange] accepts it: "5", or "5-9".
func (r Range) String() string {
	b, _ := r.AppendText(nil)
	return string(b)
}

// AppendText appends what String returns to b. It never fails.
func (r Range) AppendText(b []byte) ([]byte, error) {
	b = strconv.AppendUint(b, uint64(r.Lo), 10)
	if r.Lo != r.Hi {
		b = strconv.AppendUint(append(b, '-'), uint64(r.Hi), 10)
	}
	return b, nil
}

// MarshalText returns what String returns. It never fails.
func (r Range) MarshalText() ([]byte, error) { return r.AppendText(nil) }

// UnmarshalText sets r as [ParseRange] does. On error r is unchanged.
func (r *Range) UnmarshalText(text []byte) error {
	parsed, err := ParseRange(string(text))
	if err == nil {
		*r = parsed
	}
	return err
}
