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

const watchLong = `watch prints a line for each change of devices and peers until it is interrupted. A
line has the time, the kind of change, the device, the peer and details. watch first
prints the existing devices and peers, and then "ready".

Kinds of lines:
  device-added, device-removed, device-renamed, device-changed
                        a device, its name or its settings
  peer-added, peer-removed, peer-changed
                        a peer or its settings
  endpoint, handshake   a peer has another endpoint or a new handshake
  connected, disconnected
                        a session of a peer began or ended
  unanswered            a peer has not answered for 20 seconds
  transfer              bytes that a peer has received and sent
  unreadable, readable  a device cannot be read, or can be read again
  ready                 all existing devices and peers have been printed

--only selects the kinds of lines. Without it, watch prints all but transfer, which
--transfer adds and --json includes. A peer with traffic has a transfer line after each
reading or, with --transfer-interval, at most one in this time, rounded to whole
readings. The line has the bytes since the one before.

DEVICE is the name of a device to watch; it need not exist yet. A renamed device is
printed as removed or added, unless both names are given. Without DEVICE, watch
watches all devices. Added, removed and renamed devices are printed immediately where
the system reports them (kernel devices on Linux and the BSDs, sockets); other
changes, such as peers, handshakes and bytes, are printed after the next reading. A
peer is connected while its last handshake is at most three minutes old. A device
that cannot be read is printed once with the error; the others are still watched.

A peer is unanswered if two readings, at least 20 seconds apart, find that more than
keepalives was sent to it, and none after the first that bytes were received. This is
printed again only after bytes were received or a new handshake. Peers of boringtun and
GotaTun are never unanswered, because these do not count keepalives and handshakes.

After the key of a peer is its name in parentheses, if comments in the files of --names
give it one, as with "top". The file named after the device takes precedence. watch
reads the files when it starts. Files given with --names must exist.

With --json each line is a JSON object without secrets. watch exits with 130 after
Ctrl-C, with 143 after SIGTERM, and with 1 after an error.`

const watchExample = `  wgctrl watch
  wgctrl watch wg0 wg1 --interval 1s
  wgctrl watch --only connected,disconnected,unanswered
  wgctrl watch --transfer --transfer-interval 1m
  wgctrl watch --json | jq 'select(.kind == "connected").peer'`

// minInterval limits how often devices are read.
const minInterval = 10 * time.Millisecond

func newWatch(cf *clientFlags) *cobra.Command {
	var o wgctrl.WatchOptions
	var asJSON bool
	var files namesFlag
	var filter watchFilter
	cmd := &cobra.Command{
		Use:               "watch [DEVICE...]",
		SuggestFor:        []string{"events", "monitor"},
		Short:             "Print what changes about devices and peers",
		Long:              watchLong,
		Example:           watchExample,
		Args:              allDevices,
		ValidArgsFunction: cf.completeDevices,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Devices = args
			if err := checkInterval(o.Interval); err != nil {
				return err
			}
			kinds, err := filter.check(cmd.Flags().Changed, asJSON)
			if err != nil {
				return err
			}
			names, err := files.read(cmd)
			if err != nil {
				return err
			}
			form := appendEvent
			if asJSON {
				form = appendEventJSON
			}
			out := &eventLines{
				w: cmd.OutOrStdout(), kinds: kinds, limit: newTransferLimit(filter.interval, o.Interval),
				appendTo: func(b []byte, e wgtypes.Event) []byte { return form(b, e, eventName(e, names)) },
			}
			return cf.run(cmd, func(c *wgctrl.Client) error { return runWatch(cmd, cf, c, o, out) })
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON object on each line")
	filter.add(cmd)
	files.add(cmd)
	o.Interval = 5 * time.Second
	cmd.Flags().Var((*durationFlag)(&o.Interval), "interval", "time between two readings of a device")
	nameArgument(cmd.Flags(), "interval", "time")
	registerCompletion(cmd, "interval", noCompletion)
	return cmd
}

func checkInterval(d time.Duration) error {
	if d < minInterval {
		return fmt.Errorf("invalid --interval %v: must be at least %v", d, minInterval)
	}
	return nil
}

// runWatch writes events until cmd's context is cancelled or writing fails.
func runWatch(cmd *cobra.Command, cf *clientFlags, c *wgctrl.Client, o wgctrl.WatchOptions, out *eventLines) error {
	useDefaultGC()
	missing := newMissingDevices(o.Devices)
	for e, err := range c.Watch(cmd.Context(), o) {
		if err != nil {
			return unlessInterrupted(cmd.Context(), err)
		}
		missing.apply(e)
		if e.Kind == wgtypes.EventReady {
			missing.report(cmd.Context(), cf, cmd.ErrOrStderr(), ": waiting for it")
		}
		if err := out.write(e); err != nil {
			return err
		}
	}
	return unlessInterrupted(cmd.Context(), nil)
}

// eventLines writes events as lines.
type eventLines struct {
	w        io.Writer
	kinds    []wgtypes.EventKind // to write
	limit    *transferLimit
	appendTo func([]byte, wgtypes.Event) []byte
	line     []byte
}

// write writes the line of an event, unless its kind is not selected or it is part of
// a later line.
func (l *eventLines) write(e wgtypes.Event) error {
	e, whole := l.limit.apply(e)
	if !whole || !slices.Contains(l.kinds, e.Kind) {
		return nil
	}
	l.line = append(l.appendTo(l.line[:0], e), '\n')
	_, err := l.w.Write(l.line)
	return err
}

// unlessInterrupted returns err, or errReported if ctx is cancelled.
func unlessInterrupted(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return errReported
	}
	return err
}

// eventName returns the name of the peer of an event, or "".
func eventName(e wgtypes.Event, names fileNames) string {
	if p := e.Peer(); p != nil {
		return names.of(e.Device.Name, p.PublicKey)
	}
	return ""
}

// appendEventJSON appends an event as JSON on one line, with the name of its peer,
// unless that is "".
func appendEventJSON(b []byte, e wgtypes.Event, name string) []byte {
	text, err := json.Marshal(e)
	if err == nil {
		text, err = insertMember(text, "peer", "peer_name", name)
	}
	if err != nil { // events of Watch can be marshalled
		text = fmt.Appendf(nil, `{"kind":%q}`, e.Kind)
	}
	return append(b, termtext.EscapeJSON(text)...)
}

// missingDevices tracks which of the named devices do not exist.
type missingDevices map[string]*missingDevice

// missingDevice is a name. Devices of different kinds may share it.
type missingDevice struct {
	present  map[wgtypes.DeviceRef]bool
	reported bool // whether report has printed it
}

func newMissingDevices(names []string) missingDevices {
	m := make(missingDevices)
	for _, name := range names {
		m[name] = &missingDevice{present: make(map[wgtypes.DeviceRef]bool)}
	}
	return m
}

// apply applies an event of Watch.
func (m missingDevices) apply(e wgtypes.Event) {
	d := m[e.Device.Name]
	switch {
	case d == nil: // not one of the names
	case e.Kind == wgtypes.EventDeviceRemoved:
		delete(d.present, e.Device)
		d.reported = false
	default:
		d.present[e.Device] = true
	}
}

// any reports whether a named device is missing.
func (m missingDevices) any() bool {
	for _, d := range m {
		if len(d.present) == 0 {
			return true
		}
	}
	return false
}

// report prints the missing devices, each once, with a note.
func (m missingDevices) report(ctx context.Context, cf *clientFlags, w io.Writer, note string) {
	for _, name := range slices.Sorted(maps.Keys(m)) {
		d := m[name]
		if len(d.present) > 0 || d.reported {
			continue
		}
		d.reported = true
		fmt.Fprintf(w, "wgctrl: no such device: %q%s\n", name, note)
		if refs, err := cf.list(ctx); err == nil && len(refs) > 0 {
			fmt.Fprintf(w, "  hint: %s\n", existingDevices(refs))
		}
	}
}
