package wgconf

import (
	"math"
	"net/netip"
	"strconv"
	"strings"
)

// Endpoint is a peer's address as files and command lines spell it. The zero
// Endpoint is none.
type Endpoint struct {
	// Host is a host name, or an IP address without brackets. An IPv6 address
	// may have a zone.
	Host string
	Port uint16
}

// ParseEndpoint reads HOST:PORT, where the last colon divides, or [HOST]:PORT.
// HOST is a name, or an address, without white space, control characters and
// brackets; PORT is 0 to 65535 in decimal. Any error is a *Problem.
//
// NB: fe80::1:5 is port 5 of fe80::1, as for wg(8). wg(8) also takes names of
// services for PORT.
func ParseEndpoint(s string) (Endpoint, error) {
	fail := func(reason string) (Endpoint, error) { return Endpoint{}, invalidValue("Endpoint", s, "%s", reason) }
	if s == "" {
		return fail("must be HOST:PORT")
	}
	if !isWord(s) {
		return fail("must not contain white space or control characters")
	}
	i := strings.LastIndexByte(s, ':')
	if s[0] == '[' {
		end := strings.IndexByte(s, ']')
		if end < 0 {
			return fail(`missing "]"`)
		}
		if i = end + 1; i == len(s) || s[i] != ':' {
			i = -1
		}
	}
	if i < 0 || i == len(s)-1 {
		return fail("missing port: must be HOST:PORT")
	}
	port, ok := parseUint(s[i+1:], 10, math.MaxUint16)
	if !ok {
		return fail("port must be 0 to 65535")
	}
	host := s[:i]
	if s[0] == '[' {
		host = s[1 : i-1]
	}
	switch {
	case host == "":
		return fail("missing host: must be HOST:PORT")
	case strings.ContainsAny(host, "[]"):
		return fail("host must not contain brackets")
	}
	return Endpoint{Host: host, Port: uint16(port)}, nil
}

// AddrPort returns the address of an Endpoint whose Host is numeric, an
// IPv4-mapped one as IPv4, and false for any other.
func (e Endpoint) AddrPort() (netip.AddrPort, bool) {
	addr, err := netip.ParseAddr(e.Host)
	if err != nil {
		return netip.AddrPort{}, false
	}
	return netip.AddrPortFrom(addr.Unmap(), e.Port), true
}

// String returns e as ParseEndpoint reads it, with brackets where Host has a
// colon, and "" for the zero Endpoint.
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
