package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/release"
)

const rootLong = `wgctrl shows and configures WireGuard devices: those of the Linux kernel, and
those of userspace daemons such as wireguard-go. It does what wg(8) does, in the
same words, and more; called under the name wg it is wg(8).

Without a command it lists the devices of this machine. Finding them needs no
privilege; reading the kernel's needs CAP_NET_ADMIN, and reading a daemon's
needs access to its socket.`

const rootExample = `  wgctrl                              list the devices of this machine
  wgctrl show wg0                     show the state of one
  wgctrl show --json                  show all for a program
  wgctrl sync wg0 wg0.conf            make a device what a file says, keeping sessions
  wgctrl watch                        print what changes
  wgctrl top                          look at it live
  wgctrl --netns lab show             look in another network namespace
  wgctrl --socket-dir /run/wireguard  look for daemons elsewhere
  wgctrl demo                         try a tunnel in this process, without root`

// defaultSocketDir is where daemons have their sockets. See
// https://www.wireguard.com/xplatform/.
const defaultSocketDir = "/var/run/wireguard"

// The groups of the words in the help.
const (
	groupWG   = "wg"
	groupMore = "more"
)

func newRoot() *cobra.Command {
	var p places
	root := &cobra.Command{
		Use:           "wgctrl",
		Short:         "Show and configure WireGuard devices",
		Long:          rootLong,
		Example:       rootExample,
		Version:       release.Version(),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          noWord,
		RunE:          func(cmd *cobra.Command, _ []string) error { return runList(cmd, p) },
	}
	root.SetVersionTemplate("{{.Name}} {{.Version}}\n")
	flags := root.PersistentFlags()
	flags.StringArrayVar(&p.socketDirs, "socket-dir", []string{defaultSocketDir},
		"`directory` of daemons' sockets, may be given several times")
	flags.StringArrayVar(&p.backends, "backend", nil,
		"look for devices of this `kind` alone: kernel or userspace, may be given both")
	flags.StringVar(&p.netNS, "netns", "",
		"look for kernel devices in the network namespace of this `name` (of ip-netns(8)) or path")
	root.SuggestionsMinimumDistance = 2
	root.TraverseChildren = true // set takes no flags, those before it are the root's
	root.AddGroup(&cobra.Group{ID: groupWG, Title: "Commands of wg(8):"}, &cobra.Group{ID: groupMore, Title: "Beyond wg(8):"})
	root.AddCommand(verbs(&p)...)
	for _, cmd := range []*cobra.Command{
		newSync(&p), newStrip(), newFmt(), newCheck(), newAdd(&p), newDel(&p), newWatch(&p), newTop(&p), newDemo(), newMan(), newVersion(),
	} {
		cmd.GroupID = groupMore
		root.AddCommand(cmd)
	}
	root.SetHelpCommandGroupID(groupMore)
	root.SetCompletionCommandGroupID(groupMore)
	return root
}

// noWord refuses a word that is no command.
func noWord(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := "see wgctrl help"
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		hint = "did you mean " + strings.Join(near, " or ") + "?"
	}
	return fmt.Errorf("unknown command %q: %s", args[0], hint)
}

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cobra.NoArgs,
		Run: func(cmd *cobra.Command, _ []string) {
			fmt.Fprintln(cmd.OutOrStdout(), "wgctrl", release.Version())
		},
	}
}
