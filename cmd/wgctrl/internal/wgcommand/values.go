package wgcommand

import (
	"errors"
	"math"
	"strings"

	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// Values of words and of files' keys, which are the same but for secret keys:
// words name a file. Every error is a message.

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
	c.device.FirewallMark = &mark
	return nil
}

func (p *peer) parseKeepalive(value string) error {
	interval, err := wgconf.ParsePersistentKeepalive(value)
	if err != nil {
		return message("Persistent keepalive interval is neither 0/off nor 1-65535: `" + value + "'")
	}
	p.PersistentKeepalive = &interval
	return nil
}

func (c *change) parseListenPort(value string) error {
	if value == "" {
		return message("Unable to parse empty port")
	}
	port, err := parsePort(value)
	if err != nil {
		return message(unknownService + ": `" + value + "'")
	}
	c.device.ListenPort = &port
	return nil
}

// unknownService is what getaddrinfo(3) says of a name of a service.
const unknownService = "Servname not supported for ai_socktype"

var (
	errService   = errors.New("not a number")
	errPortRange = errors.New("above 65535")
)

// parsePort reads a port. wg leaves that to getaddrinfo(3), which takes for a
// number what strtoul(3) does and what is not negative in 32 bits.
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

// strtoul reads a decimal number as strtoul(3) does: behind white space and
// with a sign, whose minus turns a number over. ok is false where more follows,
// or there is no number.
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
