package cli

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/termtext"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// runList shows what there is, and says on stderr what could not be read.
func runList(cmd *cobra.Command, p places) error {
	c, err := p.client()
	if err != nil {
		return err
	}
	defer c.Close()
	found, err := list(cmd.Context(), c)
	if len(found) > 0 {
		writeList(cmd.OutOrStdout(), found)
	}
	if err != nil {
		report(cmd.ErrOrStderr(), err)
		return errReported
	}
	if len(found) == 0 {
		writeNoneFound(cmd.ErrOrStderr(), p)
	}
	return nil
}

// listed is a device that was found, and its state if it could be read.
type listed struct {
	wgtypes.DeviceRef
	state *wgtypes.Device
}

// list finds devices and reads them. What vanished in between is left out.
func list(ctx context.Context, c *wgctrl.Client) ([]listed, error) {
	refs, _ := c.List(ctx) // Devices lists again, with the same errors
	devices, err := c.Devices(ctx)
	states := make(map[wgtypes.DeviceRef]*wgtypes.Device)
	for _, d := range devices {
		states[wgtypes.DeviceRef{Name: d.Name, Kind: d.Kind, Index: d.Index}] = d
	}
	var found []listed
	for _, ref := range refs {
		if state := states[ref]; state != nil || err != nil {
			found = append(found, listed{ref, state})
		}
	}
	return found, err
}

// unread stands for what could not be read.
const unread = "-"

func writeList(w io.Writer, found []listed) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	defer table.Flush()
	fmt.Fprintln(table, "NAME\tKIND\tPUBLIC KEY\tPORT\tPEERS")
	for _, d := range found {
		key, port, peers := unread, unread, unread
		if d.state != nil {
			key, port, peers = publicKey(d.state), listenPort(d.state), strconv.Itoa(len(d.state.Peers))
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", termtext.Clean(d.Name), d.Kind, key, port, peers)
	}
}

func publicKey(d *wgtypes.Device) string {
	if d.PublicKey.IsZero() {
		return "(none)"
	}
	return d.PublicKey.String()
}

func listenPort(d *wgtypes.Device) string {
	if d.ListenPort == 0 {
		return "(none)"
	}
	return strconv.Itoa(int(d.ListenPort))
}
