package wgconf

import (
	"fmt"
	"math"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// Endpoint is a peer's address as in files and on command lines. The zero Endpoint
// means no endpoint.
type Endpoint struct {
	// Host is a host name, or an IP address without brackets. An IPv6 address
	// may have a zone.
	Host string
	// Port is a UDP port.
	Port uint16
}

// ParseEndpoint parses HOST:PORT or [HOST]:PORT. HOST is a name or an address
// without white space, control characters and brackets. PORT is 0 to 65535 in
// decimal. The last colon separates the port: fe80::1:5 is port 5 of fe80::1, as
// in wg(8). Errors are *Problem.
//
// wg(8) also accepts names of services as PORT; [SplitEndpoint] accepts any PORT
// that is not empty.
func ParseEndpoint(s string) (Endpoint, error) {
	fail := func(reason string) (Endpoint, error) { return Endpoint{}, invalidValue("Endpoint", s, "%s", reason) }
	if s == "" {
		return fail("must be HOST:PORT")
	}
	if !isWord(s) {
		return fail("must not contain white space or control characters")
	}
	host, text, err := SplitEndpoint(s)
	if err != nil {
		return Endpoint{}, err
	}
	port, ok := parseUint(text, 10, math.MaxUint16)
	if !ok {
		return fail("port must be 0 to 65535")
	}
	switch {
	case host == "":
		return fail("missing host: must be HOST:PORT")
	case strings.ContainsAny(host, "[]"):
		return fail("host must not contain brackets")
	}
	return Endpoint{Host: host, Port: uint16(port)}, nil
}

// SplitEndpoint splits HOST:PORT or [HOST]:PORT at the colon before PORT. It does
// not check them, except that PORT must not be empty. Errors are *Problem.
func SplitEndpoint(s string) (host, port string, err error) {
	if rest, ok := strings.CutPrefix(s, "["); ok {
		inner, after, closed := strings.Cut(rest, "]")
		if !closed {
			return "", "", invalidValue("Endpoint", s, `missing "]"`)
		}
		if after, ok = strings.CutPrefix(after, ":"); ok {
			host, port = inner, after
		}
	} else if i := strings.LastIndexByte(s, ':'); i >= 0 {
		host, port = s[:i], s[i+1:]
	}
	if port == "" {
		return "", "", invalidValue("Endpoint", s, "missing port: must be HOST:PORT")
	}
	return host, port, nil
}

// AddrPort returns the address of an Endpoint whose Host is an IP address, and
// false for any other. An IPv4-mapped address becomes IPv4.
func (e Endpoint) AddrPort() (netip.AddrPort, bool) {
	addr, err := parseAddr(e.Host)
	if err != nil {
		return netip.AddrPort{}, false
	}
	return netip.AddrPortFrom(addr.Unmap(), e.Port), true
}

// String returns e in the form of [ParseEndpoint], with brackets if Host has a colon,
// and "" for the zero Endpoint.
func (e Endpoint) String() string { return string(e.AppendTo(nil)) }

// AppendTo appends String's text to b.
func (e Endpoint) AppendTo(b []byte) []byte {
	if e == (Endpoint{}) {
		return b
	}
	if strings.Contains(e.Host, ":") {
		b = append(append(append(b, '['), e.Host...), ']')
	} else {
		b = append(b, e.Host...)
	}
	return strconv.AppendUint(append(b, ':'), uint64(e.Port), 10)
}

// notSemicolons is the reason for a list that is separated by semicolons.
const notSemicolons = `must be separated by commas, not ";"`

// notSpaces is the reason for a list that is separated by white space.
const notSpaces = "must be separated by commas, not spaces"

// AllowedIP is one element of an AllowedIPs list.
type AllowedIP struct {
	// Prefix is the prefix as written, with host bits.
	Prefix netip.Prefix
	// Remove reports that the element has a leading "-".
	Remove bool
}

// ParseAllowedIPs parses a list of elements separated by commas, as
// [ParseAllowedIP] does. White space is ignored everywhere. The empty list is what
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
		s = trimLeft(s, isSpace)
		prefix, n := scanPrefix(s)
		if end := trimLeft(s[n:], isSpace); n > 0 && (end == "" || end[0] == ',') {
			list = append(list, AllowedIP{Prefix: prefix})
			if more = end != ""; more {
				s = end[1:]
			}
			continue
		}
		element, rest := s, ""
		i := strings.IndexByte(s, ',')
		if more = i >= 0; more {
			element, rest = s[:i], s[i+1:]
		}
		s, element = rest, trim(element)
		a, signed, ok := parseAllowedIP(element)
		if !ok {
			// White space within an element is rare, so remove it only on error.
			if a, signed, err = ParseAllowedIP(squeeze(element)); err != nil {
				return nil, false, listError(element, err)
			}
		}
		list = append(list, a)
		incremental = incremental || signed
	}
	return list, incremental, nil
}

// listError returns the error of an element of a list, which is err unless the element is
// itself a list.
func listError(element string, err error) error {
	if isSpaced(element) {
		return invalidValue("AllowedIPs", element, notSpaces)
	}
	return err
}

// isSpaced reports whether s is a list of valid elements separated by white space.
func isSpaced(s string) bool {
	n := 0
	for element := range strings.FieldsSeq(s) {
		if _, _, ok := parseAllowedIP(element); !ok {
			return false
		}
		n++
	}
	return n > 1
}

// ParseAllowedIP parses one element of a list, without white space: an address
// with an optional "/length", which defaults to the length of the address, after
// an optional "+" or "-". signed reports such a sign. Errors are *Problem.
func ParseAllowedIP(element string) (a AllowedIP, signed bool, err error) {
	a, signed, ok := parseAllowedIP(element)
	if !ok {
		err = invalidValue("AllowedIPs", element, "%s", invalidAllowedIP(element))
	}
	return a, signed, err
}

// parseAllowedIP is ParseAllowedIP without the cost of an error.
func parseAllowedIP(element string) (a AllowedIP, signed, ok bool) {
	if element != "" && (element[0] == '+' || element[0] == '-') {
		signed, a.Remove = true, element[0] == '-'
		element = element[1:]
	}
	text, length, hasLength := strings.Cut(element, "/")
	addr, err := netip.ParseAddr(text)
	if err != nil || addr.Zone() != "" {
		return a, signed, false
	}
	bits := uint64(addr.BitLen())
	if hasLength {
		if bits, ok = parseUint(length, 10, bits); !ok {
			return a, signed, false
		}
	}
	a.Prefix = netip.PrefixFrom(addr, int(bits))
	return a, signed, true
}

// invalidAllowedIP returns what is wrong with an element of a list.
func invalidAllowedIP(element string) string {
	text := before(element, '/')
	if text != "" && (text[0] == '+' || text[0] == '-') {
		text = text[1:]
	}
	addr, _ := netip.ParseAddr(text) // the zero Addr on error
	switch {
	case strings.Contains(element, ";"):
		return notSemicolons
	case strings.ContainsAny(element, "'\"`"):
		return "must be without quotes"
	case text == "":
		return "missing address"
	case !addr.IsValid():
		return "must be an IP address with an optional prefix length"
	case addr.Zone() != "":
		return "must be an IP address without a zone"
	}
	return fmt.Sprintf("prefix length must be 0 to %d", addr.BitLen())
}

// ParseListenPort parses a decimal number from 0 to 65535. 0 means a port that the
// system chooses. Errors are *Problem.
//
// wg(8) passes the port to the system's resolver, which also accepts names of
// services, and 65536 as 0.
func ParseListenPort(s string) (uint16, error) {
	n, ok := parseUint(s, 10, math.MaxUint16)
	if !ok {
		return 0, invalidValue("ListenPort", s, "must be 0 to 65535")
	}
	return uint16(n), nil
}

// ParseFwMark parses a number from 0 to 4294967295, in decimal with optional
// leading zeros, or in hexadecimal after a lower-case 0x. "off", in any case, is 0.
// Errors are *Problem.
func ParseFwMark(s string) (uint32, error) {
	if isOff(s) {
		return 0, nil
	}
	digits, base := s, uint64(10)
	if hex, ok := strings.CutPrefix(s, "0x"); ok {
		digits, base = hex, 16
	}
	n, ok := parseUint(digits, base, math.MaxUint32)
	if !ok {
		return 0, invalidValue("FwMark", s, "must be 0 to 0xffffffff or off")
	}
	return uint32(n), nil
}

// ParsePersistentKeepalive parses 0 to 65535 seconds in decimal. "off", in any
// case, is 0. Errors are *Problem.
func ParsePersistentKeepalive(s string) (time.Duration, error) {
	if isOff(s) {
		return 0, nil
	}
	n, ok := parseUint(s, 10, math.MaxUint16)
	if !ok {
		return 0, invalidValue("PersistentKeepalive", s, "must be 0 to 65535 seconds or off")
	}
	return time.Duration(n) * time.Second, nil
}

func isOff(s string) bool { return equalFold(s, "off") }

// parseUint parses digits without a sign, up to limit, which must fit 32 bits.
func parseUint(s string, base, limit uint64) (n uint64, ok bool) {
	for i := range len(s) {
		d := uint64(hexDigits[s[i]]) - 1 // the largest number for other characters
		if d >= base {
			return 0, false
		}
		if n = n*base + d; n > limit {
			return 0, false
		}
	}
	return n, len(s) > 0
}
