package wgcommand

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"strings"

	"github.com/wgctrl/wgctrl/wgconf"
)

// parseAllowedIPs parses a list of allowed IPs without white space and appends it to
// those of p. The last list of a peer decides whether they replace the device's
// list: they do unless one of its elements has a sign.
func (c *command) parseAllowedIPs(p *peer, value string) error {
	p.ReplaceAllowedIPs = true
	if value == "" {
		return nil
	}
	p.AllowedIPs = slices.Grow(p.AllowedIPs, strings.Count(value, ",")+1)
	for text := range strings.SplitSeq(value, ",") {
		a, signed, err := wgconf.ParseAllowedIP(text)
		if signed {
			p.ReplaceAllowedIPs = false
			text = text[1:]
		}
		if err != nil {
			return invalidAllowedIP(text)
		}
		if a.Remove {
			p.removes = append(p.removes, len(p.AllowedIPs))
		}
		if hasHostBits(a.Prefix) {
			c.say("Warning: AllowedIP has nonzero host part: " + text)
		}
		p.AllowedIPs = append(p.AllowedIPs, a.Prefix)
	}
	return nil
}

// invalidAllowedIP returns wg's message for an element without its sign.
func invalidAllowedIP(text string) error {
	host, _, _ := strings.Cut(text, "/")
	if addr, err := netip.ParseAddr(host); err != nil || addr.Zone() != "" {
		return message("Unable to parse IP address: `" + host + "'")
	}
	return message("AllowedIP is not in the correct format: `" + text + "'")
}

// hasHostBits returns p != p.Masked(). It is faster, for long files.
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
