package wgcommand

import (
	"net/netip"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// clean makes text fit for a terminal, under another name than wg.
func (c *command) clean(text string) string {
	if c.env.Clean == nil {
		return text
	}
	return c.env.Clean(text)
}

// cleanDevice cleans what strangers named in a device: itself, and zones. The
// kernel refuses little in the name of a link.
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
