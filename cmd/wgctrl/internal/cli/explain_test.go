package cli

import (
	"errors"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/wgtypes"
)

func TestWritePartial(t *testing.T) {
	t.Parallel()
	peers := func(n int) (list []wgtypes.PeerConfig) {
		for i := range n {
			list = append(list, wgtypes.PeerConfig{PublicKey: wgtypes.PublicKey{byte(i + 1)}})
		}
		return list
	}
	var out strings.Builder
	writePartial(&out, &wgctrl.PartialError{
		Applied: wgtypes.Config{PrivateKey: new(wgtypes.PrivateKey), ListenPort: new(uint16), FirewallMark: new(uint32), ReplacePeers: true},
		Unknown: wgtypes.Config{Peers: peers(1)},
		NotSent: wgtypes.Config{Peers: peers(2)},
		Err:     errors.New("no"),
	})
	want := `  applied: the private key; the listening port; the firewall mark; the removal of all earlier peers
  perhaps applied: peer AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
  not sent: 2 peers, from AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= to AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
`
	if out.String() != want {
		t.Errorf("%s\nwant\n%s", out.String(), want)
	}
}
