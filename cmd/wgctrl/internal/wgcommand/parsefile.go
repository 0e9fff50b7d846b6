package wgcommand

import (
	"strings"

	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// parseFile parses a configuration file in wg's order, which its messages show: it
// stops at the first invalid line and resolves each host name when it reads it.
func (c *command) parseFile(text []byte) (change, error) {
	var ch change
	for line := range wgconf.Parse("", text).Lines(wgconf.DialectWG) {
		if line.Peer == len(ch.peers) {
			ch.add().ReplaceAllowedIPs = true
		}
		if line.Value() == "" {
			continue
		}
		if err := c.parseLine(&ch, line); err != nil {
			return ch, err
		}
	}
	return ch, nil
}

// parseLine parses a line with a value.
func (c *command) parseLine(ch *change, line wgconf.Line) error {
	switch line.Key {
	case "":
		return message("Line unrecognized: `" + hideKeys(line.Value()) + "'")
	case "ListenPort":
		return ch.parseListenPort(line.Value())
	case "FwMark":
		return ch.parseMark(line.Value())
	case "PrivateKey":
		raw, err := parseSecret(line.Value())
		ch.device.PrivateKey = new(wgtypes.NewPrivateKey(raw))
		return err
	}
	p := ch.peers[line.Peer]
	switch line.Key {
	case "PublicKey":
		return p.parsePublicKey(line.Value())
	case "AllowedIPs":
		return c.parseAllowedIPs(p, line.Value())
	case "Endpoint":
		return c.parseEndpoint(p, line.Value())
	case "PersistentKeepalive":
		return p.parseKeepalive(line.Value())
	}
	// PresharedKey
	raw, err := parseSecret(line.Value())
	p.PresharedKey = new(wgtypes.NewPresharedKey(raw))
	return err
}

// hidden is printed instead of text that can be a secret.
const hidden = "(hidden)"

// hideKeys returns line with hidden instead of everything that can be a key or
// most of one: a run of 40 or more base64 characters and its padding. A name and a
// key without "=" between them are one run.
func hideKeys(line string) string {
	const enough = 40 // of the 44 that a key has
	var b strings.Builder
	for line != "" {
		n := 0
		for n < len(line) && isBase64(line[n]) {
			n++
		}
		if n < enough {
			n = min(n+1, len(line))
			b.WriteString(line[:n])
			line = line[n:]
			continue
		}
		b.WriteString(hidden)
		line = strings.TrimLeft(line[n:], "=")
	}
	return b.String()
}

// isBase64 accepts both alphabets of RFC 4648.
func isBase64(c byte) bool {
	return isDigit(c) || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || strings.IndexByte("+/-_", c) >= 0
}
