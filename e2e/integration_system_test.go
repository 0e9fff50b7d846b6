//go:build integration

package e2e_test

import (
	"context"
	"math"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// system says in what the kernel devices of an operating system differ from the model.
type system struct {
	can       wgctrl.Capabilities
	loopback  string // an interface that is not a WireGuard device
	maxMark   uint32 // the largest FirewallMark
	keepsKey  bool   // a private key cannot be removed
	keepsPort bool   // a port cannot be changed, once it is set
	// The order of a device's peers, and of a peer's allowed IPs, is not the order in
	// which they were added.
	unorderedPeers, unorderedAllowedIPs bool
}

// systems are the operating systems whose kernel devices the library supports. A test
// fails there if the kernel has no WireGuard.
var systems = map[string]system{
	"linux":     {can: everything(), loopback: "lo", maxMark: math.MaxUint32},
	"freebsd":   {can: withoutNamespaces(), loopback: "lo0", maxMark: math.MaxUint32, unorderedAllowedIPs: true},
	"dragonfly": {can: withoutNamespaces(), loopback: "lo0", maxMark: math.MaxUint32, unorderedAllowedIPs: true},
	// The mark is a signed number: the routing table.
	"openbsd": {can: withoutNamespaces(), loopback: "lo0", maxMark: math.MaxInt32, unorderedAllowedIPs: true},
	"netbsd": {
		can:      wgctrl.Capabilities{Links: true, UpdateOnly: true, MaxAllowedIPs: 16},
		loopback: "lo0", keepsKey: true, keepsPort: true, unorderedPeers: true, unorderedAllowedIPs: true,
	},
	"windows": {can: wgctrl.Capabilities{PersistentKeepalive: true, UpdateOnly: true}},
}

func everything() wgctrl.Capabilities {
	can := withoutNamespaces()
	can.NetNS = true
	return can
}

func withoutNamespaces() wgctrl.Capabilities {
	return wgctrl.Capabilities{Links: true, FirewallMark: true, PersistentKeepalive: true, UpdateOnly: true}
}

// supported returns c without the settings that the system does not have. have is the
// state of the device. No scenario adds more than MaxAllowedIPs to a peer in several
// elements.
func (s system) supported(have *wgtypes.Device, c wgtypes.Config) wgtypes.Config {
	if c.FirewallMark != nil && (!s.can.FirewallMark || *c.FirewallMark > s.maxMark) {
		c.FirewallMark = nil
	}
	if c.PrivateKey != nil && c.PrivateKey.IsZero() && s.keepsKey {
		c.PrivateKey = nil
	}
	if c.ListenPort != nil && have.ListenPort != 0 && s.keepsPort {
		c.ListenPort = nil
	}
	c.Peers = slices.Clone(c.Peers)
	for i := range c.Peers {
		p := &c.Peers[i]
		if !s.can.PersistentKeepalive {
			p.PersistentKeepalive = nil
		}
		if n := s.can.MaxAllowedIPs; n != 0 {
			p.AllowedIPs = p.AllowedIPs[:min(n, len(p.AllowedIPs))]
		}
	}
	if !s.can.UpdateOnly {
		return wginternal.DropAbsent(have, wginternal.Normalize(c))
	}
	return c
}

// compare returns the difference between the device that the model predicts and the
// one that the Client reads. It ignores the orders that the system does not keep.
func (s system) compare(want, got *wgtypes.Device) string {
	return compare(s.canonical(want), s.canonical(got))
}

func (s system) canonical(d *wgtypes.Device) *wgtypes.Device {
	d = d.Clone()
	if s.unorderedPeers {
		byKey(d)
	}
	if s.unorderedAllowedIPs {
		testutil.SortedAllowedIPs(d)
	}
	for i := range d.Peers {
		p := &d.Peers[i]
		p.Endpoint = numericZone(p.Endpoint)
		if len(p.AllowedIPs) == 0 {
			p.AllowedIPs = nil
		}
	}
	return d
}

// numericZone replaces the name of an interface by its number, which the scenarios use.
func numericZone(e netip.AddrPort) netip.AddrPort {
	link, err := net.InterfaceByName(e.Addr().Zone())
	if err != nil {
		return e
	}
	return netip.AddrPortFrom(e.Addr().WithZone(strconv.Itoa(link.Index)), e.Port())
}

// cleanupContext returns a context for calls at the end of a test, when its own context
// has ended.
func cleanupContext(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
	t.Cleanup(cancel)
	return ctx
}
