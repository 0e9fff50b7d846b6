package wgcommand

import (
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/awgparam"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// set runs wg set: <interface> and settings.
func (c *command) set(args []string) error {
	if len(args) < 2 {
		return c.usageError(c.setArgs())
	}
	var ch change
	if err := c.parseWords(&ch, args[1:]); err != nil {
		return err
	}
	return c.apply(args[0], &ch)
}

// apply changes the device.
func (c *command) apply(name string, ch *change) error {
	config, err := ch.config()
	if err == nil {
		err = c.configure(name, config)
	}
	if err == nil {
		return nil
	}
	const what = "Unable to modify interface"
	if reason := c.refusal(err); reason != "" {
		return &failure{what + ": " + reason, err}
	}
	return failed(what, err)
}

// parseWords parses the arguments of set after the interface. The error names an
// argument that is unknown, in the wrong place, or without its value.
func (c *command) parseWords(ch *change, words []string) error {
	var p *peer // the current peer
	for len(words) > 0 {
		word := words[0]
		if word == "remove" && p != nil {
			p.remove = true
			words = words[1:]
			continue
		}
		known, inPeer, err := false, p != nil, error(nil)
		if len(words) > 1 {
			value := words[1]
			switch {
			case word == "peer":
				p = ch.addPeer()
				p.Incremental = true // without a list, the peer's does not change
				known, err = true, p.parsePublicKey(value)
			case p == nil:
				known, err = c.parseDeviceWord(ch, word, value)
			default:
				known, err = c.parsePeerWord(p, word, value)
			}
		}
		if !known {
			err = unknownWord(word)
		}
		if err != nil {
			return c.wordError(words, inPeer, err)
		}
		words = words[2:]
	}
	return nil
}

// parseDeviceWord parses a setting of the device and its value. known is false for
// any other word.
func (c *command) parseDeviceWord(ch *change, word, value string) (known bool, err error) {
	switch word {
	case "listen-port":
		return true, ch.parseListenPort(value)
	case "fwmark":
		return true, ch.parseMark(value)
	case "private-key":
		raw, err := c.readKeyFile(value)
		ch.PrivateKey = new(wgtypes.NewPrivateKey(raw))
		return true, err
	}
	if !c.knowsAmnezia() {
		return false, nil
	}
	p, known := awgparam.Find(word)
	if known {
		err = c.parseParameter(ch, p, value)
	}
	return known, err
}

// parsePeerWord parses a setting of a peer and its value. known is false for any
// other word.
func (c *command) parsePeerWord(p *peer, word, value string) (known bool, err error) {
	switch word {
	case "preshared-key":
		raw, err := c.readKeyFile(value)
		p.PresharedKey = new(wgtypes.NewPresharedKey(raw))
		return true, err
	case "endpoint":
		return true, c.parseEndpoint(p, value)
	case "allowed-ips":
		return true, c.parseAllowedIPs(p, removeSpace(value))
	case "persistent-keepalive":
		return true, c.parseKeepalive(p, value)
	case advancedSecurity:
		if c.env.Amnezia {
			return true, c.ignoreAdvancedSecurity(value)
		}
	}
	return false, nil
}
