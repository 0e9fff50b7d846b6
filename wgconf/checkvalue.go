package wgconf

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// maxOldValue is the longest value of a parameter of AmneziaWG that every awg(8) reads.
const maxOldValue = 5119

// checkValue finds values that are valid but unlikely.
func (c *checker) checkValue() {
	if c.key.ignored != "" {
		c.warn("", "%s", c.key.ignored)
	}
	if c.key.amnezia && len(c.value) > maxOldValue {
		c.warn("", "has %d bytes, awg(8) before 1.0.20260618 reads at most %d", len(c.value), maxOldValue)
	}
	switch c.key.name {
	case "PrivateKey":
		c.hasPrivateKey = true
	case "PublicKey":
		c.checkPublicKey()
	case "AllowedIPs":
		c.checkAllowedIPs()
	case "Endpoint":
		c.checkEndpoint()
	case "Address":
		addresses, _ := parseAddresses(c.value)
		for _, a := range addresses {
			c.checkMapped(a.String(), a)
		}
	case "DNS":
		c.checkDNS()
	case "Table":
		for _, word := range []string{"off", "auto"} {
			if c.value != word && equalFold(c.value, word) {
				c.warn(c.value, "wg-quick(8) reads this as a table name, not as %s", word)
			}
		}
	}
	if c.key.form == hook && strings.Contains(c.value, "private-key") {
		c.keyInHook = true
	}
}

func (c *checker) checkEndpoint() {
	value := squeeze(c.value)
	e, err := parseFileEndpoint(value)
	if err != nil {
		return
	}
	if e.Port == 0 {
		c.warn(c.value, "port 0 cannot be reached")
	}
	bracketed := value[0] == '['
	addr, err := netip.ParseAddr(e.Host)
	switch {
	case err != nil && isPlaceholder(e.Host):
		c.warn(c.value, "looks like a placeholder: must be HOST:PORT")
	case bracketed && (err != nil || addr.Is4()):
		c.warn(c.value, "brackets are for IPv6 addresses: write HOST:PORT")
	case err != nil:
	case addr.Is6() && !bracketed:
		c.warn(c.value, "IPv6 address without brackets, read as port %d: write [ADDRESS]:PORT", e.Port)
	case addr.Is4In6():
		c.warn(c.value, "IPv4-mapped address: write %s:%d", addr.Unmap(), e.Port)
	case addr.IsUnspecified(), addr.IsMulticast(), addr == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		c.warn(c.value, "not the address of a peer")
	case addr.IsLinkLocalUnicast() && addr.Is6() && addr.Zone() == "":
		c.warn(c.value, "link-local address without an interface: write [ADDRESS%%INTERFACE]:PORT")
	}
}

// checkMapped finds a prefix that looks like IPv4 but is IPv6.
func (c *checker) checkMapped(text string, p netip.Prefix) {
	const mappedBits = 96
	if !p.Addr().Is4In6() {
		return
	}
	if p.Bits() < mappedBits {
		c.warn(text, "IPv4-mapped IPv6 addresses do not match IPv4 packets")
		return
	}
	c.warn(text, "IPv4-mapped IPv6 addresses do not match IPv4 packets: write %s", netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-mappedBits))
}

func (c *checker) checkDNS() {
	if c.dnsLine == 0 {
		c.dnsLine = c.number
	}
	servers, domains, _ := parseDNS(c.value)
	for _, s := range servers {
		if s.Is4In6() {
			c.warn(s.String(), "IPv4-mapped address: write %s", s.Unmap())
		}
	}
	for _, d := range domains {
		if isPlaceholder(d) {
			c.warn(d, "looks like a placeholder: must be an IP address or a search domain")
		}
	}
}

// checkMissing finds settings that the file lacks. A file of wg(8) may have only
// peers, which addconf adds.
func (c *checker) checkMissing() {
	quick := c.dialect.isQuick()
	switch {
	case c.interfaceLine == 0 && (quick || len(c.headers) == 0):
		c.warnMissing(0, "", "no [Interface] section")
	case c.interfaceLine > 0 && !c.hasPrivateKey && !c.keyInHook:
		c.warnMissing(c.interfaceLine, interfaceSection.String(), "no PrivateKey: the interface can neither send nor receive")
	}
	if i := &c.settings.Interface; len(i.Search) > 0 && len(i.DNS) == 0 {
		c.warnMissing(c.dnsLine, interfaceSection.String(), "DNS has only search domains: wg-quick(8) ignores them without the address of a server")
	}
	if !slices.Contains(c.listed, false) {
		return
	}
	listed := make(map[wgtypes.PublicKey]bool) // the same key may have several sections
	for i := range c.headers {
		if c.listed[i] {
			listed[c.settings.Peers[i].PublicKey] = true
		}
	}
	for i, line := range c.headers {
		if key := c.settings.Peers[i].PublicKey; !key.IsZero() && !listed[key] {
			c.warnMissing(line, peerSection.String(), "no AllowedIPs: no packets go to this peer or are accepted from it")
		}
	}
}

// warnMissing adds a warning that is not about one line.
func (c *checker) warnMissing(line int, section, reason string) {
	c.add(&Problem{File: c.name, Line: line, Section: section, Reason: reason, Warning: true})
}
