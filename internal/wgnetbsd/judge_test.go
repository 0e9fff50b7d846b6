package wgnetbsd_test

import (
	"bytes"
	"net/netip"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl/internal/kerneltest"
	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// maxAllowedIPs is the kernel's limit.
const maxAllowedIPs = 16

// judge compares the backend with the model, except for what the kernel cannot do.
var judge = testutil.Judge{
	New:       func(t testing.TB) (wginternal.Backend, string) { return newKernel(t).Backend(), "wg0" },
	Adapt:     adapt,
	Canonical: canonical,
}

// adapt removes from c what the kernel cannot do: firewall marks, keepalive intervals,
// removal of the private key, a change of the port, and more than 16 allowed IPs.
func adapt(have *wgtypes.Device, c wgtypes.Config) wgtypes.Config {
	c.FirewallMark = nil
	if have.ListenPort != 0 && c.ListenPort != nil && *c.ListenPort != 0 {
		c.ListenPort = nil
	}
	if c.PrivateKey != nil && c.PrivateKey.IsZero() {
		c.PrivateKey = nil
	}
	c.Peers = slices.Clone(c.Peers)
	for i := range c.Peers {
		p := &c.Peers[i]
		if p.PersistentKeepalive != nil {
			p.PersistentKeepalive = new(time.Duration(0))
		}
		p.AllowedIPs = p.AllowedIPs[:min(len(p.AllowedIPs), maxAllowedIPs)]
	}
	for _, p := range wginternal.Apply(have, c).Peers {
		for i := range c.Peers {
			if len(p.AllowedIPs) > maxAllowedIPs && c.Peers[i].PublicKey == p.PublicKey {
				c.Peers[i].AllowedIPs = nil
			}
		}
	}
	return c
}

// canonical sorts the peers and their allowed IPs: a peer that changes becomes the last
// one, and an allowed IP that is set again stays where it is. It also replaces the zone
// wg0, which random numbers hit, by its number.
func canonical(d *wgtypes.Device) {
	for i := range d.Peers {
		e := d.Peers[i].Endpoint
		if e.Addr().Zone() == "wg0" {
			d.Peers[i].Endpoint = netip.AddrPortFrom(e.Addr().WithZone(strconv.Itoa(d.Index)), e.Port())
		}
	}
	testutil.SortedAllowedIPs(d)
	slices.SortFunc(d.Peers, func(a, b wgtypes.Peer) int { return bytes.Compare(a.PublicKey[:], b.PublicKey[:]) })
}

func TestScenarios(t *testing.T) {
	t.Parallel()
	judge.Scenarios(t)
}

func TestRandomChanges(t *testing.T) {
	t.Parallel()
	judge.Random(t)
}

// TestOn32Bits changes a device of a 32-bit processor, whose struct ifdrv differs.
func TestOn32Bits(t *testing.T) {
	t.Parallel()
	k := check(t, kerneltest.NewNetBSD32())
	b := k.Backend()
	c := initial()
	c.ListenPort = nil
	configure(t, b, c, nil)
	want := wginternal.Apply(read(t, b), everyCommand())
	configure(t, b, everyCommand(), nil)
	if d := diff(want, read(t, b)); d != "" {
		t.Errorf("device (-want +got):\n%s", d)
	}
}
