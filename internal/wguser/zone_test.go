//go:build unix

package wguser_test

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wguser"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// withZone returns a change of a key, a peer, and another peer with this zone.
func withZone(zone string) wgtypes.Config {
	return wgtypes.Config{
		PrivateKey: new(wgtypes.NewPrivateKey(repeated(0x48)).Clamped()),
		Peers: []wgtypes.PeerConfig{
			{PublicKey: repeated(1), PersistentKeepalive: new(wgtypes.Peer{}.PersistentKeepalive)},
			{PublicKey: repeated(2), Endpoint: netip.MustParseAddrPort("[fe80::1%" + zone + "]:5")},
		},
	}
}

// mustRefuseZone checks that err is about the zone of the second peer, and that
// nothing was sent.
func mustRefuseZone(t *testing.T, err error, f *fakeDaemon, reason string) {
	t.Helper()
	field, ok := errors.AsType[*wgtypes.FieldError](err)
	_, partial := errors.AsType[*wginternal.PartialError](err)
	if !ok || partial || field.Index != 1 || field.Peer != repeated(2) || field.Field != "Endpoint" || field.Reason != reason {
		t.Errorf("Configure = %v, want a FieldError for the Endpoint of peer 1: %s", err, reason)
	}
	if sets := f.sets(); len(sets) > 0 {
		t.Errorf("sent %q, want nothing", sets)
	}
}

func TestZoneWithoutInterface(t *testing.T) {
	t.Parallel()
	for name, newDaemon := range implementations {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, zone := range []string{"nosuch0", "0", "4294967296", "-1", "lo.", strings.Repeat("x", 300)} {
				f := newDaemon()
				f.device = twoPeers()
				err := configure(t.Context(), daemon(t, f.answer), "wg0", withZone(zone))
				mustRefuseZone(t, err, f, fmt.Sprintf("zone %q is not an interface", zone))
			}
		})
	}
}

// numbersOnly has the daemons that accept only numbers as zones.
var numbersOnly = map[string]string{"boringtun": "boringtun", "gotatun": "GotaTun", "gotatun 0.1": "GotaTun"}

// TestZone checks that a zone is sent as it is.
func TestZone(t *testing.T) {
	t.Parallel()
	loopback := loopbackInterface(t)
	for name, newDaemon := range implementations {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, zone := range []string{loopback.Name, "1", "4294967295"} {
				f := newDaemon()
				f.device = twoPeers()
				err := configure(t.Context(), daemon(t, f.answer), "wg0", withZone(zone))
				if only := numbersOnly[name]; only != "" && zone == loopback.Name {
					mustRefuseZone(t, err, f, fmt.Sprintf("zone %q must be a number for this daemon (%s): %d", zone, only, loopback.Index))
					continue
				}
				if err != nil {
					t.Errorf("Configure with zone %q = %v, want nil", zone, err)
				}
				for _, p := range f.current().Peers {
					if got := p.Endpoint.Addr().Zone(); p.PublicKey == repeated(2) && got != zone {
						t.Errorf("zone = %q, want %q", got, zone)
					}
				}
			}
		})
	}
}

// TestZoneInProcess checks that a device of this process accepts every zone,
// because it may have a network stack of its own.
func TestZoneInProcess(t *testing.T) {
	t.Parallel()
	f := &fakeDaemon{device: twoPeers()}
	b := wguser.NewInProcess(wguser.InProcess{Name: "wg0", Device: inProcess(f)})
	defer b.Close()
	if err := configure(t.Context(), b, "wg0", withZone("nosuch0")); err != nil {
		t.Errorf("Configure = %v, want nil", err)
	}
}

func loopbackInterface(t *testing.T) net.Interface {
	t.Helper()
	interfaces, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range interfaces {
		if i.Flags&net.FlagLoopback != 0 {
			return i
		}
	}
	t.Skip("no loopback interface")
	return net.Interface{}
}
