package wgcommand

import (
	"cmp"
	"slices"

	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// show runs wg show: [<interface> | all | interfaces] [field].
func (c *command) show(args []string) error {
	switch {
	case len(args) > 2:
		return c.usageError(c.showArgs())
	case len(args) == 0:
		return c.showAll(nil)
	case args[0] == "all":
		return c.showAll(args[1:])
	case args[0] == "interfaces":
		if len(args) == 2 {
			return c.usageError(c.showArgs())
		}
		return c.showInterfaces()
	case len(args) == 1 && (args[0] == "-h" || args[0] == "--help" || args[0] == "help"):
		c.writeMessage(c.usage(c.showArgs()))
		return nil
	}
	return c.showOne(args[0], args[1:])
}

// showOne shows a device, or one field of it if field is not empty.
func (c *command) showOne(name string, field []string) error {
	d, err := c.device(name)
	if err != nil {
		return failed("Unable to access interface", err)
	}
	c.arrange(d)
	if len(field) == 0 {
		c.pretty(d)
		return nil
	}
	return c.writeField(d, field[0], false)
}

// showAll shows every device. It fails if it could show none of them; without
// devices it succeeds.
func (c *command) showAll(field []string) error {
	if c.env.Strict {
		return c.showConcurrently(field)
	}
	refs, err := c.list()
	if err != nil {
		return err
	}
	shown := 0
	for i, ref := range refs {
		d, err := c.device(ref.Name)
		switch {
		case err != nil:
			c.report(failed("Unable to access interface "+ref.Name, err))
			continue
		case len(field) > 0:
			if err := c.writeField(d, field[0], true); err != nil {
				return err
			}
		default:
			c.pretty(d)
			if i < len(refs)-1 {
				c.out.b = append(c.out.b, '\n')
			}
		}
		shown++
	}
	if shown == 0 && len(refs) > 0 {
		return errPrinted
	}
	return nil
}

// showInterfaces writes the names of all devices on one line.
func (c *command) showInterfaces() error {
	if c.env.Strict {
		return c.showFound()
	}
	refs, err := c.list()
	if err != nil {
		return err
	}
	c.writeNames(refs)
	return nil
}

func (c *command) writeNames(refs []wgtypes.DeviceRef) {
	for i, ref := range refs {
		name := ref.Name
		if c.env.Terminal {
			name = c.clean(name)
		}
		c.out.b = append(c.out.b, name...)
		if i < len(refs)-1 {
			c.out.b = append(c.out.b, ' ')
		} else {
			c.out.b = append(c.out.b, '\n')
		}
	}
}

// list returns all devices in wg's order: kernel devices first, although a
// userspace device takes precedence if its name is given.
func (c *command) list() ([]wgtypes.DeviceRef, error) {
	const what = "Unable to list interfaces"
	sockets := c.pruneAll()
	client, err := c.open()
	if err != nil {
		return nil, failed(what, err)
	}
	refs, err := client.List(c.ctx)
	if err != nil {
		return nil, failed(what, err)
	}
	place := func(ref wgtypes.DeviceRef) int {
		if ref.Kind != wgtypes.KindUserspace && ref.Kind != wgtypes.KindAmneziaUserspace {
			return -1
		}
		return slices.Index(sockets, ref.Name)
	}
	slices.SortStableFunc(refs, func(a, b wgtypes.DeviceRef) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(place(a), place(b)))
	})
	return refs, nil
}

// showConf runs wg showconf: it prints a device as a file for setconf.
func (c *command) showConf(args []string) error {
	if len(args) != 1 {
		return c.usageError(showConfArgs)
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
		out.flushIfFull()
	}
	if len(d.Peers) == 0 {
		out.b = append(out.b, '\n')
	}
}
