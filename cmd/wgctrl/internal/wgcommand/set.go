package wgcommand

import "github.com/wgctrl/wgctrl/wgtypes"

// set is wg set: <interface> and words.
func (c *command) set(args []string) error {
	if len(args) < 2 {
		return c.misused(setArgs)
	}
	var ch change
	if err := c.parseWords(&ch, args[1:]); err != nil {
		return err
	}
	return c.apply(args[0], &ch)
}

// apply changes the device, after everything was parsed.
func (c *command) apply(name string, ch *change) error {
	config, err := ch.config()
	if err == nil {
		err = c.configure(name, config)
	}
	if err != nil {
		return failed("Unable to modify interface", err)
	}
	return nil
}

// parseWords reads the words of set. One that does not fit is named: it is no
// word, or in the wrong place, or lacks its value.
func (c *command) parseWords(ch *change, words []string) error {
	var p *peer // the last one
	for len(words) > 0 {
		word := words[0]
		if word == "remove" && p != nil {
			p.remove = true
			words = words[1:]
			continue
		}
		fits, err := false, error(nil)
		if len(words) > 1 {
			value := words[1]
			switch {
			case word == "peer":
				p = ch.add()
				p.Incremental = true // without a list, the peer's does not change
				fits, err = true, p.parsePublicKey(value)
			case p == nil:
				fits, err = c.parseDeviceWord(ch, word, value)
			default:
				fits, err = c.parsePeerWord(p, word, value)
			}
		}
		if !fits {
			return message("Invalid argument: " + word)
		}
		if err != nil {
			return err
		}
		words = words[2:]
	}
	return nil
}

// parseDeviceWord reads a word that stands before the first peer. fits is false
// of any other.
func (c *command) parseDeviceWord(ch *change, word, value string) (fits bool, err error) {
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
	return false, nil
}

// parsePeerWord reads a word that stands behind a peer. fits is false of any
// other.
func (c *command) parsePeerWord(p *peer, word, value string) (fits bool, err error) {
	switch word {
	case "preshared-key":
		raw, err := c.readKeyFile(value)
		p.PresharedKey = new(wgtypes.NewPresharedKey(raw))
		return true, err
	case "endpoint":
		return true, c.parseEndpoint(p, value)
	case "allowed-ips":
		return true, c.parseAllowedIPs(p, squeeze(value))
	case "persistent-keepalive":
		return true, p.parseKeepalive(value)
	}
	return false, nil
}
