package wgcommand

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"strings"
)

// parseAllowedIPs reads a list of allowed IPs without white space. The lists of
// a peer add up, and the last one says for all of them whether they replace
// what the peer has: they do unless one of its elements has a sign.
func (c *command) parseAllowedIPs(p *peer, value string) error {
	p.ReplaceAllowedIPs = true
	if value == "" {
		return nil
	}
	p.AllowedIPs = slices.Grow(p.AllowedIPs, strings.Count(value, ",")+1)
	for text := range strings.SplitSeq(value, ",") {
		if text != "" && (text[0] == '+' || text[0] == '-') {
			p.ReplaceAllowedIPs = false
			if text[0] == '-' {
				p.removes = append(p.removes, len(p.AllowedIPs))
			}
			text = text[1:]
		}
		prefix, err := parsePrefix(text)
		if err != nil {
			return err
		}
		if hasHostBits(prefix) {
			c.say("Warning: AllowedIP has nonzero host part: " + text)
		}
		p.AllowedIPs = append(p.AllowedIPs, prefix)
	}
	return nil
}

func parsePrefix(text string) (netip.Prefix, error) {
	host, length, hasLength := strings.Cut(text, "/")
	addr, err := netip.ParseAddr(host)
	if err != nil || addr.Zone() != "" {
		return netip.Prefix{}, message("Unable to parse IP address: `" + host + "'")
	}
	bits := addr.BitLen()
	if hasLength {
		var ok bool
		if bits, ok = parseBits(length, bits); !ok {
			return netip.Prefix{}, message("AllowedIP is not in the correct format: `" + text + "'")
		}
	}
	return netip.PrefixFrom(addr, bits), nil
}

// parseBits reads digits alone.
func parseBits(s string, most int) (bits int, ok bool) {
	for i := range len(s) {
		if !isDigit(s[i]) {
			return 0, false
		}
		if bits = 10*bits + int(s[i]-'0'); bits > most {
			return 0, false
		}
	}
	return bits, s != ""
}

// hasHostBits is p != p.Masked(), at the speed that a long file needs.
func hasHostBits(p netip.Prefix) bool {
	if p.IsSingleIP() {
		return false
	}
	if p.Addr().Is4() {
		raw := p.Addr().As4()
		return binary.BigEndian.Uint32(raw[:])<<p.Bits() != 0
	}
	return p != p.Masked()
}
