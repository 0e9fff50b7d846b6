package cli

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// peerOrder is the value of --sort, or "" for the device's order.
type peerOrder string

const (
	byHandshake peerOrder = "handshake"
	byTransfer  peerOrder = "transfer"
	byName      peerOrder = "name"
	byKey       peerOrder = "key"
)

// peerOrders are the values of --sort.
var peerOrders = []string{string(byHandshake), string(byTransfer), string(byName), string(byKey)}

func (o peerOrder) String() string { return string(o) }
func (o peerOrder) Type() string   { return "order" }

func (o *peerOrder) Set(text string) error {
	if !slices.Contains(peerOrders, text) {
		return errors.New("must be " + orList(peerOrders))
	}
	*o = peerOrder(text)
	return nil
}

// peerFlags are the flags of show that select and sort peers.
type peerFlags struct {
	order  peerOrder
	filter string
}

// add adds the flags to cmd.
func (f *peerFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.Var(&f.order, "sort", "sort the peers by "+orList(peerOrders))
	flags.StringVar(&f.filter, "filter", "", "show only peers with this text in the key, name, endpoint or allowed IPs")
	nameArgument(flags, "sort", "order")
	nameArgument(flags, "filter", "text")
	registerCompletion(cmd, "sort", cobra.FixedCompletions(peerOrders, cobra.ShellCompDirectiveNoFileComp))
	registerCompletion(cmd, "filter", noCompletion)
}

// check checks the flags. given tells which are on the command line.
func (f *peerFlags) check(given func(flag string) bool, args []string) error {
	if given("filter") && f.filter == "" {
		return errors.New(`invalid --filter "": must not be empty`)
	}
	for _, flag := range []string{"sort", "filter"} {
		if given(flag) && len(args) > 0 && args[0] == "interfaces" {
			return fmt.Errorf("show: --%s does not apply to interfaces", flag)
		}
	}
	return nil
}

// peerView is how show presents peers: which, in which order and with which names. The
// zero value presents all, in the device's order and without names.
type peerView struct {
	order  peerOrder
	filter string // lower case
	names  fileNames
}

// arranges reports whether the view selects or sorts peers.
func (v peerView) arranges() bool { return v.filter != "" || v.order != "" }

// arrange removes the peers of a device that are not shown, and sorts the others. It
// reports whether the device is shown among others: unless the filter leaves no peer.
func (v peerView) arrange(d *wgtypes.Device) bool {
	if v.filter != "" {
		d.Peers = slices.DeleteFunc(d.Peers, func(p wgtypes.Peer) bool { return !v.matches(d.Name, &p) })
	}
	if compare := v.compare(d.Name); compare != nil {
		slices.SortStableFunc(d.Peers, compare)
	}
	return v.filter == "" || len(d.Peers) > 0
}

// matches reports whether a text of the peer contains the filter.
func (v peerView) matches(device string, p *wgtypes.Peer) bool {
	contains := func(text string) bool { return strings.Contains(strings.ToLower(text), v.filter) }
	if contains(p.PublicKey.String()) || contains(v.names.of(device, p.PublicKey)) {
		return true
	}
	if p.Endpoint.IsValid() && contains(p.Endpoint.String()) {
		return true
	}
	for _, prefix := range p.AllowedIPs {
		if contains(prefix.String()) {
			return true
		}
	}
	return false
}

// compare returns the order of a device's peers, or nil for the current one. Times and
// numbers have the latest and largest first, and peers without a name come last.
func (v peerView) compare(device string) func(a, b wgtypes.Peer) int {
	switch v.order {
	case byHandshake:
		return func(a, b wgtypes.Peer) int { return b.LastHandshake.Compare(a.LastHandshake) }
	case byTransfer:
		return func(a, b wgtypes.Peer) int { return cmp.Compare(transferOf(b), transferOf(a)) }
	case byName:
		return func(a, b wgtypes.Peer) int {
			x, y := v.names.of(device, a.PublicKey), v.names.of(device, b.PublicKey)
			if x == "" || y == "" {
				return cmp.Compare(len(y), len(x)) // one of them is 0
			}
			return cmp.Or(cmp.Compare(strings.ToLower(x), strings.ToLower(y)), cmp.Compare(x, y))
		}
	case byKey:
		return func(a, b wgtypes.Peer) int { return bytes.Compare(a.PublicKey[:], b.PublicKey[:]) }
	}
	return nil
}

// transferOf returns how many bytes a peer has received and sent. The sum of two
// counters may exceed uint64.
func transferOf(p wgtypes.Peer) float64 { return float64(p.ReceiveBytes) + float64(p.TransmitBytes) }
