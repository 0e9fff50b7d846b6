package cli

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// demoTable shows devices that have one peer each.
func demoTable(devices []*wgtypes.Device, now time.Time) string {
	var b strings.Builder
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "  DEVICE\tPORT\tPEER'S ENDPOINT\tALLOWED IPS\tHANDSHAKE\tRECEIVED\tSENT")
	for _, d := range devices {
		p := d.Peers[0]
		age := now.Sub(p.LastHandshake).Round(time.Millisecond)
		fmt.Fprintf(table, "  %s\t%d\t%s\t%s\t%v ago\t%d B\t%d B\n",
			d.Name, d.ListenPort, p.Endpoint, prefixes(p), age, p.ReceiveBytes, p.TransmitBytes)
	}
	table.Flush()
	return b.String()
}

func prefixes(p wgtypes.Peer) string {
	var texts []string
	for _, prefix := range p.AllowedIPs {
		texts = append(texts, prefix.String())
	}
	return strings.Join(texts, ", ")
}
