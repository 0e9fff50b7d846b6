//go:build linux || darwin || freebsd || openbsd || windows

package wireguardgo_test

import (
	"context"
	"fmt"
	"log"
	"net/netip"

	"golang.zx2c4.com/wireguard/conn/bindtest"
	"golang.zx2c4.com/wireguard/device"
	"golang.zx2c4.com/wireguard/tun/tuntest"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// A device of wireguard-go in this process needs no socket and no privilege.
func Example_inProcess() {
	dev := device.NewDevice(tuntest.NewChannelTUN().TUN(), bindtest.NewChannelBinds()[0], device.NewLogger(device.LogLevelSilent, ""))
	defer dev.Close()

	c, err := wgctrl.New(wgctrl.WithDevice("vpn", dev))
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	ctx := context.Background()
	key := wgtypes.NewPrivateKey([32]byte{1})
	err = c.ConfigureDevice(ctx, "vpn", wgtypes.Config{
		PrivateKey: &key,
		Peers: []wgtypes.PeerConfig{{
			PublicKey:  wgtypes.PublicKey{2},
			AllowedIPs: []netip.Prefix{netip.MustParsePrefix("10.0.0.1/24")}, // masked
		}},
	})
	if err != nil {
		log.Fatal(err)
	}
	d, err := c.Device(ctx, "vpn")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(d.Name, d.Kind, d.PublicKey)
	fmt.Println(d.PrivateKey, d.Peers[0].AllowedIPs)
	// Output:
	// vpn in-process L+V9o0fNYkMVKNqsX7spBzD/9oSvxM/C7ZCZX1jLO3Q=
	// (hidden) [10.0.0.0/24]
}
