package wgcommand

import (
	"errors"
	"math"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// The parsers of values serve the arguments of set and the keys of files. Their
// errors are messages of wg.

func (p *peer) parsePublicKey(value string) error {
	key, err := wgtypes.ParsePublicKey(value)
	if err != nil {
		return message("Key is not the correct length or format: `" + value + "'")
	}
	p.PublicKey, p.hasKey = key, true
	return nil
}

func (c *change) parseMark(value string) error {
	mark, err := wgconf.ParseFwMark(value)
	if err != nil {
		return message("Fwmark is neither 0/off nor 0-0xffffffff: `" + value + "'")
	}
	c.FwMark = &mark
	return nil
}

// parseKeepalive parses an interval or, with AmneziaWG, a range of them.
func (c *command) parseKeepalive(p *peer, value string) error {
	interval, err := wgconf.ParsePersistentKeepalive(value)
	p.PersistentKeepalive, p.PersistentKeepaliveMax = &interval, 0
	if err == nil {
		return nil
	}
	if r, err := wgtypes.ParseRange(value); err == nil && c.knowsAmnezia() && r.Hi <= math.MaxUint16 {
		interval, p.PersistentKeepaliveMax = time.Duration(r.Lo)*time.Second, time.Duration(r.Hi)*time.Second
		return nil
	}
	expected := "neither 0/off nor 1-65535"
	if c.knowsAmnezia() && strings.Contains(value, "-") {
		expected += " nor a range of these, lower end first"
	}
	return message("Persistent keepalive interval is " + expected + ": `" + value + "'")
}

func (c *change) parseListenPort(value string) error {
	if value == "" {
		return message("Unable to parse empty port")
	}
	port, err := parsePort(value)
	if err != nil {
		return message(unknownService + ": `" + value + "'")
	}
	c.ListenPort = &port
	return nil
}

// unknownService is the text of gai_strerror(3) for EAI_SERVICE.
const unknownService = "Servname not supported for ai_socktype"

var (
	errService   = errors.New("not a number")
	errPortRange = errors.New("above 65535")
)

// parsePort parses a port as getaddrinfo(3) does for wg: with strtoul(3), and if
// the lower 32 bits are negative, as the name of a service.
func parsePort(s string) (uint16, error) {
	n, ok := strtoul(s)
	switch {
	case !ok, int32(n) < 0:
		return 0, errService
	case n > math.MaxUint16:
		return 0, errPortRange
	}
	return uint16(n), nil
}

// strtoul parses a decimal number as strtoul(3) does: after optional white space
// and a sign, and modulo 2^64 after a minus. ok is false if s has no number or if
// anything follows it.
func strtoul(s string) (n uint64, ok bool) {
	for s != "" && isSpace(s[0]) {
		s = s[1:]
	}
	digits, negative := strings.CutPrefix(s, "-")
	if !negative {
		digits = strings.TrimPrefix(s, "+")
	}
	for i := range len(digits) {
		if !isDigit(digits[i]) {
			return 0, false
		}
		d := uint64(digits[i] - '0')
		if n > (math.MaxUint64-d)/10 {
			negative = false
			n = math.MaxUint64
			continue
		}
		n = n*10 + d
	}
	if negative {
		n = -n
	}
	return n, digits != ""
}

// parseAllowedIPs parses a list of allowed IPs without white space and appends it to
// those of p. The last list of a peer decides whether they replace the device's
// list: they do unless one of its elements has a sign.
func (c *command) parseAllowedIPs(p *peer, value string) error {
	p.Incremental = false
	if value == "" {
		return nil
	}
	p.AllowedIPs = slices.Grow(p.AllowedIPs, strings.Count(value, ",")+1)
	for text := range strings.SplitSeq(value, ",") {
		a, signed, err := wgconf.ParseAllowedIP(text)
		if signed {
			p.Incremental = true
			text = text[1:]
		}
		if err != nil {
			return invalidAllowedIP(text)
		}
		if hasHostBits(a.Prefix) {
			c.warnHostBits(text)
		}
		p.AllowedIPs = append(p.AllowedIPs, a)
	}
	return nil
}

func hasHostBits(p netip.Prefix) bool { return p != p.Masked() }

func (c *command) warnHostBits(text string) {
	c.writeMessage("Warning: AllowedIP has nonzero host part: " + text)
}

// invalidAllowedIP returns wg's message for an element without its sign.
func invalidAllowedIP(text string) error {
	host, _, _ := strings.Cut(text, "/")
	if addr, err := netip.ParseAddr(host); err != nil || addr.Zone() != "" {
		return message("Unable to parse IP address: `" + host + "'")
	}
	return message("AllowedIP is not in the correct format: `" + text + "'")
}

// wg uses the C locale, so white space and digits are those of ASCII.

func isSpace(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' }
func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// removeSpace removes all white space.
func removeSpace(s string) string {
	b := make([]byte, 0, len(s))
	for i := range len(s) {
		if !isSpace(s[i]) {
			b = append(b, s[i])
		}
	}
	return string(b)
}
