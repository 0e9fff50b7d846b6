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
		return s.checkZones(wgtypes.Config{Peers: []wgtypes.PeerConfig{{Endpoint: netip.MustParseAddrPort(endpoint)}}}, false)
	}
	if err := check("[fe80::1%eth0]:1"); !errors.Is(err, syscall.EPERM) || !strings.Contains(err.Error(), `look up interface "eth0"`) {
		t.Errorf("checkZones = %v, want %v with the name of the interface", err, syscall.EPERM)
	}
	for _, endpoint := range []string{"[fe80::1%2]:1", "[fe80::1]:1", "192.0.2.1:1"} {
		if err := check(endpoint); err != nil {
			t.Errorf("checkZones(%s) = %v, want nil", endpoint, err)
		}
	}
}
