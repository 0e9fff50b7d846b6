package wguser

import (
	"errors"
	"net"
	"net/netip"
	"strings"
	"syscall"
	"testing"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestInterfacesFail checks that a zone is refused if the interfaces cannot be
// listed, and that they are listed only for zones that are names.
func TestInterfacesFail(t *testing.T) {
	t.Parallel()
	s := &sockets{interfaces: func() ([]net.Interface, error) { return nil, syscall.EPERM }}
	check := func(endpoint string) error {
		return s.checkZones(wgtypes.Config{Peers: []wgtypes.PeerConfig{{Endpoint: netip.MustParseAddrPort(endpoint)}}}, "")
	}
	if err := check("[fe80::1%eth0]:1"); !errors.Is(err, syscall.EPERM) || !strings.Contains(err.Error(), `look up interface "eth0"`) {
		t.Errorf("checkZones = %v, want %v with the name of the interface", err, syscall.EPERM)
	}
	s.interfaces = func() ([]net.Interface, error) { return []net.Interface{{Index: 3, Name: "eth1"}}, nil }
	for zone, want := range map[string]string{"eth0": `zone "eth0" is not an interface`, "eth1": `zone "eth1" must be a number for this daemon (boringtun): 3`} {
		err := s.checkZones(wgtypes.Config{Peers: []wgtypes.PeerConfig{{Endpoint: netip.MustParseAddrPort("[fe80::1%" + zone + "]:1")}}}, "boringtun")
		if field, ok := errors.AsType[*wgtypes.FieldError](err); !ok || field.Reason != want {
			t.Errorf("checkZones for numbers = %v, want %s", err, want)
		}
	}
	s.interfaces = func() ([]net.Interface, error) { return nil, syscall.EPERM }
	for _, endpoint := range []string{"[fe80::1%2]:1", "[fe80::1]:1", "192.0.2.1:1"} {
		if err := check(endpoint); err != nil {
			t.Errorf("checkZones(%s) = %v, want nil", endpoint, err)
		}
	}
}
