package wgcommand

import (
	"context"
	"errors"
	"strings"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/awgparam"
)

// The exit codes of Run are those of wg.
const (
	exitOK     = 0
	exitFailed = 1
)

// Run runs the command with args, which exclude its name, and returns its exit code:
// 0, or 1 after a message on Err. When ctx ends it returns 1 without a message.
// Reads of In and of files named by arguments cannot be interrupted.
func Run(ctx context.Context, args []string, env Env) (code int) {
	c := &command{ctx: ctx, env: &env, out: newOutput(env.Out)}
	defer c.close()
	err := c.run(args)
	if flushErr := c.out.flush(); err == nil && flushErr != nil {
		err = message("Unable to write: " + fileReason(flushErr))
		if env.Strict {
			err = c.strictError(errors.New(firstLower(err.Error())))
		}
	}
	if err == nil {
		return exitOK
	}
	c.report(err)
	return exitFailed
}

// What --version prints: that of the wg release that tests compare with, and that of
// the awg release with the same parameters.
const (
	version        = "wireguard-tools v1.0.20260223 - https://git.zx2c4.com/wireguard-tools/\n"
	amneziaVersion = "amneziawg-tools v3.1.20260812 - https://amnezia.org\n"
)

// run runs the subcommand args[0]. Without args it runs show.
func (c *command) run(args []string) error {
	if len(args) == 0 {
		args = []string{"show"}
	}
	if len(args) == 1 {
		switch args[0] {
		case "-v", "--version", "version":
			text := version
			if c.env.Amnezia {
				text = amneziaVersion
			}
			c.out.b = append(c.out.b, text...)
			return nil
		case "-h", "--help", "help":
			c.out.b = append(c.out.b, c.generalUsage()...)
			return nil
		}
	}
	run := subcommand(args[0])
	if run == nil {
		return message("Invalid subcommand: `" + args[0] + "'\n" + c.generalUsage())
	}
	c.name = args[0]
	return run(c, args[1:])
}

// subcommand returns the function of a subcommand, or nil if the name is unknown.
func subcommand(name string) func(c *command, args []string) error {
	switch name {
	case "show":
		return (*command).show
	case "showconf":
		return (*command).showConf
	case "set":
		return (*command).set
	case "setconf", "addconf", "syncconf":
		return (*command).applyFile
	case "genkey", "genpsk":
		return (*command).generate
	case "pubkey":
		return (*command).publicKey
	}
	return nil
}

// generalText follows "Usage: PROGRAM".
const generalText = ` <cmd> [<args>]

Available subcommands:
  show: Shows the current configuration and device information
  showconf: Shows the current configuration of a given WireGuard interface, for use with ` + "`setconf'" + `
  set: Change the current configuration, add peers, remove peers, or change peers
  setconf: Applies a configuration file to a WireGuard interface
  addconf: Appends a configuration file to a WireGuard interface
  syncconf: Synchronizes a configuration file to a WireGuard interface
  genkey: Generates a new private key and writes it to stdout
  genpsk: Generates a new preshared key and writes it to stdout
  pubkey: Reads a private key from stdin and writes a public key to stdout
You may pass ` + "`--help'" + ` to any of these subcommands to view usage.
`

// The arguments of the subcommands in usage texts.
const (
	showConfArgs = "<interface>"
	fileArgs     = "<interface> <configuration filename>"
	noArgs       = ""
)

// showArgs returns the arguments of show.
func (c *command) showArgs() string {
	args := "{ <interface> | all | interfaces } [public-key | private-key | listen-port | fwmark | peers | " +
		"preshared-keys | endpoints | allowed-ips | latest-handshakes | transfer | persistent-keepalive | dump"
	if c.env.Amnezia {
		args += " | " + strings.Join(awgparam.Words(), " | ")
	}
	return args + "]"
}

// setArgs returns the arguments of set.
func (c *command) setArgs() string {
	args := "<interface> [listen-port <port>] [fwmark <mark>] [private-key <file path>] "
	if c.env.Amnezia {
		args += parameterArgs()
	}
	return args + "[peer <base64 public key> [remove] [preshared-key <file path>] [endpoint <ip>:<port>] " +
		"[persistent-keepalive <interval seconds>] [allowed-ips [+|-]<ip1>/<cidr1>[,[+|-]<ip2>/<cidr2>]...] ]..."
}

func (c *command) generalUsage() string { return "Usage: " + c.env.Program + generalText }

// usage returns the usage line of the running subcommand.
func (c *command) usage(args string) string {
	return strings.TrimSuffix("Usage: "+c.env.Program+" "+c.name+" "+args, " ") + "\n"
}

// usageError returns the error for wrong arguments of the running subcommand.
func (c *command) usageError(args string) error { return message(c.usage(args)) }
