package wgcommand

import (
	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// showConf runs wg showconf: it prints a device as a file for setconf.
func (c *command) showConf(args []string) error {
	if len(args) != 1 {
		return c.misused(showConfArgs)
	}
	d, err := c.device(args[0])
	if err != nil {
		return failed("Unable to access interface", err)
	}
	c.writeConf(d)
	return nil
}

func (c *command) writeConf(d *wgtypes.Device) {
	out := &c.out
	out.b = wgconf.AppendInterface(out.b, d)
	for i := range d.Peers {
		out.b = wgconf.AppendPeer(append(out.b, '\n'), &d.Peers[i])
		out.spill()
	}
	if len(d.Peers) == 0 {
		out.b = append(out.b, '\n')
	}
}
