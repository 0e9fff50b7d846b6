package cli

import (
	"github.com/spf13/cobra"

	"github.com/wgctrl/wgctrl/quick"
)

const reloadLong = `reload changes a running interface to match its file: WireGuard's configuration,
addresses, MTU, DNS servers, routes, rules and packet filter. It changes only what
differs. Peers keep their sessions, and peers with a session keep their endpoints. It
runs no hooks. wg-quick(8) may have made the interface.

reload checks everything before the first change, and refuses a file without settings
of wg(8) and without peers. "sync" changes only WireGuard's configuration.

A host name that cannot be resolved is an error. With --resolve-later, the peer keeps
its endpoint.

With --split-dns, the DNS servers of the file are for names in its search domains only;
without it, for all names.` + quickArguments

const reloadExample = `  wgctrl reload wg0 --dry-run  show what would change
  wgctrl reload wg0`

func newReload(cf *clientFlags) *cobra.Command {
	return newQuick(cf, quick.VerbReload, "Change an interface to match its wg-quick(8) file", reloadLong, reloadExample)
}
