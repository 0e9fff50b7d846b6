//go:build linux || darwin || freebsd || openbsd

package main

import (
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/wgtypes"
	"github.com/wgctrl/wgctrl/wireguardgo"
)

// TestShowWatch runs show --watch in a terminal. It checks that a new output replaces
// the one before, also if that was longer, that an error is below it, and that Ctrl-C
// ends it.
func TestShowWatch(t *testing.T) {
	t.Parallel()
	o := newEmptyOffice(t)
	// With a socket, wireguard-go needs root for the mark.
	o.add(t, "near", func(o *wireguardgo.Options) { o.Bind = wireguardgo.Offline() })
	o.configure(t, "near", wgtypes.Config{FirewallMark: new(uint32(7)), Peers: []wgtypes.PeerConfig{{PublicKey: wgtypes.PublicKey{1}}}})
	flags := append([]string{"show", "--watch=0.05"}, o.flags[1:len(o.flags)-2]...) // without --interval
	x := newTerminal(t, 80, 24, flags...)
	x.shows("every 50ms, ", "interface: near", "  fwmark: 0x7", "peer: AQAA")
	o.configure(t, "near", wgtypes.Config{FirewallMark: new(uint32(8)), Peers: []wgtypes.PeerConfig{{PublicKey: wgtypes.PublicKey{1}, Remove: true}}})
	x.shows("  fwmark: 0x8")
	screen := x.hides("peer: ")
	if n := strings.Count(screen, "interface: near"); n != 1 || !strings.HasPrefix(screen, "every 50ms, ") {
		t.Errorf("screen is\n%s\nwant one device below %q", screen, "every 50ms, ")
	}
	o.serveSocket(t, "wrong", "nonsense\n\n")
	x.shows("interface: near", `wgctrl: read "wrong" (userspace): `)
	x.press("C-c")
	x.shows("exit code 130")
}
