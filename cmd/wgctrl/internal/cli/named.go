package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/keytext"
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/termtext"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// newList returns the command list, which does what wgctrl does without a command. It
// is hidden: the description of wgctrl mentions it.
func newList(cf *clientFlags) *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		Hidden:  true,
		Short:   "List the devices of this machine",
		Long: `list lists the devices of this machine, as wgctrl does without a command. "show" also
shows their peers, and "show --json" prints the devices for programs.`,
		Example:           "  wgctrl list",
		Args:              exactArgs(),
		ValidArgsFunction: noCompletion,
		RunE:              func(cmd *cobra.Command, _ []string) error { return runList(cmd, *cf) },
	}
}

// showNamed shows the device args[0] as show does. The name is not that of a command,
// so the error for a missing device is that for an unknown command.
func (cf *clientFlags) showNamed(cmd *cobra.Command, args []string) error {
	name := args[0]
	if checkDeviceName(name) != nil {
		return unknownWord(cmd, name, nil)
	}
	err := cf.run(cmd, func(c *wgctrl.Client) error {
		refs, err := c.List(cmd.Context())
		if hasDevice(cmd.Context(), c, refs, name) {
			return nil
		}
		return errors.Join(unknownWord(cmd, name, refs), err)
	})
	if err != nil {
		return err
	}
	if err := showArgs(cmd, args); err != nil {
		return err
	}
	names, _ := readNames(defaultNames) // which may be missing or unreadable
	return cf.wgNamed(cmd, "show", args, &peerView{names: names})
}

// hasDevice reports whether show can say more about a name than that it is missing. A
// device has names that List does not return, such as alternative names on Linux, and
// an interface may not be one of WireGuard.
func hasDevice(ctx context.Context, c *wgctrl.Client, refs []wgtypes.DeviceRef, name string) bool {
	if slices.ContainsFunc(refs, func(ref wgtypes.DeviceRef) bool { return ref.Name == name }) {
		return true
	}
	_, err := c.Device(ctx, name)
	return err == nil || errors.Is(err, wgctrl.ErrNotWireGuard)
}

// unknownWord returns the error for a word that is neither a command nor one of the
// devices. It suggests similar names of both.
func unknownWord(cmd *cobra.Command, word string, refs []wgtypes.DeviceRef) error {
	hint := `run "wgctrl help" for the commands, or "wgctrl" for the devices`
	if near := append(suggestions(cmd, word), nearDevices(word, refs)...); len(near) > 0 {
		hint = "did you mean " + termtext.Clean(strings.Join(near, " or ")) + "?"
	}
	return fmt.Errorf("unknown command or device %q: %s", keytext.HideLong(word), hint)
}

// mostNear is the largest number of devices that an error suggests.
const mostNear = 4

// nearDevices returns devices whose names are similar to a word, by the rule for
// commands.
func nearDevices(word string, refs []wgtypes.DeviceRef) []string {
	devices := new(cobra.Command)
	for _, name := range deviceNames(refs) {
		devices.AddCommand(&cobra.Command{Use: name, Run: func(*cobra.Command, []string) {}})
	}
	near := suggestions(devices, word)
	return near[:min(len(near), mostNear)]
}

// completeNamed completes a device and a field, where a command is also possible.
func (cf *clientFlags) completeNamed(cmd *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective) {
	if len(args) == 0 {
		return cf.completeDevice(cmd, args, toComplete)
	}
	return cf.completeShow(cmd, args, toComplete)
}

// writeNextSteps says what to do on a machine without devices: how to create one, how to
// see a demo, and where the help is. The effective ID is that of the user.
func writeNextSteps(w io.Writer, cf clientFlags, euid int) {
	sudo := ""
	if euid > 0 {
		sudo = "sudo "
	}
	fmt.Fprintf(w, "to create a device, run: %s%s\n", sudo, cf.creation())
	fmt.Fprintln(w, "to try a tunnel without root, run: wgctrl demo")
	fmt.Fprintln(w, "for help, run: wgctrl help")
}

// creation returns the command that creates a device which cf finds.
func (cf clientFlags) creation() string {
	kernel, err := kernelCapabilities()
	netNS := ""
	if cf.netNS != "" {
		netNS = " --netns " + termtext.Clean(termtext.Argument(cf.netNS))
	}
	switch {
	case runtime.GOOS == "windows":
		return `wireguard /installtunnelservice C:\wg0.conf` // of WireGuard for Windows
	case cf.searches(wgtypes.KindKernel) && err == nil && kernel.Links:
		return "wgctrl" + netNS + " add wg0"
	case cf.searches(wgtypes.KindAmneziaKernel) && !cf.searches(wgtypes.KindUserspace):
		return "wgctrl" + netNS + " --backend amneziawg-kernel add awg0"
	case cf.searches(wgtypes.KindAmneziaUserspace) && !cf.searches(wgtypes.KindUserspace):
		return "amneziawg-go awg0"
	}
	return "wireguard-go wg0"
}
