// Command peer adds a peer to a device, or removes one. Other peers and the settings
// of the device stay unchanged.
//
//	peer add DEVICE KEY PREFIX...
//	peer remove DEVICE KEY
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
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	c, err := wgctrl.New()
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	if err := run(ctx, c, os.Args[1:]); err != nil {
		log.Fatal(err)
	}
}

var errUsage = errors.New("usage: peer add DEVICE KEY PREFIX... | peer remove DEVICE KEY")

func run(ctx context.Context, c *wgctrl.Client, args []string) error {
	if len(args) < 3 {
		return errUsage
	}
	key, err := wgtypes.ParsePublicKey(args[2])
	if err != nil {
		return err
	}
	switch {
	case args[0] == "add" && len(args) > 3:
		return add(ctx, c, args[1], key, args[3:])
	case args[0] == "remove" && len(args) == 3:
		return remove(ctx, c, args[1], key)
	}
	return errUsage
}

// add adds a peer with these prefixes. If the peer exists, they replace its prefixes.
// A prefix of another peer moves to this one.
func add(ctx context.Context, c *wgctrl.Client, device string, key wgtypes.PublicKey, prefixes []string) error {
	peer := wgtypes.PeerConfig{PublicKey: key, ReplaceAllowedIPs: true}
	for _, text := range prefixes {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			return fmt.Errorf("allowed IPs: %w", err)
		}
		peer.AllowedIPs = append(peer.AllowedIPs, prefix)
	}
	return c.ConfigureDevice(ctx, device, wgtypes.Config{Peers: []wgtypes.PeerConfig{peer}})
}

// remove removes a peer. It succeeds if the peer does not exist.
func remove(ctx context.Context, c *wgctrl.Client, device string, key wgtypes.PublicKey) error {
	return c.ConfigureDevice(ctx, device, wgtypes.Config{Peers: []wgtypes.PeerConfig{{PublicKey: key, Remove: true}}})
}
