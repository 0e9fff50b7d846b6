package wgconf

import (
	"math"
	"net/netip"
	"strconv"
	"strings"
)

// Endpoint is a peer's address as in files and on command lines. The zero Endpoint
// means no endpoint.
type Endpoint struct {
	// Host is a host name, or an IP address without brackets. An IPv6 address
	// may have a zone.
	Host string
	Port uint16
}

// ParseEndpoint parses HOST:PORT or [HOST]:PORT. HOST is a name or an address
// without white space, control characters and brackets. PORT is 0 to 65535 in
// decimal. The last colon separates the port: fe80::1:5 is port 5 of fe80::1, as
// in wg(8). Errors are *Problem.
//
// wg(8) also accepts names of services as PORT; [SplitEndpoint] accepts anything.
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

// SplitEndpoint splits HOST:PORT or [HOST]:PORT at the colon before PORT. It checks
// neither part: HOST may be empty, PORT is not. Errors are *Problem.
func SplitEndpoint(s string) (host, port string, err error) {
	i := strings.LastIndexByte(s, ':')
	host = s[:max(i, 0)]
	if strings.HasPrefix(s, "[") {
		end := strings.IndexByte(s, ']')
		if end < 0 {
			return "", "", invalidValue("Endpoint", s, `missing "]"`)
		}
		if host, i = s[1:end], end+1; i == len(s) || s[i] != ':' {
			i = -1
		}
	}
	if i < 0 || i == len(s)-1 {
		return "", "", invalidValue("Endpoint", s, "missing port: must be HOST:PORT")
	}
	return host, s[i+1:], nil
}

// AddrPort returns the address of an Endpoint whose Host is an IP address, and
// false for any other. An IPv4-mapped address becomes IPv4.
func (e Endpoint) AddrPort() (netip.AddrPort, bool) {
	addr, err := netip.ParseAddr(e.Host)
	if err != nil {
		return netip.AddrPort{}, false
	}
	return netip.AddrPortFrom(addr.Unmap(), e.Port), true
}

// String returns e in the form of ParseEndpoint, with brackets if Host has a colon,
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
