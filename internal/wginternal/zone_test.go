package wginternal_test

import (
	"errors"
	"io/fs"
	"net/netip"
	"slices"
	"testing"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

func zonePeers(endpoints ...string) (c wgtypes.Config) {
	for i, e := range endpoints {
		p := wgtypes.PeerConfig{PublicKey: wgtypes.PublicKey{byte(i + 1)}}
		if e != "" {
			p.Endpoint = netip.MustParseAddrPort(e)
		}
		c.Peers = append(c.Peers, p)
	}
	return c
}

func TestReplaceZones(t *testing.T) {
	t.Parallel()
	c := zonePeers("[fe80::1%eth0]:1", "", "192.0.2.1:2", "[fe80::2%eth1]:3", "[fe80::3%eth0]:4")
	var asked []string
	got, err := wginternal.ReplaceZones(c, func(zone string) (string, error) {
		asked = append(asked, zone)
		return zone[3:], nil
	})
	if err != nil {
		t.Fatalf("ReplaceZones = %v, want nil", err)
	}
	for i, want := range zonePeers("[fe80::1%0]:1", "", "192.0.2.1:2", "[fe80::2%1]:3", "[fe80::3%0]:4").Peers {
		if got.Peers[i].Endpoint != want.Endpoint {
			t.Errorf("ReplaceZones: peer %d has the endpoint %v, want %v", i, got.Peers[i].Endpoint, want.Endpoint)
		}
	}
	if want := []string{"eth0", "eth1"}; !slices.Equal(asked, want) {
		t.Errorf("ReplaceZones asked for %q, want %q", asked, want)
	}
	if zone := c.Peers[0].Endpoint.Addr().Zone(); zone != "eth0" {
		t.Errorf("ReplaceZones changed the zone of its argument to %q, want %q", zone, "eth0")
	}
}

func TestReplaceZonesFails(t *testing.T) {
	t.Parallel()
	c := zonePeers("[fe80::1%eth0]:1", "[fe80::2%none]:3")
	_, err := wginternal.ReplaceZones(c, func(zone string) (string, error) {
		if zone == "none" {
			return "", wginternal.InvalidZone("is not an interface")
		}
		return zone, nil
	})
	field, ok := errors.AsType[*wgtypes.FieldError](err)
	if !ok || field.Index != 1 || field.Peer != (wgtypes.PublicKey{2}) || field.Field != "Endpoint" || field.Reason != `zone "none" is not an interface` {
		t.Errorf("ReplaceZones with an invalid zone = %v, want a FieldError for the Endpoint of peer 1", err)
	}
	_, err = wginternal.ReplaceZones(c, func(string) (string, error) { return "", fs.ErrPermission })
	if err != fs.ErrPermission {
		t.Errorf("ReplaceZones with an error = %v, want %v", err, fs.ErrPermission)
	}
}

func TestZoneNumber(t *testing.T) {
	t.Parallel()
	for zone, want := range map[string]uint32{"1": 1, "70002": 70002, "4294967295": 1<<32 - 1, "007": 7} {
		if got, ok := wginternal.ZoneNumber(zone); got != want || !ok {
			t.Errorf("ZoneNumber(%q) = %d, %t, want %d, true", zone, got, ok, want)
		}
	}
	for _, zone := range []string{"", "0", "-1", "+1", "4294967296", "eth0", "1 "} {
		if got, ok := wginternal.ZoneNumber(zone); ok {
			t.Errorf("ZoneNumber(%q) = %d, true, want false", zone, got)
		}
	}
}
