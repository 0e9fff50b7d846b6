package wgconf

import (
	"strings"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// checkValue finds values that are valid, but unlikely.
func (c *checker) checkValue() {
	switch c.key.name {
	case "PublicKey":
		c.checkPublicKey()
	case "AllowedIPs":
		c.checkAllowedIPs()
	case "Endpoint":
		if e, err := ParseEndpoint(squeeze(c.value)); err == nil && e.Port == 0 {
			c.warn(squeeze(c.value), "port 0 cannot be reached")
		}
	case "Table":
		for _, word := range []string{"off", "auto"} {
			if c.value != word && equalFold(c.value, word) {
				c.warn(c.value, "wg-quick(8) reads this as a table name, not as %s", word)
			}
		}
	}
}

// publicKey is that of the current [Peer], whatever lines are still to come.
func (c *checker) publicKey() wgtypes.PublicKey { return c.settings.Peers[c.peers-1].PublicKey }

func (c *checker) checkPublicKey() {
	key, err := wgtypes.ParsePublicKey(squeeze(c.value))
	if err != nil || key != c.publicKey() {
		return
	}
	if key == c.ownKey && !key.IsZero() {
		c.warn("", "this is the interface's own key: the device ignores such a peer")
	}
	if line := c.peerLines[key]; line > 0 && line != c.peerLine {
		c.warn("", "[Peer] in line %d has the same key: this section changes that peer", line)
	}
	c.peerLines[key] = c.peerLine
}

func (c *checker) checkAllowedIPs() {
	list, incremental, err := ParseAllowedIPs(c.value)
	if err != nil {
		return
	}
	if c.lists++; c.lists > 1 && c.incremental != incremental {
		c.warn("", `the last list of the section decides whether all of them are incremental (with "+" or "-") or replace the peer's`)
	}
	c.incremental = incremental
	elements := strings.Split(squeeze(c.value), ",")
	for i, a := range list {
		prefix := a.Prefix.Masked()
		if prefix != a.Prefix {
			c.warn(strings.TrimLeft(elements[i], "+-"), "has host bits set; WireGuard will use %s", prefix)
		}
		if a.Remove {
			continue
		}
		if o, ok := c.owners[prefix]; ok && o.key != c.publicKey() {
			c.warn(prefix.String(), "[Peer] in line %d also has this prefix and loses it to this one", o.line)
		}
		c.owners[prefix] = owner{c.publicKey(), c.peerLine}
	}
}
