package cli

import (
	"slices"

	"github.com/spf13/cobra"
)

// The groups of commands in the help.
const (
	groupWG   = "wg"
	groupMore = "more"
)

// command is a command of wgctrl.
type command struct {
	name  string
	group string // in the help
	new   func(*clientFlags) *cobra.Command
}

// commands returns the commands of wgctrl, except help.
func commands() []command {
	return []command{
		{"show", groupWG, newShow},
		{"showconf", groupWG, newShowconf},
		{"set", groupWG, newSet},
		{"setconf", groupWG, newSetconf},
		{"addconf", groupWG, newAddconf},
		{"syncconf", groupWG, newSyncconf},
		{"genkey", groupWG, newGenkey},
		{"genpsk", groupWG, newGenpsk},
		{"pubkey", groupWG, newPubkey},
		{"list", groupMore, newList},
		{"up", groupMore, newUp},
		{"down", groupMore, newDown},
		{"reload", groupMore, newReload},
		{"save", groupMore, newSave},
		{"sync", groupMore, newSync},
		{"strip", groupMore, newStrip},
		{"fmt", groupMore, newFmt},
		{"check", groupMore, newCheck},
		{"doctor", groupMore, newDoctor},
		{"add", groupMore, newAdd},
		{"del", groupMore, newDel},
		{"peer", groupMore, newPeer},
		{"reresolve", groupMore, newReresolve},
		{"watch", groupMore, newWatch},
		{"top", groupMore, newTop},
		{"demo", groupMore, newDemo},
		{"completion", groupMore, newCompletion},
		{"man", groupMore, newMan},
		{"version", groupMore, newVersion},
	}
}

// addCommands adds the command that args[0] names to root. If it names none, such as a
// flag or the command help, addCommands adds all commands. Making all of them with their
// flags takes as long as the rest of the start of a command.
func addCommands(root *cobra.Command, cf *clientFlags, args []string) {
	root.AddGroup(&cobra.Group{ID: groupWG, Title: "Commands of wg(8):"}, &cobra.Group{ID: groupMore, Title: "More commands:"})
	all := commands()
	if len(args) > 0 {
		if i := slices.IndexFunc(all, func(c command) bool { return c.name == args[0] }); i >= 0 {
			all = all[i : i+1]
		}
	}
	for _, c := range all {
		cmd := c.new(cf)
		cmd.GroupID = c.group
		root.AddCommand(cmd)
	}
}
