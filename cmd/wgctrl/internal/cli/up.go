package cli

import (
	"github.com/spf13/cobra"

	"github.com/wgctrl/wgctrl/quick"
)

// quickArguments is the part of the help of up, down, reload and save about arguments.
const quickArguments = `

FILE is a file of wg-quick(8) with the name INTERFACE.conf. INTERFACE, a name without a
slash and without ".conf" that is not a file, stands for /etc/wireguard/INTERFACE.conf
or, if only that exists, /etc/amnezia/amneziawg/INTERFACE.conf.

--dry-run prints the steps, one on a line, and --verbose the commands that wg-quick(8)
prints for them. --json prints the steps for programs, when all are done; the output of
hooks then goes to standard error. With --netns, the interface is in that network
namespace, and its UDP socket in the current one.`

const upLong = `up creates the interface that a file describes, as wg-quick(8) does: link, WireGuard's
configuration, addresses, MTU, DNS servers, routes, and rules and a packet filter for
default routes. It runs the hooks PreUp and PostUp. It works on Linux, and was not
tested on FreeBSD, OpenBSD and macOS.

up checks everything before the first change: the file, host names, whether the
interface or one of the routes exists, and what the system lacks. If a step fails, or
after Ctrl-C, it removes what it has made. It does not run PreDown and PostDown then.
It finishes the removal of an interface whose up was killed.

If the kernel has no WireGuard, up starts the program wireguard-go, or the one that
WG_QUICK_USERSPACE_IMPLEMENTATION names.

A host name that cannot be resolved is an error. With --resolve-later, the interface
comes up without the endpoint of that peer, which "wgctrl reresolve" sets.

With --split-dns, the DNS servers of the file are for names in its search domains only.
reload needs the flag, too. The file must have a search domain.` + quickArguments

const upExample = `  wgctrl up wg0                   /etc/wireguard/wg0.conf
  wgctrl up ./wg0.conf --dry-run  show the steps
  wgctrl up wg0 --netns lab       an interface that only programs in lab can use
  wgctrl up wg0 --resolve-later   when the host boots without a name server`

func newUp(cf *clientFlags) *cobra.Command {
	return newQuick(cf, quick.VerbUp, "Create the interface of a wg-quick(8) file", upLong, upExample)
}
