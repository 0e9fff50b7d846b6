package wgconf

import (
	"math"
	"net/netip"
	"strings"
)

// parseFileEndpoint parses the value of an Endpoint line. Unlike ParseEndpoint, it
// rejects hosts that are neither an address nor a host name: no lookup would find
// them.
func parseFileEndpoint(value string) (Endpoint, error) {
	if _, n := scanIPv4(value); n > 0 && n < len(value) && value[n] == ':' {
		if port, ok := parseUint(value[n+1:], 10, math.MaxUint16); ok {
			return Endpoint{Host: value[:n], Port: uint16(port)}, nil
		}
	}
	e, err := ParseEndpoint(value)
	reason := ""
	switch {
	case strings.Contains(value, "://"):
		reason = "must be HOST:PORT, not a URL"
	case strings.ContainsAny(value, "'\"`"):
		reason = "must be HOST:PORT without quotes"
	case err == nil:
		reason = invalidHost(e.Host)
	}
	if (err != nil || reason != "") && isIPv6(value) {
		reason = "missing port: write [ADDRESS]:PORT"
	}
	if reason != "" {
		return Endpoint{}, invalidValue("Endpoint", value, "%s", reason)
	}
	return e, err
}

func isIPv6(s string) bool {
	addr, err := netip.ParseAddr(s)
	return err == nil && addr.Is6()
}

// invalidHost returns why host is neither an IP address nor a host name, or "".
func invalidHost(host string) string {
	addr, err := netip.ParseAddr(host)
	switch {
	case err == nil && mayHoldKey(addr.Zone()):
		return "zone must be the name or the number of an interface"
	case err == nil:
		return ""
	case strings.ContainsAny(host, `/\`):
		return "must be HOST:PORT without a path or prefix length"
	case strings.ContainsAny(host, ",;"):
		return "must be one HOST:PORT, not a list"
	case strings.Contains(host, ":"):
		return "must be HOST:PORT with one port, or [ADDRESS]:PORT with an IPv6 address"
	case endsInNumber(host):
		return "host must be a complete IPv4 address, or a name"
	case !isHostName(host):
		return "host must be an IP address or a name"
	case isLikeKey(host):
		return "host looks like a key: must be HOST:PORT"
	}
	return ""
}

// endsInNumber reports whether the last part of host is a number, as in 999.1.1.1,
// 127.1 and 0x7f.1. No top-level domain is a number.
func endsInNumber(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	last := host[strings.LastIndexByte(host, '.')+1:]
	if hex, ok := strings.CutPrefix(last, "0x"); ok {
		return strings.Trim(hex, "0123456789abcdef") == ""
	}
	return last != "" && strings.Trim(last, "0123456789") == ""
}

// isHostName reports whether host has the form of a domain name, which may have
// characters beyond ASCII.
func isHostName(host string) bool {
	const maxHost, maxLabel = 253, 63
	host = strings.TrimSuffix(host, ".")
	if len(host) > maxHost {
		return false
	}
	for label := range strings.SplitSeq(host, ".") {
		if label == "" || len(label) > maxLabel {
			return false
		}
		for i := range len(label) {
			if c := label[i]; !isBase64(c) && c != '-' && c != '_' && c < 0x80 || c == '+' || c == '/' {
				return false
			}
		}
	}
	return true
}

// isLikeKey reports whether host is a single label that looks like a part of a key.
// A lookup would send it to the name server.
func isLikeKey(host string) bool {
	const base64Part, hexPart = 20, 32
	if strings.Contains(host, ".") {
		return false
	}
	mixed := host != strings.ToLower(host) && host != strings.ToUpper(host)
	isHex := strings.Trim(strings.ToLower(host), "0123456789abcdef") == ""
	return mixed && len(host) >= base64Part && mayHoldKey(host) || isHex && len(host) >= hexPart
}
