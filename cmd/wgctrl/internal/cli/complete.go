package cli

import (
	"slices"

	"github.com/spf13/cobra"

	"github.com/wgctrl/wgctrl"
)

// completion is what cobra asks when the shell asks for words.
type completion = func(cmd *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective)

// nothing completes no word, not even with names of files.
func nothing(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveNoFileComp
}

// completeDevice completes the only word, a device.
func (p *places) completeDevice(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	names, _ := p.deviceNames(cmd.Context()) // those that could be found
	return names, cobra.ShellCompDirectiveNoFileComp
}

// completeDevices completes devices, each once.
func (p *places) completeDevices(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	names, _ := p.deviceNames(cmd.Context()) // those that could be found
	names = slices.DeleteFunc(names, func(name string) bool { return slices.Contains(args, name) })
	return names, cobra.ShellCompDirectiveNoFileComp
}

// completeDeviceFile completes a device and a file.
func (p *places) completeDeviceFile(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
	if len(args) == 1 {
		return nil, cobra.ShellCompDirectiveDefault
	}
	return p.completeDevice(cmd, args, word)
}

// peerKeys returns the keys of the peers of a device, none if it cannot be read.
func (p *places) peerKeys(cmd *cobra.Command, device string) []string {
	var keys []string
	_ = p.use(func(c *wgctrl.Client) error {
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

// completeShow completes a device, and a field.
func (p *places) completeShow(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
	switch {
	case len(args) == 0:
		names, directive := p.completeDevice(cmd, args, word)
		return append(names, "all", "interfaces"), directive
	case len(args) == 1 && args[0] != "interfaces":
		var names []string
		for _, f := range fields {
			names = append(names, f.name)
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	}
	return nil, cobra.ShellCompDirectiveNoFileComp
}

// The words of set, before the first peer and behind it.
var (
	deviceWords = []string{"listen-port", "fwmark", "private-key", "peer"}
	peerWords   = []string{"remove", "preshared-key", "endpoint", "persistent-keepalive", "allowed-ips", "peer"}
)

// completeSet completes the words of set: those that may follow, and keys of
// the device's peers.
func (p *places) completeSet(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
	if len(args) == 0 {
		return p.completeDevice(cmd, args, word)
	}
	words, expected := deviceWords, ""
	for _, arg := range args[1:] {
		switch {
		case expected != "":
			expected = ""
		case arg == "remove":
		default:
			expected = arg
			if arg == "peer" {
				words = peerWords
			}
		}
	}
	switch expected {
	case "":
		return words, cobra.ShellCompDirectiveNoFileComp
	case "peer":
		return p.peerKeys(cmd, args[0]), cobra.ShellCompDirectiveNoFileComp
	case "private-key", "preshared-key":
		return nil, cobra.ShellCompDirectiveDefault
	}
	return nil, cobra.ShellCompDirectiveNoFileComp
}
