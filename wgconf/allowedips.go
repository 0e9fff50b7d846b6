package wgconf

import (
	"net/netip"
	"strings"
)

// AllowedIP is one element of an AllowedIPs list.
type AllowedIP struct {
	// Prefix is as written: host bits are not masked.
	Prefix netip.Prefix
	// Remove is set for an element with a leading -.
	Remove bool
}

// ParseAllowedIPs reads a list: addresses, each with an optional /length, which
// is the full one by default, separated by commas. White space counts nowhere.
// The empty list is what wg(8)'s set takes to clear a peer's; in a file it is
// an unrecognized line.
//
// An element with a + or a - before it makes the whole list incremental: those
// with a - are removed, all others added, in order. Any error is a *Problem.
func ParseAllowedIPs(s string) (list []AllowedIP, incremental bool, err error) {
	if trim(s) == "" {
		return nil, false, nil
	}
	return appendAllowedIPs(make([]AllowedIP, 0, strings.Count(s, ",")+1), s)
}

// appendAllowedIPs reads a list that is not empty. On error it returns no list.
func appendAllowedIPs(list []AllowedIP, s string) (_ []AllowedIP, incremental bool, err error) {
	for more := true; more; {
		var element string
		element, s, more = strings.Cut(s, ",")
		element = trim(element)
		a, signed, err := parseAllowedIP(element)
		if err != nil {
			// White space within an element is too rare to look for it first.
			a, signed, err = parseAllowedIP(squeeze(element))
		}
		if err != nil {
			return nil, false, err
		}
		list = append(list, a)
		incremental = incremental || signed
	}
	return list, incremental, nil
}

func parseAllowedIP(element string) (a AllowedIP, signed bool, err error) {
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
