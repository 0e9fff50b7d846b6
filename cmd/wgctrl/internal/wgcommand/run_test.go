package wgcommand_test

import (
	"context"
	"errors"
	"strings"
	"syscall"
	"testing"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/wgcommand"
)

const generalUsage = `Usage: wg <cmd> [<args>]

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

const setUsage = "Usage: wg set <interface> [listen-port <port>] [fwmark <mark>] [private-key <file path>] " +
	"[peer <base64 public key> [remove] [preshared-key <file path>] [endpoint <ip>:<port>] " +
	"[persistent-keepalive <interval seconds>] [allowed-ips [+|-]<ip1>/<cidr1>[,[+|-]<ip2>/<cidr2>]...] ]...\n"

const wgVersion = "wireguard-tools v1.0.20260223 - https://git.zx2c4.com/wireguard-tools/\n"

// TestUsage compares the usage messages with those of wg 1.0.20260223.
func TestUsage(t *testing.T) {
	t.Parallel()
	fails := func(text string) result { return result{err: text, code: 1} }
	for words, want := range map[string]result{
		"help":                {out: generalUsage},
		"-h":                  {out: generalUsage},
		"--help":              {out: generalUsage},
		"help me":             fails("Invalid subcommand: `help'\n" + generalUsage),
		"version":             {out: wgVersion},
		"-v":                  {out: wgVersion},
		"--version":           {out: wgVersion},
		"--version x":         fails("Invalid subcommand: `--version'\n" + generalUsage),
		"bogus":               fails("Invalid subcommand: `bogus'\n" + generalUsage),
		"SHOW":                fails("Invalid subcommand: `SHOW'\n" + generalUsage),
		"set":                 fails(setUsage),
		"set wg0":             fails(setUsage),
		"set --help":          fails(setUsage),
		"setconf":             fails("Usage: wg setconf <interface> <configuration filename>\n"),
		"setconf wg0":         fails("Usage: wg setconf <interface> <configuration filename>\n"),
		"setconf wg0 a b":     fails("Usage: wg setconf <interface> <configuration filename>\n"),
		"addconf":             fails("Usage: wg addconf <interface> <configuration filename>\n"),
		"syncconf --help x y": fails("Usage: wg syncconf <interface> <configuration filename>\n"),
		"genkey x":            fails("Usage: wg genkey\n"),
		"genpsk --help":       fails("Usage: wg genpsk\n"),
		"pubkey x":            fails("Usage: wg pubkey\n"),
	} {
		if got := newMachine().run(t, strings.Fields(words)...); got != want {
			t.Errorf("Run(%q) = %+v, want %+v", words, got, want)
		}
	}
	if got, want := newMachine().run(t, ""), fails("Invalid subcommand: `'\n"+generalUsage); got != want {
		t.Errorf("Run with an empty argument = %+v, want %+v", got, want)
	}
}

// fullDisk is a writer that has no space left.
type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, syscall.ENOSPC }

// TestWriteError checks that write errors are reported. (wg ignores them.)
func TestWriteError(t *testing.T) {
	t.Parallel()
	needLinuxMessages(t)
	m := newMachine("wg0", "listen_port=1\n")
	m.change = func(e *wgcommand.Env) { e.Out = fullDisk{} }
	want := result{err: "Unable to write: No space left on device\n", code: 1}
	for _, words := range []string{"help", "--version", "show", "show wg0", "show interfaces", "show all dump", "showconf wg0", "genkey"} {
		if got := m.run(t, strings.Fields(words)...); got != want {
			t.Errorf("Run(%q) = %+v, want %+v", words, got, want)
		}
	}
	m.change = func(e *wgcommand.Env) {
		strict(e)
		e.Out = fullDisk{}
	}
	want = result{err: "wgctrl: unable to write: No space left on device\n", code: 1}
	if got := m.run(t, "show", "wg0"); got != want {
		t.Errorf("Run(show wg0) with Strict = %+v, want %+v", got, want)
	}
}

// TestCancelled checks that nothing is printed after the context has ended.
func TestCancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	m := newMachine("wg0", "listen_port=1\n")
	for _, words := range []string{"show wg0", "show", "set wg0 fwmark 1"} {
		var out, stderr strings.Builder
		code := wgcommand.Run(ctx, strings.Fields(words), wgcommand.Env{Program: "wg", Out: &out, Err: &stderr, Client: m.client})
		if code != 1 || out.Len() > 0 || stderr.Len() > 0 {
			t.Errorf("Run(%q) = %d, output %q, messages %q, want 1 and nothing printed", words, code, out.String(), stderr.String())
		}
	}
}

// TestNoClient checks the messages if the Client cannot be created.
func TestNoClient(t *testing.T) {
	t.Parallel()
	m := newMachine()
	m.change = func(e *wgcommand.Env) {
		e.Client = func() (*wgctrl.Client, error) { return nil, errors.New("wgctrl: no client") }
	}
	for words, want := range map[string]string{
		"show":             "Unable to list interfaces: no client\n",
		"show wg0":         "Unable to access interface: no client\n",
		"set wg0 fwmark 1": "Unable to modify interface: no client\n",
	} {
		if got := m.run(t, strings.Fields(words)...); got != (result{err: want, code: 1}) {
			t.Errorf("Run(%q) = %+v, want error %q and code 1", words, got, want)
		}
	}
}
