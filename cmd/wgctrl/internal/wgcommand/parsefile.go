package wgcommand

import (
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/keytext"
	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// parseFile parses a configuration file line by line, as wg does: it prints
// warnings and looks up host names as it reads them, and stops at the first
// invalid line.
func (c *command) parseFile(text []byte) (change, error) {
	var ch change
	for line := range wgconf.Parse("", text).Lines(c.dialect()) {
		if line.Peer == len(ch.peers) {
			ch.addPeer()
		}
		if line.Value() == "" && line.Key == "" {
			continue
		}
		if err := c.parseLine(&ch, line); err != nil {
			return ch, err
		}
	}
	return ch, nil
}

// dialect returns the dialect of files.
func (c *command) dialect() wgconf.Dialect {
	if c.knowsAmnezia() {
		return wgconf.DialectAWG
	}
	return wgconf.DialectWG
}

// parseLine parses a line that has a key or is unrecognized.
func (c *command) parseLine(ch *change, line wgconf.Line) error {
	switch line.Key {
	case "":
		return message("Line unrecognized: `" + keytext.HideLong(line.Value()) + "'")
	case "ListenPort":
		return ch.parseListenPort(line.Value())
	case "FwMark":
		return ch.parseMark(line.Value())
	case "PrivateKey":
		raw, err := parseSecret(line.Value())
		ch.PrivateKey = new(wgtypes.NewPrivateKey(raw))
		return err
	}
	if line.Peer < 0 {
		return c.parseAmneziaLine(ch, line)
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
		return c.parseKeepalive(p, line.Value())
	case "PresharedKey":
		raw, err := parseSecret(line.Value())
		p.PresharedKey = new(wgtypes.NewPresharedKey(raw))
		return err
	}
	return c.parseAmneziaLine(ch, line)
}
