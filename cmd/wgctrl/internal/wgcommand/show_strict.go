package wgcommand

import (
	"slices"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// showConcurrently is showAll if Env.Strict is set. It reads the devices
// concurrently, so that it waits only once for all daemons that do not answer, and
// fails if one device cannot be read.
func (c *command) showConcurrently(field []string) error {
	const what = "Unable to access interfaces"
	client, err := c.open()
	if err != nil {
		return failed(what, err)
	}
	devices, unreadable := client.Devices(c.ctx)
	devices = slices.DeleteFunc(devices, func(d *wgtypes.Device) bool {
		nameZones(d)
		return !c.arrange(d)
	})
	for i, d := range devices {
		if len(field) > 0 {
			if err := c.writeField(d, field[0], true); err != nil {
				return err
			}
			continue
		}
		c.pretty(d)
		if i < len(devices)-1 {
			c.out.b = append(c.out.b, '\n')
		}
	}
	if unreadable != nil {
		return failed(what, unreadable)
	}
	return nil
}

// arrange calls Env.Arrange, if it is set, and reports whether to print the device.
func (c *command) arrange(d *wgtypes.Device) bool { return c.env.Arrange == nil || c.env.Arrange(d) }

// showFound is showInterfaces if Env.Strict is set. It writes the names that it
// found and fails if there may be more.
func (c *command) showFound() error {
	const what = "Unable to list interfaces"
	client, err := c.open()
	if err != nil {
		return failed(what, err)
	}
	refs, err := client.List(c.ctx)
	c.writeNames(refs)
	if err != nil {
		return failed(what, err)
	}
	return nil
}
