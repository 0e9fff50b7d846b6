package wgcommand

import (
	"context"
	"errors"
	"io"
	"net/netip"
	"runtime"
	"strings"
	"syscall"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// command is the state of one run.
type command struct {
	ctx    context.Context
	env    *Env
	name   string // of the subcommand
	out    output
	client *wgctrl.Client // nil until it is needed
}

// message is an error with the text that wg prints: one or more lines, of which
// the last may lack its line feed.
type message string

func (m message) Error() string { return string(m) }

// failure is an error of the library with the message that wg prints for it.
type failure struct {
	line  string
	cause error
}

func (f *failure) Error() string { return f.line }
func (f *failure) Unwrap() error { return f.cause }

// failed returns the failure of the operation what with an error of the library.
func failed(what string, err error) error { return &failure{what + ": " + deviceReason(err), err} }

// errPrinted is the error of a command that has printed its messages.
var errPrinted = errors.New("failed")

// report prints why the command or a step of it failed. It prints nothing if ctx
// has ended.
func (c *command) report(err error) {
	if err == errPrinted || c.ctx.Err() != nil {
		return
	}
	var f *failure
	explained := c.env.Explain != nil && errors.As(err, &f)
	if explained && c.env.Strict {
		_ = c.out.flush() // output remembers the error
	} else {
		c.writeMessage(err.Error())
	}
	if explained {
		c.env.Explain(c.env.Err, f.cause)
	}
}

// writeMessage flushes the output and then writes text to Err.
func (c *command) writeMessage(text string) {
	_ = c.out.flush() // output remembers the error
	if !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	_, _ = io.WriteString(c.env.Err, c.clean(text)) // nothing is left to report it to
}

func (c *command) close() {
	c.out.wipe()
	if c.client != nil {
		_ = c.client.Close() // nothing is in flight
	}
}

// open returns the Client. It creates the Client the first time.
func (c *command) open() (*wgctrl.Client, error) {
	if c.client == nil {
		client, err := c.env.Client()
		if err != nil {
			return nil, err
		}
		c.client = client
	}
	return c.client, nil
}

// device reads a device. Zones of endpoints are names of links, where known.
func (c *command) device(name string) (*wgtypes.Device, error) {
	client, err := c.clientFor(name)
	if err != nil {
		return nil, err
	}
	d, err := client.Device(c.ctx, name)
	if err != nil {
		return nil, err
	}
	nameZones(d)
	if !c.knowsAmnezia() {
		removeAmnezia(d)
	}
	return d, nil
}

// nameZones replaces the zones of endpoints by the names of links, where known.
func nameZones(d *wgtypes.Device) {
	for i := range d.Peers {
		if e := &d.Peers[i].Endpoint; e.Addr().Zone() != "" {
			*e = netip.AddrPortFrom(nameZone(e.Addr()), e.Port())
		}
	}
}

// configure changes a device.
func (c *command) configure(name string, config wgtypes.Config) error {
	client, err := c.clientFor(name)
	if err != nil {
		return err
	}
	return client.ConfigureDevice(c.ctx, name, config)
}

// clientFor checks the name of a device, removes its socket if the daemon has
// ended, and returns the Client.
func (c *command) clientFor(name string) (*wgctrl.Client, error) {
	const maxName = 15 // IFNAMSIZ is 16 with its NUL byte
	if len(name) > maxName && runtime.GOOS != "windows" {
		return nil, syscall.ENAMETOOLONG
	}
	c.prune(name)
	return c.open()
}
