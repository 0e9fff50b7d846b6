// Command after adds a peer to a device and prints its peers, by the new API.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/netip"
	"os"
	"time"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/wgtypes"
)

func main() {
	if len(os.Args) != 5 {
		log.Fatal("usage: after DEVICE KEY ENDPOINT PREFIX")
	}
	if err := run(context.Background(), os.Args[1], os.Args[2], os.Args[3], os.Args[4]); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, device, key, endpoint, prefix string) error {
	peer, err := wgtypes.ParsePublicKey(key)
	if err != nil {
		return err
	}
	addr, err := netip.ParseAddrPort(endpoint)
	if err != nil {
		return err
	}
	allowed, err := netip.ParsePrefix(prefix)
	if err != nil {
		return err
	}
	c, err := wgctrl.New()
	if err != nil {
		return err
	}
	defer c.Close()

	keepalive := 25 * time.Second
	err = c.ConfigureDevice(ctx, device, wgtypes.Config{Peers: []wgtypes.PeerConfig{{
		PublicKey:           peer,
		Endpoint:            addr,
		PersistentKeepalive: &keepalive,
		AllowedIPs:          []netip.Prefix{allowed},
	}}})
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("device %q does not exist", device)
	}
	if err != nil {
		return err
	}
	d, err := c.Device(ctx, device)
	if err != nil {
		return err
	}
	for _, p := range d.Peers {
		fmt.Println(p.PublicKey, p.Endpoint, p.LastHandshake, len(p.AllowedIPs))
	}
	return nil
}
