package cli

import (
	"github.com/spf13/cobra"

	"github.com/wgctrl/wgctrl"
)

const addExample = `  wgctrl add wg0                      create wg0, as ip link add wg0 type wireguard does
  wgctrl add wg0 --up --mtu 1380      and bring it up
  wgctrl --netns lab add wg0          in the namespace lab`

func newAdd(p *places) *cobra.Command {
	var o wgctrl.LinkOptions
	cmd := &cobra.Command{
		Use:   "add DEVICE",
		Short: "Create a kernel device",
		Long: `add creates a device in the Linux kernel. It has neither key nor peers: set,
setconf or sync give it both. Addresses and routes are the business of ip(8).`,
		Example: addExample,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.run(cmd, func(c *wgctrl.Client) error { return c.CreateDevice(cmd.Context(), args[0], o) })
		},
	}
	cmd.Flags().IntVar(&o.MTU, "mtu", 0, "the device's MTU in `bytes`, 0 for the kernel's choice")
	cmd.Flags().BoolVar(&o.Up, "up", false, "bring the device up")
	return cmd
}

func newDel(p *places) *cobra.Command {
	return &cobra.Command{
		Use:   "del DEVICE",
		Short: "Remove a kernel device",
		Long: `del removes a device from the Linux kernel. It refuses interfaces that are no
WireGuard devices. A daemon's device ends with its daemon.`,
		Example:           `  wgctrl del wg0`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: p.completeDevice,
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.run(cmd, func(c *wgctrl.Client) error { return c.DeleteDevice(cmd.Context(), args[0]) })
		},
	}
}
