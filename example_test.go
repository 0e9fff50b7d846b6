package wgctrl_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"net/netip"
	"os"
	"slices"
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
		log.Fatal("wg0 does not exist: ", err)
	case errors.Is(err, fs.ErrPermission):
		log.Fatal("run this program with CAP_NET_ADMIN: ", err)
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
	// The device shall have this peer with this prefix, and no other peer.
	// Settings that it has already are not sent.
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
		log.Fatal(err) // every invalid line, with its number and without keys
	}
	if err := resolve.Settings(ctx, settings, resolve.Options{}); err != nil { // look up the host names of endpoints
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

// Review logs each change, and refuses one that removes a peer.
func ExampleSyncOptions_review() {
	ctx := context.Background()
	c, err := wgctrl.New()
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	review := func(have *wgtypes.Device, change wgtypes.Config) error {
		log.Printf("%s:\n%s", have.Name, wgtypes.AppendChange(nil, have, change, nil))
		if slices.ContainsFunc(change.Peers, func(p wgtypes.PeerConfig) bool { return p.Remove }) {
			return errors.New("the change removes a peer")
		}
		return nil
	}
	want := wgtypes.Config{FirewallMark: new(uint32(7))}
	if _, err := c.SyncDevice(ctx, "wg0", want, wgctrl.SyncOptions{Review: review}); err != nil {
		log.Fatal(err)
	}
}

// A prefix moves when it is added to its new owner.
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

// What a device will be after a change, without changing it.
func ExampleApply() {
	a, b := wgtypes.PublicKey{0xa}, wgtypes.PublicKey{0xb}
	prefix := netip.MustParsePrefix("10.0.0.0/24")
	have := &wgtypes.Device{Name: "wg0", Peers: []wgtypes.Peer{{PublicKey: a, AllowedIPs: []netip.Prefix{prefix}}}}
	change := wgtypes.Config{Peers: []wgtypes.PeerConfig{{PublicKey: b, AllowedIPs: []netip.Prefix{prefix}}}}
	for _, p := range wgctrl.Apply(have, change).Peers {
		fmt.Println(p.PublicKey, p.AllowedIPs) // an allowed IP belongs to one peer
	}
	// Output:
	// CgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= []
	// CwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= [10.0.0.0/24]
}

// This Client has only the kernel devices of another network namespace.
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

// Remove an allowed IP from a peer, and keep the others and the session.
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

// Read every device, even if a kernel device and a userspace device have the same
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
		log.Fatal("start a daemon, such as wireguard-go: the library cannot create kernel devices here")
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

// A daemon that hangs delays the program for at most a second, even though the
// context has no deadline.
func ExampleWithReplyTimeout() {
	c, err := wgctrl.New(wgctrl.WithReplyTimeout(time.Second))
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	_, err = c.Device(context.Background(), "wg0")
	if errors.Is(err, os.ErrDeadlineExceeded) {
		log.Fatal("restart the daemon of wg0: ", err)
	}
}

// onePort is a device of this process with a port and no peers.
type onePort struct{}

func (onePort) IpcGetOperation(w io.Writer) error {
	_, err := io.WriteString(w, "listen_port=51820\n")
	return err
}

func (onePort) IpcSetOperation(io.Reader) error { return errors.New("read-only") }

// The loop starts with the current state. It then waits for changes, until the
// context is cancelled.
func ExampleClient_Watch() {
	c, err := wgctrl.New(wgctrl.WithBackends(wgtypes.KindInProcess), wgctrl.WithDevice("wg0", onePort{}))
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	for e, err := range c.Watch(ctx, wgctrl.WatchOptions{}) {
		if err != nil {
			log.Fatal(err)
		}
		switch e.Kind {
		case wgtypes.EventDeviceAdded:
			fmt.Println(e.Kind, e.Device.Name, e.NewDevice.ListenPort)
		case wgtypes.EventConnected, wgtypes.EventDisconnected:
			fmt.Println(e.Kind, e.Device.Name, e.NewPeer.PublicKey)
		case wgtypes.EventUnreadable:
			fmt.Println(e.Kind, e.Device.Name, e.Err)
		case wgtypes.EventReady:
			fmt.Println(e.Kind)
			cancel() // this program needs no changes
		}
	}
	// Output:
	// device-added wg0 51820
	// ready
}
