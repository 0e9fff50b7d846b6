package wgconf

import (
	"net/netip"
	"strings"
)

// AllowedIP is one element of an AllowedIPs list.
type AllowedIP struct {
	// Prefix is the prefix as written, with host bits.
	Prefix netip.Prefix
	// Remove reports that the element has a leading "-".
	Remove bool
}

// ParseAllowedIPs parses a list of elements separated by commas, as
// ParseAllowedIP does. White space is ignored everywhere. The empty list is what
// wg(8)'s set uses to clear a peer's list; in a file it is an unrecognized line.
//
// An element with a sign makes the whole list incremental: elements with a "-" are
// removed, all others are added, in order. Errors are *Problem.
func ParseAllowedIPs(s string) (list []AllowedIP, incremental bool, err error) {
	if trim(s) == "" {
		return nil, false, nil
	}
	return appendAllowedIPs(make([]AllowedIP, 0, strings.Count(s, ",")+1), s)
}

// appendAllowedIPs appends the elements of a list that is not empty. On error it
// returns nil.
func appendAllowedIPs(list []AllowedIP, s string) (_ []AllowedIP, incremental bool, err error) {
	for more := true; more; {
		var element string
		element, s, more = strings.Cut(s, ",")
		element = trim(element)
		a, signed, err := ParseAllowedIP(element)
		if err != nil {
			// White space within an element is rare, so remove it only on error.
			a, signed, err = ParseAllowedIP(squeeze(element))
		}
		if err != nil {
			return nil, false, err
		}
		list = append(list, a)
		incremental = incremental || signed
	}
	return list, incremental, nil
}

// ParseAllowedIP parses one element of a list, without white space: an address
// with an optional "/length", which defaults to the length of the address, after
// an optional "+" or "-". signed reports such a sign. Errors are *Problem.
func ParseAllowedIP(element string) (a AllowedIP, signed bool, err error) {
	rest := element
	if rest != "" && (rest[0] == '+' || rest[0] == '-') {
		signed, a.Remove = true, rest[0] == '-'
		rest = rest[1:]
	}
	text, length, hasLength := strings.Cut(rest, "/")
	addr, err := netip.ParseAddr(text)
	switch {
	case text == "":
		return a, signed, invalidValue("AllowedIPs", text, "missing address")
	case err != nil:
		return a, signed, invalidValue("AllowedIPs", text, "must be an IP address")
	case addr.Zone() != "":
		return a, signed, invalidValue("AllowedIPs", text, "must be an IP address without a zone")
	}
	bits := uint64(addr.BitLen())
	if hasLength {
		var ok bool
		if bits, ok = parseUint(length, 10, bits); !ok {
			return a, signed, invalidValue("AllowedIPs", element, "prefix length must be 0 to %d", addr.BitLen())
		}
	}
	a.Prefix = netip.PrefixFrom(addr, int(bits))
	return a, signed, nil
}
