package cli

import (
	"context"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/awgparam"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// completion is cobra's type of a function that completes arguments.
type completion = func(cmd *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective)

// noCompletion offers nothing, not even file names.
func noCompletion(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveNoFileComp
}

// netNSDir has the named network namespaces of ip-netns(8).
const netNSDir = "/run/netns"

// completeFlags sets how the values of the root's flags are completed.
func completeFlags(root *cobra.Command) {
	dirs := cobra.FixedCompletions(nil, cobra.ShellCompDirectiveFilterDirs)
	registerCompletion(root, "socket-dir", dirs)
	registerCompletion(root, "amnezia-socket-dir", dirs)
	registerCompletion(root, "backend", cobra.FixedCompletions(backendNames(), cobra.ShellCompDirectiveNoFileComp))
	registerCompletion(root, "timeout", noCompletion)
	registerCompletion(root, "netns", func(_ *cobra.Command, _ []string, toComplete string) ([]string, cobra.ShellCompDirective) {
		return completeNetNS(netNSDir, toComplete)
	})
}

// registerCompletion sets how the value of a flag is completed.
func registerCompletion(cmd *cobra.Command, flag string, complete completion) {
	if err := cmd.RegisterFlagCompletionFunc(flag, complete); err != nil {
		panic(err) // the flag does not exist
	}
}

// completeNetNS completes the name of a network namespace in dir, or a path.
func completeNetNS(dir, toComplete string) ([]string, cobra.ShellCompDirective) {
	if strings.Contains(toComplete, "/") {
		return nil, cobra.ShellCompDirectiveDefault
	}
	entries, _ := os.ReadDir(dir) // a missing directory has no namespaces
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// completeDevice completes the only argument, a device.
func (cf *clientFlags) completeDevice(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	refs, _ := cf.list(cmd.Context()) // on an error: the devices found
	return deviceNames(refs), cobra.ShellCompDirectiveNoFileComp
}

// completeDevices completes a list of different devices.
func (cf *clientFlags) completeDevices(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	refs, _ := cf.list(cmd.Context()) // on an error: the devices found
	names := slices.DeleteFunc(deviceNames(refs), func(name string) bool { return slices.Contains(args, name) })
	return names, cobra.ShellCompDirectiveNoFileComp
}

// completeDeviceFile completes a device and a file.
func (cf *clientFlags) completeDeviceFile(cmd *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective) {
	if len(args) == 1 {
		return nil, cobra.ShellCompDirectiveDefault
	}
	return cf.completeDevice(cmd, args, toComplete)
}

// peerKeys returns the public keys of a device's peers, or nil if the device
// cannot be read.
func (cf *clientFlags) peerKeys(cmd *cobra.Command, device string) []string {
	var keys []string
	_ = cf.use(func(c *wgctrl.Client) error {
		d, err := c.Device(cmd.Context(), device)
		if err != nil {
			return err
		}
		for _, peer := range d.Peers {
			keys = append(keys, peer.PublicKey.String())
		}
		return nil
	})
	return keys
}

// completeShow completes a device and a field.
func (cf *clientFlags) completeShow(cmd *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective) {
	switch {
	case len(args) == 0:
		names, directive := cf.completeDevice(cmd, args, toComplete)
		return append(names, "all", "interfaces"), directive
	case len(args) == 1 && args[0] != "interfaces":
		amnezia := cf.isAmnezia(cmd.Context(), args[0])
		var names []string
		for _, f := range fields() {
			if amnezia || f.show == fieldAll || f.show < fieldParameter {
				names = append(names, f.name)
			}
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	}
	return nil, cobra.ShellCompDirectiveNoFileComp
}

// isAmnezia reports whether a device, or any device if the name is "all", has a kind of
// AmneziaWG.
func (cf *clientFlags) isAmnezia(ctx context.Context, name string) bool {
	refs, _ := cf.list(ctx) // on an error: the devices found
	return slices.ContainsFunc(refs, func(ref wgtypes.DeviceRef) bool {
		return (name == "all" || ref.Name == name) && isAmneziaKind(ref.Kind)
	})
}

// The keywords of set before and after the first peer.
var (
	deviceKeywords = []string{"listen-port", "fwmark", "private-key", "peer"}
	peerKeywords   = []string{"remove", "preshared-key", "endpoint", "persistent-keepalive", "allowed-ips", "peer"}
)

// completeSet completes the keywords of set and the keys of the device's peers.
func (cf *clientFlags) completeSet(cmd *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective) {
	if len(args) == 0 {
		return cf.completeDevice(cmd, args, toComplete)
	}
	keywords, expected := deviceKeywords, ""
	for _, arg := range args[1:] {
		switch {
		case expected != "":
			expected = ""
		case arg == "remove":
		default:
			expected = arg
			if arg == "peer" {
				keywords = peerKeywords
			}
		}
	}
	switch expected {
	case "":
		if slices.Equal(keywords, deviceKeywords) && cf.isAmnezia(cmd.Context(), args[0]) {
			keywords = slices.Concat(keywords, awgparam.Words())
		}
		return keywords, cobra.ShellCompDirectiveNoFileComp
	case "peer":
		return cf.peerKeys(cmd, args[0]), cobra.ShellCompDirectiveNoFileComp
	case "private-key", "preshared-key", "header-protection-key":
		return nil, cobra.ShellCompDirectiveDefault
	}
	return nil, cobra.ShellCompDirectiveNoFileComp
}
