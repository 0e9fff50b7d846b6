package wgcommand

import (
	"net/netip"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// clean replaces control characters in text, unless Env.Clean is nil.
func (c *command) clean(text string) string {
	if c.env.Clean == nil {
		return text
	}
	return c.env.Clean(text)
}

// cleanDevice cleans the name of a device and the zones of its endpoints. The
// kernel allows control characters in the names of links.
func (c *command) cleanDevice(d *wgtypes.Device) {
	if c.env.Clean == nil {
		return
	}
	d.Name = c.clean(d.Name)
	for i := range d.Peers {
		e := &d.Peers[i].Endpoint
		if zone := e.Addr().Zone(); zone != "" {
			*e = netip.AddrPortFrom(e.Addr().WithZone(c.clean(zone)), e.Port())
		}
	}
}
