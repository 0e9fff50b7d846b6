package wgctrl_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"net/netip"
	"os"
	"time"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgconf/resolve"
	"github.com/wgctrl/wgctrl/wgtypes"
)

func ExampleClient_Devices() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()

	c, err := wgctrl.New()
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	devices, err := c.Devices(ctx)
	for _, d := range devices {
		fmt.Println(d.Name, d.Kind, d.PublicKey, d.ListenPort)
		for _, p := range d.Peers {
			fmt.Println(" ", p.PublicKey, p.Endpoint, p.LastHandshake, p.AllowedIPs)
		}
	}
	if err != nil {
		log.Print(err) // which devices could not be read, and why
	}
}

func ExampleClient_ConfigureDevice() {
	ctx := context.Background()
	c, err := wgctrl.New()
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	peer, err := wgtypes.ParsePublicKey("CNHBE5+bDCySg03xFr7cMApCgdcv9wr0jujrrmp5E1g=")
	if err != nil {
		log.Fatal(err)
	}
	keepalive := 25 * time.Second
	err = c.ConfigureDevice(ctx, "wg0", wgtypes.Config{
		Peers: []wgtypes.PeerConfig{{
			PublicKey:           peer,
			Endpoint:            netip.MustParseAddrPort("192.0.2.1:51820"),
			PersistentKeepalive: &keepalive,
			ReplaceAllowedIPs:   true,
			AllowedIPs:          []netip.Prefix{netip.MustParsePrefix("10.0.0.0/24")},
		}},
	})
	switch {
	case errors.Is(err, fs.ErrNotExist):
		log.Fatal("there is no wg0: ", err)
	case errors.Is(err, fs.ErrPermission):
		log.Fatal("run me with CAP_NET_ADMIN: ", err)
	case err != nil:
		log.Fatal(err)
	}
}

func ExampleClient_StreamDevice() {
	ctx := context.Background()
	c, err := wgctrl.New()
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	// Memory use does not grow with the number of peers.
	s, err := c.StreamDevice(ctx, "wg0")
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()
	for p, err := range s.Peers() {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(p.PublicKey, p.ReceiveBytes, p.TransmitBytes)
	}
}

func ExampleClient_CreateDevice() {
	ctx := context.Background()
	c, err := wgctrl.New()
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	if err := c.CreateDevice(ctx, "wg0", wgctrl.LinkOptions{Up: true}); err != nil {
		log.Fatal(err)
	}
	defer c.DeleteDevice(ctx, "wg0")
}

func ExampleClient_SyncDevice() {
	ctx := context.Background()
	c, err := wgctrl.New()
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	peer, err := wgtypes.ParsePublicKey("CNHBE5+bDCySg03xFr7cMApCgdcv9wr0jujrrmp5E1g=")
	if err != nil {
		log.Fatal(err)
	}
	// This peer with this prefix, and no other peer. What is so already is
	// not touched.
	applied, err := c.SyncDevice(ctx, "wg0", wgtypes.Config{
		ReplacePeers: true,
		Peers: []wgtypes.PeerConfig{{
			PublicKey:         peer,
			ReplaceAllowedIPs: true,
			AllowedIPs:        []netip.Prefix{netip.MustParsePrefix("10.0.0.0/24")},
		}},
	}, wgctrl.SyncOptions{KeepEndpoints: true})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(applied.Peers), "peers changed")
}

func ExampleClient_SyncDevice_file() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	c, err := wgctrl.New()
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	text, err := os.ReadFile("/etc/wireguard/wg0.conf")
	if err != nil {
		log.Fatal(err)
	}
	settings, err := wgconf.Parse("wg0.conf", text).Settings(wgconf.DialectWGQuick)
	if err != nil {
		log.Fatal(err) // each line that is wrong, by its number, and no key
	}
	if err := resolve.Settings(ctx, settings, resolve.Options{}); err != nil { // endpoints that are host names
		log.Fatal(err)
	}
	want, err := settings.Config()
	if err != nil {
		log.Fatal(err)
	}
	applied, err := c.SyncDevice(ctx, "wg0", want, wgctrl.SyncOptions{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(applied.Peers), "peers changed")
}

// A prefix moves by being added to its new owner; the old one loses it then.
func ExampleDiff() {
	prefix := netip.MustParsePrefix("10.0.0.0/24")
	a, b := wgtypes.PublicKey{0xa}, wgtypes.PublicKey{0xb}
	have := &wgtypes.Device{Name: "wg0", Peers: []wgtypes.Peer{{PublicKey: a, AllowedIPs: []netip.Prefix{prefix}}}}
	want := wgtypes.Config{ReplacePeers: true, Peers: []wgtypes.PeerConfig{{PublicKey: b, AllowedIPs: []netip.Prefix{prefix}}}}
	for _, p := range wgctrl.Diff(have, want).Peers {
		fmt.Println(p.PublicKey, p.Remove, p.AllowedIPs)
	}
	// Output:
	// CwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= false [10.0.0.0/24]
	// CgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= true []
}
