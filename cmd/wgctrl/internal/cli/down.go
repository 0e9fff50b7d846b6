package cli

import (
	"github.com/spf13/cobra"

	"github.com/wgctrl/wgctrl/quick"
)

const downLong = `down removes an interface that up or wg-quick(8) made, with its routes, rules, packet
filter and DNS servers. It runs the hooks PreDown and PostDown of the file, and first
saves the interface if the file has SaveConfig. If a PreDown hook fails, the interface
stays.

down removes what up recorded, even if the file has changed or is missing, or if the
link is gone. Without a file it runs no hooks.` + quickArguments

const downExample = `  wgctrl down wg0
  wgctrl down wg0 --dry-run`

func newDown(cf *clientFlags) *cobra.Command {
	return newQuick(cf, quick.VerbDown, "Remove the interface of a wg-quick(8) file", downLong, downExample)
}
