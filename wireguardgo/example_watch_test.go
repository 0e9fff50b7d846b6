//go:build linux || darwin || freebsd || openbsd || windows

package wireguardgo_test

import (
	"context"
	"fmt"
	"log"
	"net/netip"
	"time"

	"golang.zx2c4.com/wireguard/conn/bindtest"
	"golang.zx2c4.com/wireguard/device"
	"golang.zx2c4.com/wireguard/tun/tuntest"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/wgtypes"
)

func Example_watch() {
	dev := device.NewDevice(tuntest.NewChannelTUN().TUN(), bindtest.NewChannelBinds()[0], device.NewLogger(device.LogLevelSilent, ""))
	defer dev.Close()
	if err := dev.Up(); err != nil {
		log.Fatal(err)
	}
	c, err := wgctrl.New(wgctrl.WithDevice("vpn", dev), wgctrl.WithBackends(wgtypes.KindInProcess))
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for e, err := range c.Watch(ctx, wgctrl.WatchOptions{Interval: 10 * time.Millisecond}) {
		if err != nil {
			log.Fatal(err) // the context has ended, or the Client was closed
		}
		switch e.Kind {
		case wgtypes.EventReady:
			fmt.Println(e.Kind)
			// Another program changes the device.
			err := c.ConfigureDevice(ctx, "vpn", wgtypes.Config{Peers: []wgtypes.PeerConfig{{
				PublicKey: wgtypes.PublicKey{2}, AllowedIPs: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/24")},
			}}})
			if err != nil {
				log.Fatal(err)
			}
		case wgtypes.EventPeerAdded:
			fmt.Println(e.Kind, e.Device.Name, e.NewPeer.PublicKey, e.NewPeer.AllowedIPs)
			return
		case wgtypes.EventUnreadable:
			log.Print(e.Err) // reported once; Watch continues
		default:
			fmt.Println(e.Kind, e.Device.Name, e.Changed)
		}
	}
	// Output:
	// device-added vpn []
	// ready
	// peer-added vpn AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= [10.0.0.0/24]
}
