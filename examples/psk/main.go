// Command psk gives a peer the preshared key in a file, for a program such as Rosenpass
// that writes a new key to the file every few minutes. It changes nothing else, and does
// not add the peer.
//
//	psk DEVICE KEY FILE
package main

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/wgtypes"
)

func main() {
	if len(os.Args) != 4 {
		log.Fatal("usage: psk DEVICE KEY FILE")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	c, err := wgctrl.New()
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	if err := run(ctx, c, os.Args[1], os.Args[2], os.Args[3]); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, c *wgctrl.Client, device, peer, file string) error {
	key, err := wgtypes.ParsePublicKey(peer)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	psk, err := wgtypes.ParsePresharedKey(string(bytes.TrimSpace(text)))
	if err != nil {
		return fmt.Errorf("%s: %w", file, err) // err does not contain the key
	}
	if psk.IsZero() {
		return fmt.Errorf("%s: zero preshared key, which would remove the peer's", file)
	}
	if err := find(ctx, c, device, key); err != nil {
		return err
	}
	return c.ConfigureDevice(ctx, device, wgtypes.Config{Peers: []wgtypes.PeerConfig{
		{PublicKey: key, UpdateOnly: true, PresharedKey: &psk},
	}})
}

// find returns an error if the device does not have the peer, because a change with
// UpdateOnly would ignore that.
func find(ctx context.Context, c *wgctrl.Client, device string, key wgtypes.PublicKey) error {
	d, err := c.Device(ctx, device)
	if err != nil {
		return err
	}
	for _, p := range d.Peers {
		if p.PublicKey == key {
			return nil
		}
	}
	return fmt.Errorf("%s does not have the peer %v", device, key)
}
