package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"strconv"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/termtext"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// runList lists the devices and prints the errors of those that cannot be read.
func runList(cmd *cobra.Command, cf clientFlags) error {
	c, err := cf.client()
	if err != nil {
		return err
	}
	defer c.Close()
	found, err := listDevices(cmd.Context(), c)
	if len(found) > 0 {
		writeList(cmd.OutOrStdout(), found)
	}
	if err != nil {
		cf.explain(cmd.Context(), cmd.ErrOrStderr(), err)
		return errReported
	}
	if len(found) == 0 {
		writeNoDevices(cmd.ErrOrStderr(), cf)
		writeNextSteps(cmd.ErrOrStderr(), cf, os.Geteuid())
	}
	return nil
}

// listedDevice is a device and its state, which is nil if it cannot be read.
type listedDevice struct {
	wgtypes.DeviceRef
	state *wgtypes.Device
}

// listDevices finds and reads devices. It omits devices that vanish in between.
func listDevices(ctx context.Context, c *wgctrl.Client) ([]listedDevice, error) {
	refs, _ := c.List(ctx) // Devices lists again, with the same errors
	devices, err := c.Devices(ctx)
	states := make(map[wgtypes.DeviceRef]*wgtypes.Device)
	for _, d := range devices {
		states[wgtypes.DeviceRef{Name: d.Name, Kind: d.Kind, Index: d.Index}] = d
	}
	var found []listedDevice
	for _, ref := range refs {
		if state := states[ref]; state != nil || err != nil {
			found = append(found, listedDevice{ref, state})
		}
	}
	return found, err
}

// unknown stands for a value of a device that cannot be read.
const unknown = "-"

func writeList(w io.Writer, found []listedDevice) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	defer table.Flush()
	fmt.Fprintln(table, "NAME\tKIND\tPUBLIC KEY\tPORT\tPEERS")
	for _, d := range found {
		key, port, peers := unknown, unknown, unknown
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

// writeNoDevices says where the command looked for devices and what is missing
// there.
func writeNoDevices(w io.Writer, cf clientFlags) {
	fmt.Fprintln(w, "no WireGuard devices found; looked at")
	if cf.searches(wgtypes.KindKernel) {
		fmt.Fprintf(w, "  the kernel: %s\n", kernelStatus())
	}
	// Few systems have the module of AmneziaWG, so that it is missing only if it is named.
	if cf.searches(wgtypes.KindAmneziaKernel) && (len(cf.backends) > 0 || moduleIsLoaded(amneziaModule)) {
		fmt.Fprintf(w, "  AmneziaWG in the kernel: %s\n", amneziaStatus())
	}
	for _, kind := range []wgtypes.Kind{wgtypes.KindUserspace, wgtypes.KindAmneziaUserspace} {
		if cf.searches(kind) {
			writeNoDaemons(w, kind, cf.dirs(kind))
		}
	}
}

// writeNoDaemons says where the command looked for daemons.
func writeNoDaemons(w io.Writer, kind wgtypes.Kind, dirs []string) {
	whose, pipes := "daemons", "WireGuard"
	if kind == wgtypes.KindAmneziaUserspace {
		whose, pipes = "AmneziaWG daemons", "AmneziaWG"
	}
	if runtime.GOOS == "windows" {
		fmt.Fprintf(w, "  the pipes of %s: \\\\.\\pipe\\ProtectedPrefix\\Administrators\\%s\\*\n", whose, pipes)
		return
	}
	for _, dir := range dirs {
		fmt.Fprintf(w, "  the sockets of %s: %s\n", whose, termtext.Clean(socketDirStatus(dir)))
	}
}

// The modules of Linux.
const (
	wireguardModule = "wireguard"
	amneziaModule   = "amneziawg"
)

// loadModule says how to load a module.
func loadModule(module string) string {
	return fmt.Sprintf("the %s module is not loaded; run: modprobe %s", module, module)
}

// kernelStatus returns why the kernel has no devices.
func kernelStatus() string {
	switch {
	case len(supportedKinds([]wgtypes.Kind{wgtypes.KindKernel})) == 0:
		return "kernel devices of this system are not supported"
	case runtime.GOOS == "windows":
		return "no WireGuardNT adapter"
	case runtime.GOOS != "linux":
		return "no WireGuard interface"
	}
	return linkStatus(wireguardModule)
}

// amneziaStatus returns why the kernel has no devices of AmneziaWG.
func amneziaStatus() string {
	if runtime.GOOS != "linux" {
		return "only Linux has it"
	}
	return linkStatus(amneziaModule)
}

// linkStatus returns why Linux has no links of a module.
func linkStatus(module string) string {
	if !moduleIsLoaded(module) {
		return loadModule(module)
	}
	return fmt.Sprintf("no link of type %s in this network namespace", module)
}

// moduleIsLoaded reports whether Linux has loaded a module, or has it built in. It only
// looks at files: asking for the netlink family would load the module.
func moduleIsLoaded(module string) bool {
	_, err := os.Stat("/sys/module/" + module)
	return !errors.Is(err, fs.ErrNotExist)
}

func socketDirStatus(dir string) string {
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return dir + " does not exist"
	}
	return "no NAME.sock in " + dir + " answers"
}

const addExample = `  wgctrl add wg0                      create wg0, as ip link add wg0 type wireguard does
  wgctrl add wg0 --up --mtu 1380      create it with an MTU and bring it up
  wgctrl --netns lab add wg0          create it in the network namespace lab
  wgctrl --backend amneziawg-kernel add awg0
                                      create an AmneziaWG device`

func newAdd(cf *clientFlags) *cobra.Command {
	var o wgctrl.LinkOptions
	cmd := &cobra.Command{
		Use:        "add DEVICE",
		SuggestFor: []string{"create", "new"},
		Short:      "Create a kernel device",
		Long: `add creates a kernel device, on Linux and the BSDs. The device has no key and no
peers; use sync, setconf or set to configure it. To add addresses and routes, use
ip(8), or ifconfig(8) and route(8) on the BSDs. With --backend amneziawg-kernel, the
device is one of AmneziaWG, on Linux.`,
		Example:           addExample,
		Args:              deviceArgs(exactArgs("DEVICE")),
		ValidArgsFunction: noCompletion,
		RunE: func(cmd *cobra.Command, args []string) error {
			return cf.run(cmd, func(c *wgctrl.Client) error { return c.CreateDevice(cmd.Context(), args[0], o) })
		},
	}
	cmd.Flags().IntVar(&o.MTU, "mtu", 0, "the device's MTU in bytes; 0 is the kernel's default")
	cmd.Flags().BoolVar(&o.Up, "up", false, "bring the device up")
	nameArgument(cmd.Flags(), "mtu", "bytes")
	registerCompletion(cmd, "mtu", noCompletion)
	return cmd
}

func newDel(cf *clientFlags) *cobra.Command {
	return &cobra.Command{
		Use:        "del DEVICE",
		SuggestFor: []string{"delete", "remove", "rm"},
		Short:      "Remove a kernel device",
		Long: `del removes a kernel device, on Linux and the BSDs. It refuses interfaces
that are not WireGuard devices. To remove a device of a daemon, stop the daemon.`,
		Example:           `  wgctrl del wg0`,
		Args:              deviceArgs(exactArgs("DEVICE")),
		ValidArgsFunction: cf.completeDevice,
		RunE: func(cmd *cobra.Command, args []string) error {
			return cf.run(cmd, func(c *wgctrl.Client) error { return c.DeleteDevice(cmd.Context(), args[0]) })
		},
	}
}
