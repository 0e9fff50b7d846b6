//go:build linux

package wglinux

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestErrorsNameNamespace checks that errors name the network namespace if the caller
// chose it, and only then.
func TestErrorsNameNamespace(t *testing.T) {
	t.Parallel()
	fd := ownNetNS(t)
	own := threadNamespace()
	defer own.close()
	zone := wgtypes.Config{Peers: []wgtypes.PeerConfig{{
		PublicKey: wgtypes.PublicKey{1}, Endpoint: netip.MustParseAddrPort("[fe80::1%absent]:1"),
	}}}
	for netNS, where := range map[int]string{-1: "", fd: fmt.Sprintf(" in network namespace net:[%d]", own.id.ino)} {
		b, err := New(Config{NetNS: netNS})
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		_, openErr := b.Open(t.Context(), "absent")
		_, zoneErr := b.numbered(t.Context(), zone)
		for _, test := range []struct {
			err  error
			want string
		}{
			{openErr, `no link "absent"` + where},
			{b.explain(&kernelError{errno: unix.EPERM}), "operation not permitted (this needs CAP_NET_ADMIN" + where + ")"},
			{zoneErr, `zone "absent" is not an interface` + where},
		} {
			if test.err == nil || !strings.HasSuffix(test.err.Error(), test.want) {
				t.Errorf("NetNS %d: error = %v, want %q at its end", netNS, test.err, test.want)
			}
		}
	}
}
