package wgctrl_test

import (
	"context"
	"log"
	"net/netip"
	"os"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// Kernel devices of another network namespace, and no others.
func ExampleWithNetNS() {
	ns, err := os.Open("/run/netns/lab") // of ip-netns(8), or /proc/PID/ns/net
	if err != nil {
		log.Fatal(err)
	}
	c, err := wgctrl.New(wgctrl.WithNetNS(int(ns.Fd())), wgctrl.WithBackends(wgtypes.KindKernel))
	ns.Close() // the Client has its own descriptor
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
}

// A prefix is taken from a peer; its others, and its session, stay.
func ExampleClient_ConfigureDevice_prefix() {
	c, err := wgctrl.New()
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	peer, err := wgtypes.ParsePublicKey("CNHBE5+bDCySg03xFr7cMApCgdcv9wr0jujrrmp5E1g=")
	if err != nil {
		log.Fatal(err)
	}

	err = c.ConfigureDevice(context.Background(), "wg0", wgtypes.Config{Peers: []wgtypes.PeerConfig{{
		PublicKey:        peer,
		UpdateOnly:       true,
		RemoveAllowedIPs: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/24")},
	}}})
	if err != nil {
		log.Fatal(err)
	}
}

// Every device is read, also where a kernel and a userspace device have the same
// name.
func ExampleClient_Only() {
	c, err := wgctrl.New()
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	ctx := context.Background()
	refs, err := c.List(ctx)
	if err != nil {
		log.Print(err) // refs has the devices of the other backends
	}
	for _, ref := range refs {
		d, err := c.Only(ref).Device(ctx, ref.Name)
		if err != nil {
			log.Print(err)
			continue
		}
		log.Printf("%s (%v): %d peers", d.Name, d.Kind, len(d.Peers))
	}
}

func ExampleClient_Link() {
	c, err := wgctrl.New()
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	link, err := c.Link(context.Background(), "wg0")
	if err != nil {
		log.Fatal(err)
	}
	log.Printf("index %d, MTU %d, up: %t", link.Index, link.MTU, link.Up)
}

func ExampleClient_Capabilities() {
	c, err := wgctrl.New()
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	can, err := c.Capabilities(wgtypes.KindKernel)
	if err != nil || !can.Links {
		log.Fatal("start a daemon, such as wireguard-go: the kernel's devices are not supported here")
	}
}

// The program has the same key each time it starts.
func ExampleLoadOrGenerateKey() {
	key, generated, err := wgctrl.LoadOrGenerateKey("/var/lib/example/wg0.key")
	if err != nil {
		log.Fatal(err)
	}
	if generated {
		log.Print("new public key: ", key.PublicKey())
	}
	c, err := wgctrl.New()
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	if err := c.ConfigureDevice(context.Background(), "wg0", wgtypes.Config{PrivateKey: &key}); err != nil {
		log.Fatal(err)
	}
}

func ExampleWithProgress() {
	c, err := wgctrl.New(wgctrl.WithProgress(func(p wgctrl.Progress) {
		if p.Total > 0 {
			log.Printf("%s: wrote %d of %d peers", p.Device.Name, p.Done, p.Total)
		}
	}))
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
}
