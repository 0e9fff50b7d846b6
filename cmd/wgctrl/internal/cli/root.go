package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/keytext"
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/release"
	"github.com/wgctrl/wgctrl/uapi/uapinet"
)

const rootLong = `wgctrl shows and configures WireGuard devices of the kernel (of Linux, the BSDs and
Windows) and of userspace daemons such as wireguard-go. It has the commands of wg(8)
and more, such as up and down, which do what wg-quick(8) does. Called under the name wg
or wg-quick it behaves as wg(8) or wg-quick(8), and under the name awg or awg-quick as
awg(8) or awg-quick(8), for devices of AmneziaWG.

Without a command it lists the devices of this machine, as "list" and "ls" do. With
the name of a device, and perhaps a FIELD, it shows that device as "show" does; a
device with the name of a command needs "show". Reading kernel devices requires
CAP_NET_ADMIN on Linux, root on OpenBSD and an elevated process on Windows; reading a
daemon's device requires access to its socket.`

const rootExample = `  wgctrl                              list the devices of this machine
  wgctrl wg0                          show the state of a device, as show wg0 does
  wgctrl show --json                  print all devices as JSON
  wgctrl up wg0                       create the interface of /etc/wireguard/wg0.conf
  wgctrl sync wg0 wg0.conf            apply a file to a device, keeping sessions
  wgctrl peer add wg0 --name alice    add a client and print its file
  wgctrl watch                        print changes as they happen
  wgctrl top                          show devices and peers live
  wgctrl --netns lab show             use the kernel devices of the network namespace lab
  wgctrl --socket-dir /run/wireguard  use another directory of sockets
  wgctrl demo                         try a tunnel in this process, without root`

// newRoot returns the command for the arguments args, with all of its commands if args is
// nil.
func newRoot(args []string) *cobra.Command {
	var cf clientFlags
	var version bool
	root := &cobra.Command{
		Use:           "wgctrl [flags] [COMMAND [ARGUMENT...] | DEVICE [FIELD]]",
		Short:         "Show and configure WireGuard devices",
		Long:          rootLong,
		Example:       rootExample,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case version:
				writeVersion(cmd.OutOrStdout())
				return nil
			case len(args) > 0:
				return cf.showNamed(cmd, args)
			}
			return runList(cmd, cf)
		},
		ValidArgsFunction: cf.completeNamed,
	}
	root.SetHelpFunc(writeHelp)
	root.SetFlagErrorFunc(flagError)
	root.SetHelpCommand(newHelp())
	root.CompletionOptions.DisableDefaultCmd = true // newCompletion replaces it
	root.Flags().BoolVarP(&version, "version", "v", false, "print the version")
	addGlobalFlags(root, &cf)
	root.TraverseChildren = true // set has no flags: those before it belong to the root
	addCommands(root, &cf, args)
	root.SetHelpCommandGroupID(groupMore)
	return root
}

// addGlobalFlags adds the flags that every command has.
func addGlobalFlags(root *cobra.Command, cf *clientFlags) {
	flags := root.PersistentFlags()
	flags.BoolP("help", "h", false, "print the help of the command")
	flags.Var((*pathsFlag)(&cf.socketDirs), "socket-dir",
		"directory of the daemons' sockets; can be repeated; alone it also excludes AmneziaWG's directory")
	flags.Lookup("socket-dir").DefValue = uapinet.SocketDir
	flags.Var((*pathsFlag)(&cf.amneziaDirs), "amnezia-socket-dir",
		"directory of the sockets of AmneziaWG's daemons; can be repeated")
	flags.Lookup("amnezia-socket-dir").DefValue = uapinet.AmneziaSocketDir
	flags.StringArrayVar(&cf.backends, "backend", nil,
		"use only devices of this kind: "+orList(backendNames())+"; can be repeated")
	cf.timeout = defaultTimeout
	flags.Var(&cf.timeout, "timeout",
		"time that a daemon may take to answer, in seconds or as in 500ms; 0 or none for no limit")
	flags.BoolVar(&cf.untrusted, "untrusted-sockets", false, "send keys also to daemons of users other than root and you, and over sockets that everyone can write to")
	flags.Var((*pathFlag)(&cf.netNS), "netns",
		"use the kernel devices of this network namespace, a name of ip-netns(8) or a path; does not affect userspace devices; requires CAP_SYS_ADMIN")
	nameArgument(flags, "socket-dir", "directory")
	nameArgument(flags, "amnezia-socket-dir", "directory")
	nameArgument(flags, "backend", "kind")
	nameArgument(flags, "netns", "name")
	nameArgument(flags, "timeout", "time")
	completeFlags(root)
}

// unknownCommand rejects an argument that is not a command.
func unknownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := fmt.Sprintf("run %q for a list", strings.Replace(cmd.CommandPath(), cmd.Root().Name(), cmd.Root().Name()+" help", 1))
	if near := suggestions(cmd, args[0]); len(near) > 0 {
		hint = "did you mean " + strings.Join(near, " or ") + "?"
	}
	return fmt.Errorf("unknown command %q: %s", keytext.HideLong(args[0]), hint)
}

// suggestions returns the subcommands of cmd whose names are similar to a word.
func suggestions(cmd *cobra.Command, word string) []string {
	if word == "" { // every name begins with ""
		return nil
	}
	cmd.SuggestionsMinimumDistance = min(2, len(word)/2) // edits
	return cmd.SuggestionsFor(word)
}

// exactArgs returns a check that there is one argument for each name.
func exactArgs(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > len(names) {
			return fmt.Errorf("%s: unexpected argument %q; usage: %s", nameOf(cmd), keytext.HideLong(args[len(names)]), cmd.UseLine())
		}
		return requireArgs(names...)(cmd, args)
	}
}

// requireArgs returns a check that there is at least one argument for each name.
func requireArgs(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < len(names) {
			return fmt.Errorf("%s: missing argument %s; usage: %s", nameOf(cmd), names[len(args)], cmd.UseLine())
		}
		return nil
	}
}

// nameOf returns the name of a command for messages, such as "sync" or "peer add".
func nameOf(cmd *cobra.Command) string {
	return strings.TrimPrefix(cmd.CommandPath(), cmd.Root().Name()+" ")
}

func newVersion(*clientFlags) *cobra.Command {
	return &cobra.Command{
		Use:               "version",
		Short:             "Print the version",
		Long:              "version prints the versions of wgctrl and Go, and the platform.",
		Example:           "  wgctrl version",
		ValidArgsFunction: noCompletion,
		Args:              exactArgs(),
		Run: func(cmd *cobra.Command, _ []string) {
			writeVersion(cmd.OutOrStdout())
		},
	}
}

// writeVersion writes the version, without a template of cobra: templates can call every
// method, so that the linker could not remove those that nothing calls.
func writeVersion(w io.Writer) { fmt.Fprintln(w, "wgctrl", release.Version()) }
