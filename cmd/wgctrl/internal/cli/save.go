package cli

import (
	"github.com/spf13/cobra"

	"github.com/wgctrl/wgctrl/quick"
)

const saveLong = `save writes the state of a running interface to its file. It changes only the lines that
differ: comments, the order, hooks, and host names that resolve to the current endpoint
stay. A port or mark that up chose is not written.

save refuses to replace a file that has changed since up or reload.` + quickArguments

const saveExample = `  wgctrl save wg0`

func newSave(cf *clientFlags) *cobra.Command {
	return newQuick(cf, quick.VerbSave, "Write the state of an interface to its wg-quick(8) file", saveLong, saveExample)
}
