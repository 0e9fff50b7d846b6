package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"strconv"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/termtext"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// runList shows what there is, and says on stderr what could not be read.
func runList(cmd *cobra.Command, p places) error {
	c, err := p.client()
	if err != nil {
		return err
	}
	defer c.Close()
	found, err := list(cmd.Context(), c)
	if len(found) > 0 {
		writeList(cmd.OutOrStdout(), found)
	}
	if err != nil {
		report(cmd.ErrOrStderr(), err)
		return errReported
	}
	if len(found) == 0 {
		writeNoneFound(cmd.ErrOrStderr(), p)
	}
	return nil
}

// listed is a device that was found, and its state if it could be read.
type listed struct {
	wgtypes.DeviceRef
	state *wgtypes.Device
}

// list finds devices and reads them. What vanished in between is left out.
func list(ctx context.Context, c *wgctrl.Client) ([]listed, error) {
	refs, _ := c.List(ctx) // Devices lists again, with the same errors
	devices, err := c.Devices(ctx)
	states := make(map[wgtypes.DeviceRef]*wgtypes.Device)
	for _, d := range devices {
		states[wgtypes.DeviceRef{Name: d.Name, Kind: d.Kind, Index: d.Index}] = d
	}
	var found []listed
	for _, ref := range refs {
		if state := states[ref]; state != nil || err != nil {
			found = append(found, listed{ref, state})
		}
	}
	return found, err
}

// unread stands for what could not be read.
const unread = "-"

func writeList(w io.Writer, found []listed) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	defer table.Flush()
	fmt.Fprintln(table, "NAME\tKIND\tPUBLIC KEY\tPORT\tPEERS")
	for _, d := range found {
		key, port, peers := unread, unread, unread
		if d.state != nil {
			key, port, peers = publicKey(d.state), listenPort(d.state), strconv.Itoa(len(d.state.Peers))
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", termtext.Clean(d.Name), d.Kind, key, port, peers)
	}
}

func publicKey(d *wgtypes.Device) string {
	if d.PublicKey.IsZero() {
		return "(none)"
	}
	return d.PublicKey.String()
}

func listenPort(d *wgtypes.Device) string {
	if d.ListenPort == 0 {
		return "(none)"
	}
	return strconv.Itoa(int(d.ListenPort))
}

// writeNoneFound says where devices were looked for, and what is missing there.
func writeNoneFound(w io.Writer, p places) {
	fmt.Fprintln(w, "no WireGuard devices found; looked at")
	if p.looksAt(wgtypes.KindKernel) {
		fmt.Fprintf(w, "  the kernel: %s\n", kernelPlace())
	}
	if !p.looksAt(wgtypes.KindUserspace) {
		return
	}
	if runtime.GOOS == "windows" {
		fmt.Fprintln(w, `  the pipes of daemons: \\.\pipe\ProtectedPrefix\Administrators\WireGuard\*`)
		return
	}
	for _, dir := range p.socketDirs {
		fmt.Fprintf(w, "  the sockets of daemons: %s\n", dirPlace(dir))
	}
}

func (p places) looksAt(k wgtypes.Kind) bool {
	return len(p.backends) == 0 || slices.Contains(p.backends, k.String())
}

// kernelPlace tells a kernel without devices from one that can have none. It
// looks and asks nothing: to ask for the family would load the module.
func kernelPlace() string {
	if runtime.GOOS != "linux" {
		return "devices of this system's kernel are not supported yet"
	}
	if _, err := os.Stat("/sys/module/wireguard"); errors.Is(err, fs.ErrNotExist) {
		return "its wireguard module is not loaded (modprobe wireguard)"
	}
	return "no link of the kind wireguard in this network namespace"
}

func dirPlace(dir string) string {
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return dir + " does not exist"
	}
	return "no NAME.sock in " + dir + " that answers"
}

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
