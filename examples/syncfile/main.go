// Command syncfile configures a device as a file of wg(8) or wg-quick(8) describes,
// with the smallest change: sessions survive, and a second run changes nothing. It
// removes what the file does not set, also the private key and the firewall mark.
//
//	syncfile DEVICE FILE
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"time"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgconf/resolve"
	"github.com/wgctrl/wgctrl/wgtypes"
)

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: syncfile DEVICE FILE")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	c, err := wgctrl.New()
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	if err := sync(ctx, c, os.Args[1], os.Args[2], os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func sync(ctx context.Context, c *wgctrl.Client, device, file string, out io.Writer) error {
	want, err := read(ctx, file)
	if err != nil {
		return err
	}
	applied, err := c.SyncDevice(ctx, device, want, wgctrl.SyncOptions{KeepEndpoints: true})
	for _, p := range applied.Peers { // also after an error
		fmt.Fprintln(out, verb(p), p.PublicKey)
	}
	return err
}

// read returns the configuration in a file. Errors have line numbers but no keys.
func read(ctx context.Context, file string) (wgtypes.Config, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return wgtypes.Config{}, err
	}
	settings, err := wgconf.Parse(file, text).Settings(wgconf.DialectWGQuick)
	if err != nil {
		return wgtypes.Config{}, err
	}
	if err := resolve.Settings(ctx, settings, resolve.Options{}); err != nil {
		return wgtypes.Config{}, err
	}
	return settings.Config()
}

func verb(p wgtypes.PeerConfig) string {
	switch {
	case p.Remove:
		return "removed"
	case p.UpdateOnly:
		return "changed"
	}
	return "added"
}
