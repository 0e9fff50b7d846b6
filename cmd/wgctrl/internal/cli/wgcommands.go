package cli

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/keytext"
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/termtext"
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/wgcommand"
)

const setLong = `set changes the named settings of a device and leaves the others unchanged.

Settings of DEVICE, before the first peer:
  listen-port N           UDP port, 1 to 65535; 0 lets the system choose one
  fwmark N                mark of outgoing packets; 0 or "off" for none
  private-key FILE        file with the private key; an empty file removes the key

Parameters of an AmneziaWG device, before the first peer. RANGE is a number, or two as
in 5-9; 0 means WireGuard's value, except for h1 to h4, which are 1 to 4 there:
  jc N                    number of junk packets before a handshake
  jmin N, jmax N          their smallest and largest size in bytes
  s1 N, s2 N, s3 N, s4 N  random bytes before an initiation, a response, a cookie, data
  h1 RANGE to h4 RANGE    types of these messages
  i1 PACKET to i5 PACKET  packets before the junk, as in "<b 0xc0ff><r 16>"; "" for none
  header-protection-key FILE
                          file with the key; an empty file removes the key
  content-padding-addition RANGE
                          bytes added to the padding of data
  rekey-after-time RANGE, rekey-timeout RANGE
                          seconds
  reject-after-time RANGE, keepalive-timeout RANGE
                          seconds
  max-handshake-attempts RANGE
                          handshakes that are tried
  random-trailers SWITCH  random bytes after messages: on or off
  disable-cookies SWITCH  send no cookie replies: on or off

Settings of the peer with the public key KEY, which is added if it does not exist:
  remove                  remove the peer
  preshared-key FILE      file with the preshared key; an empty file removes the key
  endpoint HOST:PORT      address of the peer; an IPv6 address is in brackets
  persistent-keepalive N  seconds between keepalives; 0 or "off" for none. AmneziaWG 3
                          also has ranges, as in 22-30
  allowed-ips LIST        prefixes, separated by commas, that replace the peer's.
                          If any begins with + or -, those with - are removed from
                          the peer's, and the others added

Keys are read from files because every user can see the arguments of a process.
set has no flags of its own; global flags must come before "set".`

const setExample = `  wgctrl set wg0 listen-port 51820 private-key /etc/wireguard/wg0.key
  wgctrl set wg0 peer KEY endpoint 192.0.2.1:51820 allowed-ips 10.0.0.0/24
  wgctrl set wg0 peer KEY allowed-ips +10.1.0.0/16,-10.2.0.0/16
  wgctrl set wg0 peer KEY preshared-key psk.txt persistent-keepalive 25
  wgctrl set wg0 peer KEY remove
  wgctrl set awg0 jc 4 jmin 8 jmax 80 h1 5-9
  wgctrl set wg0 private-key <(wgctrl genkey)`

const showLong = `show prints the state of DEVICE or, without one or with "all", of all devices.
"status" is another name of show. "interfaces" prints the names of the devices. FIELD
prints one field for scripts, as wg(8) does: a line for the device or for each peer,
with tabs between columns. After "all", the first column is the name of the device.

Fields of a device:
  public-key            public key, or "(none)"
  private-key           private key, or "(none)"
  listen-port           UDP port; 0 for none
  fwmark                mark of outgoing packets, in hexadecimal, or "off"
  jc, jmin, jmax and so on
                        parameters of AmneziaWG, with the words of set; "(null)" for no
                        packet and "(none)" for no key

Fields of peers, after the public key of the peer:
  peers                 only the public key
  preshared-keys        preshared key, or "(none)"
  endpoints             address and port, or "(none)"
  allowed-ips           prefixes, separated by spaces, or "(none)"
  latest-handshakes     seconds since 1970; 0 for never
  transfer              bytes received, bytes sent
  persistent-keepalive  seconds, with AmneziaWG 3 also a range of them, or "off"

All fields:
  dump                  first a line with private key, public key, port and mark; then
                        a line for each peer with public key, preshared key, endpoint,
                        allowed IPs (separated by commas), handshake, bytes received,
                        bytes sent, keepalive. An AmneziaWG device has the parameters of
                        its version before the mark

--sort sorts the peers: by the latest handshake, the most bytes sent and received, the
name or the public key. Without it, the latest handshake is first; fields and JSON have
the order of the device. --filter shows only the peers with a text in the public key,
name, endpoint or allowed IPs, and ignores case. Without DEVICE it also omits devices
without such a peer.

--watch or -w repeats the output until it is interrupted: every two seconds, or at the
interval that follows, as in "-w 5", "-w=5" or "--watch 500ms". For a device whose name
is a number or a time, write "-w=2 DEVICE" or "-w -- DEVICE". On a terminal it
replaces what it has shown; otherwise an empty line separates two outputs. An error does
not end it; a lasting one is printed once, except on a terminal. It exits with 130 after
Ctrl-C. "top" also shows rates.

show adds the names of peers that comments in the files of --names give them, as "top"
does; the file named after the device takes precedence. FIELD shows no names, except
with --json. Files given with --names must exist.

show hides private, preshared and header protection keys, except in the fields
"private-key", "preshared-keys", "header-protection-key" and "dump", or with
WG_HIDE_KEYS=never. With --json, FIELD selects what is printed, and only --show-keys
shows keys. show exits with 1 if a device cannot be read; the others are printed.`

const showExample = `  wgctrl show
  wgctrl show wg0 latest-handshakes
  wgctrl show all dump
  wgctrl show interfaces
  wgctrl show wg0 --names peers.conf
  wgctrl show wg0 -w 5
  wgctrl show wg0 --sort transfer --filter 10.0.1.
  wgctrl show wg0 --json | jq '.peers[].endpoint'`

const (
	showconfLong = `showconf prints the configuration of DEVICE as a file of wg(8). The output contains
the private key and preshared keys.`

	setconfLong = `setconf replaces the configuration of DEVICE with that in FILE, a file of wg(8). It
ends the sessions of all peers; sync keeps them. For a file of wg-quick(8) use sync.
If FILE has no ListenPort, the system chooses a new port; if it has no FwMark, the
mark is removed. Parameters of AmneziaWG that FILE does not set stay.`

	addconfLong = `addconf applies the settings and peers of FILE, a file of wg(8), to DEVICE. If DEVICE
already has a peer, the allowed IPs in FILE replace the peer's; without AllowedIPs
in FILE the peer loses all. Other settings that FILE does not set stay. Other peers
do not change, unless they lose a prefix to a peer of FILE.`

	syncconfLong = `syncconf is like setconf but keeps the sessions of peers that are also in FILE. As
in wg(8), it rewrites all allowed IPs, and chooses a new port if FILE has none; sync
changes only the differences.`
)

func newShowconf(cf *clientFlags) *cobra.Command {
	return newWGCommand(cf, "showconf DEVICE", "Print the configuration of a device as a file for setconf", deviceArgs(exactArgs("DEVICE")), cf.completeDevice,
		showconfLong, "  (umask 077; wgctrl showconf wg0 > wg0.conf)")
}

func newSetconf(cf *clientFlags) *cobra.Command {
	return withAllowEmpty(newConf(cf, "setconf DEVICE FILE", "Replace the configuration of a device",
		setconfLong+setconfSafety, "  wgctrl setconf wg0 wg0.conf\n  wgctrl strip wg-quick.conf | wgctrl setconf wg0 /dev/stdin"))
}

func newAddconf(cf *clientFlags) *cobra.Command {
	return newConf(cf, "addconf DEVICE FILE", "Add the settings of a file to a device",
		addconfLong, "  wgctrl addconf wg0 more.conf")
}

func newSyncconf(cf *clientFlags) *cobra.Command {
	return withAllowEmpty(newConf(cf, "syncconf DEVICE FILE", "Replace the configuration of a device, keeping sessions",
		syncconfLong+setconfSafety, "  wgctrl syncconf wg0 wg0.conf"))
}

// newConf returns a command of wg(8) that applies a file to a device.
func newConf(cf *clientFlags, use, short, long, example string) *cobra.Command {
	return newWGCommand(cf, use, short, deviceArgs(exactArgs("DEVICE", "FILE")), cf.completeDeviceFile, long, example)
}

func newGenkey(cf *clientFlags) *cobra.Command {
	return newWGCommand(cf, "genkey", "Print a new private key", exactArgs(), noCompletion,
		"genkey prints a new private key in base64.", "  (umask 077; wgctrl genkey > wg0.key)")
}

func newGenpsk(cf *clientFlags) *cobra.Command {
	return newWGCommand(cf, "genpsk", "Print a new preshared key", exactArgs(), noCompletion,
		"genpsk prints a new preshared key in base64.", "  (umask 077; wgctrl genpsk > wg0.psk)")
}

func newPubkey(cf *clientFlags) *cobra.Command {
	return newWGCommand(cf, "pubkey", "Print the public key of the private key on standard input", exactArgs(), noCompletion,
		"pubkey reads a private key in base64 from standard input and prints its public key.",
		"  wgctrl pubkey < wg0.key")
}

// newWGCommand returns a command of wg(8).
func newWGCommand(cf *clientFlags, use, short string, args cobra.PositionalArgs, complete completion, long, example string) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short, Long: long, Example: example,
		Args: args, ValidArgsFunction: complete, DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error { return cf.wg(cmd, args, nil) },
	}
}

// newSet returns the command set, whose arguments may begin with "-".
func newSet(cf *clientFlags) *cobra.Command {
	cmd := newWGCommand(cf, "set DEVICE [listen-port N] [fwmark N] [private-key FILE] [PARAMETER VALUE]... [peer KEY ...]...",
		"Change a device and its peers", cobra.ArbitraryArgs, cf.completeSet, setLong, setExample)
	cmd.DisableFlagParsing = true
	check := deviceArgs(requireArgs("DEVICE", "SETTING"))
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) > 0 && (args[0] == "--help" || args[0] == "-h") {
			return cmd.Help()
		}
		if len(args) > 0 && strings.HasPrefix(args[0], "--") {
			return fmt.Errorf("set: unexpected flag %q: set has no flags, and global flags must come before it", args[0])
		}
		if err := check(cmd, args); err != nil {
			return err
		}
		return cf.wg(cmd, args, nil)
	}
	return cmd
}

// showArgs checks the arguments of show.
func showArgs(cmd *cobra.Command, args []string) error {
	most := 2
	switch {
	case len(args) == 0:
		return nil
	case args[0] == "interfaces":
		most = 1
	case args[0] != "all":
		if err := checkDeviceName(args[0]); err != nil {
			return err
		}
	}
	if len(args) > most {
		return fmt.Errorf("show: unexpected argument %q; usage: %s", keytext.HideLong(args[most]), cmd.UseLine())
	}
	if len(args) == 2 {
		if _, ok := fieldOf(args[1]); !ok {
			return fmt.Errorf(`show: unknown field %q; run "wgctrl show --help" for a list`, keytext.HideLong(args[1]))
		}
	}
	return nil
}

func newShow(cf *clientFlags) *cobra.Command {
	var asJSON, keys bool
	var files namesFlag
	var peers peerFlags
	var repeat repeatFlag
	check := func(cmd *cobra.Command, args []string) error {
		args, err := repeat.takeTimes(args)
		return cmp.Or(err, showArgs(cmd, args), peers.check(cmd.Flags().Changed, args))
	}
	complete := func(cmd *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective) {
		args, err := repeat.takeTimes(args)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return cf.completeShow(cmd, args, toComplete)
	}
	cmd := newWGCommand(cf, "show [DEVICE | all | interfaces] [FIELD]", "Show devices", check, complete, showLong, showExample)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		args, err := repeat.takeTimes(args)
		if err != nil {
			return err
		}
		names, err := files.read(cmd)
		if err != nil {
			return err
		}
		view := peerView{peers.order, strings.ToLower(peers.filter), names}
		once := func() error { return cf.wg(cmd, args, &view) }
		switch {
		case asJSON:
			once = func() error { return runShowJSON(cmd, cf, args, keys, view) }
		case view.filter != "" && view.order == "" && len(args) < 2:
			view.order = byHandshake // as without a filter
		}
		if repeat.every > 0 {
			return repeat.run(cmd, once)
		}
		return once()
	}
	cmd.Aliases = []string{"status"}
	cmd.SuggestFor = []string{"describe", "get", "stat", "stats"}
	cmd.DisableFlagsInUseLine = false
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON without secrets")
	cmd.Flags().BoolVar(&keys, "show-keys", false, "with --json, include secrets")
	peers.add(cmd)
	repeat.add(cmd)
	files.add(cmd)
	return cmd
}

// wg runs a command of wg(8). It explains errors further than wg(8) does, and presents
// peers as view says, unless it is nil.
func (cf *clientFlags) wg(cmd *cobra.Command, args []string, view *peerView) error {
	return cf.wgNamed(cmd, cmd.Name(), args, view)
}

// wgNamed runs the command of wg(8) with a name.
func (cf *clientFlags) wgNamed(cmd *cobra.Command, name string, args []string, view *peerView) error {
	s := Streams{In: cmd.InOrStdin(), Out: cmd.OutOrStdout(), Err: cmd.ErrOrStderr()}
	env := s.env(cmd.Root().Name())
	env.Explain = func(w io.Writer, err error) { cf.forCommand(cmd).explain(cmd.Context(), w, err) }
	env.Clean = termtext.CleanLines
	env.LookupEnv = lookupEnv
	env.Strict = true
	if view != nil {
		env.PeerName = view.names.of
		if view.arranges() {
			env.Arrange = view.arrange
		}
	}
	env.AllowEmpty, _ = cmd.Flags().GetBool(allowEmptyFlag) // false without the flag
	shown, done := cf.showProgress(s.Err)
	env.Client = func() (*wgctrl.Client, error) { return shown.client(wgctrl.WithZeroPublicKeys()) }
	code := wgcommand.Run(cmd.Context(), append([]string{name}, args...), env)
	done()
	if code != exitOK {
		return errReported
	}
	return nil
}
