// Command before adds a peer to a device and prints its peers, by the old API.
package main

import (
	"errors"
	"fmt"
	"log"
	"net"
	"os"
	"time"

	"golang.zx2c4.com/wireguard/wgctrl"
	"golang.zx2c4.com/wireguard/wgctrl/wgtypes"
)

func main() {
	if len(os.Args) != 5 {
		log.Fatal("usage: before DEVICE KEY ENDPOINT PREFIX")
	}
	if err := run(os.Args[1], os.Args[2], os.Args[3], os.Args[4]); err != nil {
		log.Fatal(err)
	}
}

func run(device, key, endpoint, prefix string) error {
	peer, err := wgtypes.ParseKey(key)
	if err != nil {
		return err
	}
	addr, err := net.ResolveUDPAddr("udp", endpoint)
	if err != nil {
		return err
	}
	_, allowed, err := net.ParseCIDR(prefix)
	if err != nil {
		return err
	}
	c, err := wgctrl.New()
	if err != nil {
		return err
	}
	defer c.Close()

	keepalive := 25 * time.Second
	err = c.ConfigureDevice(device, wgtypes.Config{Peers: []wgtypes.PeerConfig{{
		PublicKey:                   peer,
		Endpoint:                    addr,
		PersistentKeepaliveInterval: &keepalive,
		AllowedIPs:                  []net.IPNet{*allowed},
	}}})
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("device %q does not exist", device)
	}
	if err != nil {
		return err
	}
	d, err := c.Device(device)
	if err != nil {
		return err
	}
	for _, p := range d.Peers {
		fmt.Println(p.PublicKey, p.Endpoint, p.LastHandshakeTime, len(p.AllowedIPs))
	}
	return nil
}
