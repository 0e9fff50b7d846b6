package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/termtext"
	"github.com/wgctrl/wgctrl/wgtypes"
)

const watchLong = `watch prints a line for each thing that changes about devices and peers, until it
is interrupted: when, what, the device, the peer, and what of it. It begins with
what is there, and then says "ready".

Devices that come, go or are renamed are seen at once; the rest, such as peers,
handshakes and bytes, at the next reading. A peer is connected while its last
handshake is at most three minutes old. What cannot be read is said once, and
the others are watched all the while. A device that is named need not exist yet.

With --json each line is an object, which holds no secret.`

const watchExample = `  wgctrl watch
  wgctrl watch wg0 wg1 --interval 1s
  wgctrl watch --json | jq 'select(.kind == "connected").peer'`

// leastInterval keeps readings from following each other without a pause.
const leastInterval = 10 * time.Millisecond

func newWatch(p *places) *cobra.Command {
	var o wgctrl.WatchOptions
	var asJSON bool
	cmd := &cobra.Command{
		Use:               "watch [DEVICE...]",
		Short:             "Print what changes about devices and peers",
		Long:              watchLong,
		Example:           watchExample,
		ValidArgsFunction: p.completeDevices,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Devices = args
			if err := checkInterval(o.Interval); err != nil {
				return err
			}
			write := appendEvent
			if asJSON {
				write = appendEventJSON
			}
			return p.run(cmd, func(c *wgctrl.Client) error { return runWatch(cmd, p, c, o, write) })
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON, an object on each line")
	cmd.Flags().DurationVar(&o.Interval, "interval", 5*time.Second, "`time` between two readings of a device")
	return cmd
}

func checkInterval(d time.Duration) error {
	if d < leastInterval {
		return fmt.Errorf("--interval %v is less than %v", d, leastInterval)
	}
	return nil
}

// runWatch writes events until ctx ends, or nobody reads them any more.
func runWatch(cmd *cobra.Command, p *places, c *wgctrl.Client, o wgctrl.WatchOptions, appendTo func([]byte, wgtypes.Event) []byte) error {
	usualCollection()
	var line []byte
	named := newAbsence(o.Devices)
	for e, err := range c.Watch(cmd.Context(), o) {
		if err != nil {
			return unlessInterrupted(cmd.Context(), err)
		}
		named.saw(e)
		if e.Kind == wgtypes.EventReady {
			named.report(cmd.Context(), p, cmd.ErrOrStderr())
		}
		line = append(appendTo(line[:0], e), '\n')
		if _, err := cmd.OutOrStdout().Write(line); err != nil {
			return err
		}
	}
	return unlessInterrupted(cmd.Context(), nil)
}

// unlessInterrupted returns err, or that all was said if someone ended the
// command.
func unlessInterrupted(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return errReported
	}
	return err
}

// appendEventJSON appends an event as JSON, on one line.
func appendEventJSON(b []byte, e wgtypes.Event) []byte {
	text, err := json.Marshal(e)
	if err != nil { // an event of Watch has a JSON form
		text = fmt.Appendf(nil, `{"kind":%q}`, e.Kind)
	}
	return append(b, termtext.EscapeJSON(text)...)
}

// absence tells which of the named devices are not there.
type absence map[string]presence

type presence int

const (
	absent presence = iota
	reported
	present
)

func newAbsence(names []string) absence {
	a := make(absence)
	for _, name := range names {
		a[name] = absent
	}
	return a
}

// saw takes note of an event.
func (a absence) saw(e wgtypes.Event) {
	if _, named := a[e.Device.Name]; !named {
		return
	}
	a[e.Device.Name] = present
	if e.Kind == wgtypes.EventDeviceRemoved {
		a[e.Device.Name] = absent
	}
}

// any reports whether a named device is not there.
func (a absence) any() bool {
	for _, p := range a {
		if p != present {
			return true
		}
	}
	return false
}

// report says once which devices are waited for, and which may have been meant.
func (a absence) report(ctx context.Context, p *places, w io.Writer) {
	for _, name := range slices.Sorted(maps.Keys(a)) {
		if a[name] != absent {
			continue
		}
		a[name] = reported
		fmt.Fprintf(w, "wgctrl: no such device: %q: waiting for it\n", name)
		p.hintNames(ctx, w, name)
	}
}
