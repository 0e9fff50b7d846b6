package cli

import (
	"io"

	"github.com/spf13/cobra"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/termtext"
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/wgcommand"
)

const setLong = `set changes what it names and leaves the rest. Keys of devices and preshared keys
are read from files, so that they are not seen in lists of processes; an empty
file, such as /dev/null, clears one.

An allowed-ips list replaces the peer's, unless one of its elements begins with +
or -: then elements are added, or removed, in order. "off" turns fwmark and
persistent-keepalive off. Flags stand before the word set.`

const setExample = `  wgctrl set wg0 listen-port 51820 private-key /etc/wireguard/wg0.key
  wgctrl set wg0 peer KEY endpoint 192.0.2.1:51820 allowed-ips 10.0.0.0/24
  wgctrl set wg0 peer KEY allowed-ips +10.1.0.0/16,-10.2.0.0/16
  wgctrl set wg0 peer KEY remove`

const showLong = `show shows the state of a device, of all, or the names of the interfaces. With a
field it prints that alone, in the form for scripts that wg(8) has: a line for
the device or for each peer, with tabs; dump prints all fields.`

const showExample = `  wgctrl show
  wgctrl show wg0 latest-handshakes
  wgctrl show all dump
  wgctrl show wg0 --json | jq '.peers[].endpoint'`

// verbs are the words of wg(8). What they do is package wgcommand's.
func verbs(p *places) []*cobra.Command {
	return []*cobra.Command{
		newShow(p),
		verb(p, "showconf DEVICE", "Print the configuration of a device, as setconf takes it", p.completeDevice,
			"showconf prints a file of wg(8), with keys in clear.",
			"  wgctrl showconf wg0 > wg0.conf"),
		newSet(p),
		verb(p, "setconf DEVICE FILE", "Replace the configuration of a device", p.completeDeviceFile,
			"setconf makes the device what the file says. Sessions of all peers end: sync keeps them.",
			"  wgctrl setconf wg0 wg0.conf"),
		verb(p, "addconf DEVICE FILE", "Add a file to the configuration of a device", p.completeDeviceFile,
			"addconf adds the peers of the file, or changes them, and leaves the others.",
			"  wgctrl addconf wg0 more.conf"),
		verb(p, "syncconf DEVICE FILE", "Replace the configuration, and keep sessions", p.completeDeviceFile,
			"syncconf is setconf that keeps the sessions of peers that stay, as wg(8) does it:\nallowed IPs are written anew, and a file without a port moves the port. sync\nchanges what differs, and nothing else.",
			"  wgctrl syncconf wg0 wg0.conf"),
		verb(p, "genkey", "Print a new private key", nothing, "", "  (umask 077; wgctrl genkey > wg0.key)"),
		verb(p, "genpsk", "Print a new preshared key", nothing, "", "  (umask 077; wgctrl genpsk > wg0.psk)"),
		verb(p, "pubkey", "Print the public key of the private key on standard input", nothing, "",
			"  wgctrl pubkey < wg0.key"),
	}
}

// verb makes a word of wg(8). Its arguments are wg(8)'s business.
func verb(p *places, use, short string, complete completion, long, example string) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short, Long: long, Example: example, GroupID: groupWG,
		ValidArgsFunction: complete, DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error { return p.wg(cmd, args) },
	}
}

// newSet makes the word whose arguments may begin with -.
func newSet(p *places) *cobra.Command {
	cmd := verb(p, "set DEVICE [listen-port N] [fwmark N] [private-key FILE] [peer KEY ...]...",
		"Change a device and its peers", p.completeSet, setLong, setExample)
	cmd.DisableFlagParsing = true
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 1 && (args[0] == "--help" || args[0] == "-h") {
			return cmd.Help()
		}
		return p.wg(cmd, args)
	}
	return cmd
}

func newShow(p *places) *cobra.Command {
	var asJSON, keys bool
	cmd := verb(p, "show [DEVICE | all | interfaces] [FIELD]", "Show devices", p.completeShow, showLong, showExample)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if asJSON {
			return runShowJSON(cmd, p, args, keys)
		}
		return p.wg(cmd, args)
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON, without secrets")
	cmd.Flags().BoolVar(&keys, "show-keys", false, "with --json, print secrets too")
	return cmd
}

// wg runs a word of wg(8), and says more than wg(8) of what fails.
func (p *places) wg(cmd *cobra.Command, args []string) error {
	s := Streams{In: cmd.InOrStdin(), Out: cmd.OutOrStdout(), Err: cmd.ErrOrStderr()}
	env := s.env(cmd.Root().Name())
	env.Client = p.client
	env.Explain = func(w io.Writer, err error) { p.explain(cmd.Context(), w, err) }
	env.Clean = termtext.CleanLines
	ctx, done := withProgress(cmd.Context(), s.Err)
	code := wgcommand.Run(ctx, append([]string{cmd.Name()}, args...), env)
	done()
	if code != exitOK {
		return errReported
	}
	return nil
}
