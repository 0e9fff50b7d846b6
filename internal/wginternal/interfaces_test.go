package wginternal_test

import (
	"errors"
	"net/netip"
	"testing"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// threeInterfaces returns Interfaces that count their lookups. One interface has a
// number as its name.
func threeInterfaces(lookups *int, err error) wginternal.Interfaces {
	return wginternal.Interfaces{Lookup: func() ([]wginternal.Interface, error) {
		*lookups++
		return []wginternal.Interface{{Index: 3, Name: "em0"}, {Index: 7, Name: "wg0"}, {Index: 9, Name: "3"}}, err
	}}
}

func TestInterfacesZones(t *testing.T) {
	t.Parallel()
	lookups := 0
	interfaces := threeInterfaces(&lookups, nil)
	for zone, want := range map[string]struct{ number, name string }{
		"": {"", ""}, "em0": {"3", "em0"}, "wg0": {"7", "wg0"}, "3": {"9", "3"}, "7": {"7", "wg0"}, "42": {"42", "42"}, "4294967295": {"4294967295", "4294967295"},
	} {
		endpoint := func(zone string) netip.AddrPort {
			return netip.AddrPortFrom(netip.MustParseAddr("fe80::1").WithZone(zone), 5)
		}
		c, err := interfaces.NumberZones(wgtypes.Config{Peers: []wgtypes.PeerConfig{{Endpoint: endpoint(zone)}}})
		if err != nil || c.Peers[0].Endpoint != endpoint(want.number) {
			t.Errorf("NumberZones(%q) = %v, %v, want zone %q", zone, c.Peers, err, want.number)
		}
		p := wgtypes.Peer{Endpoint: endpoint(want.number)}
		if err := interfaces.NameZone(&p); err != nil || p.Endpoint != endpoint(want.name) {
			t.Errorf("NameZone(%q) = %v, %v, want zone %q", want.number, p.Endpoint, err, want.name)
		}
	}
	if lookups != 1 {
		t.Errorf("%d lookups, want 1", lookups)
	}
}

func TestInterfacesErrors(t *testing.T) {
	t.Parallel()
	lookups := 0
	interfaces := threeInterfaces(&lookups, nil)
	key := wgtypes.PublicKey{5}
	bad := wgtypes.Config{Peers: []wgtypes.PeerConfig{{}, {PublicKey: key, Endpoint: netip.MustParseAddrPort("[fe80::1%em1]:5")}}}
	_, err := interfaces.NumberZones(bad)
	if field, ok := errors.AsType[*wgtypes.FieldError](err); !ok || field.Index != 1 || field.Peer != key || field.Field != "Endpoint" {
		t.Errorf("NumberZones(em1) = %v, want a FieldError for the endpoint of peer 1", err)
	}
	if index, err := interfaces.Index("em1"); index != 0 || err != nil {
		t.Errorf("Index(em1) = %d, %v, want 0", index, err)
	}
	failed := errors.New("failed")
	interfaces = threeInterfaces(&lookups, failed)
	if _, err := interfaces.NumberZones(bad); !errors.Is(err, failed) {
		t.Errorf("NumberZones() = %v, want %v", err, failed)
	}
	if err := interfaces.NameZone(&wgtypes.Peer{Endpoint: netip.MustParseAddrPort("[fe80::1%3]:5")}); !errors.Is(err, failed) {
		t.Errorf("NameZone() = %v, want %v", err, failed)
	}
	before := lookups
	if err := interfaces.NameZone(&wgtypes.Peer{Endpoint: netip.MustParseAddrPort("[fe80::1]:5")}); err != nil || lookups != before {
		t.Errorf("NameZone() without a zone = %v after %d lookups, want nil without one", err, lookups-before)
	}
}
