//go:build linux || darwin || freebsd || openbsd || windows

// Command netstack runs two WireGuard devices in this process, each with its own
// network stack. One serves a page over HTTP through the tunnel, the other fetches
// it. The devices have no interface and no socket, and need no privileges. A program
// can reach a WireGuard network in this way without configuring its machine.
//
//	netstack
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"os"
	"time"

	"golang.zx2c4.com/wireguard/conn"
	"golang.zx2c4.com/wireguard/device"
	"golang.zx2c4.com/wireguard/tun/netstack"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/wgtypes"
)

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := run(ctx, os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, out io.Writer) error {
	server, err := newNode("server", "10.0.0.1")
	if err != nil {
		return err
	}
	defer server.dev.Close()
	client, err := newNode("client", "10.0.0.2")
	if err != nil {
		return err
	}
	defer client.dev.Close()
	// One Client controls both, like devices of the system.
	c, err := wgctrl.New(
		wgctrl.WithBackends(wgtypes.KindInProcess),
		wgctrl.WithDevice(server.name, server.dev), wgctrl.WithDevice(client.name, client.dev),
	)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := connect(ctx, c, server, client); err != nil {
		return err
	}
	return fetch(ctx, server, client, out)
}

// node is a device and its network stack.
type node struct {
	name string
	addr netip.Addr
	dev  *device.Device
	net  *netstack.Net
}

func newNode(name, addr string) (*node, error) {
	n := &node{name: name, addr: netip.MustParseAddr(addr)}
	tun, net, err := netstack.CreateNetTUN([]netip.Addr{n.addr}, nil, device.DefaultMTU)
	if err != nil {
		return nil, err
	}
	n.net = net
	n.dev = device.NewDevice(tun, conn.NewDefaultBind(), device.NewLogger(device.LogLevelError, "netstack: "))
	if err := n.dev.Up(); err != nil {
		n.dev.Close()
		return nil, err
	}
	return n, nil
}

// connect makes the nodes peers of each other. The server learns the endpoint of the
// client from its first packet.
func connect(ctx context.Context, c *wgctrl.Client, server, client *node) error {
	var keys [2]wgtypes.PrivateKey
	for i, n := range []*node{server, client} {
		key, err := wgtypes.GeneratePrivateKey()
		if err != nil {
			return err
		}
		keys[i] = key
		if err := c.ConfigureDevice(ctx, n.name, wgtypes.Config{PrivateKey: &key}); err != nil {
			return err
		}
	}
	d, err := c.Device(ctx, server.name)
	if err != nil {
		return err
	}
	asPeer := func(n *node, key wgtypes.PrivateKey, at netip.AddrPort) wgtypes.Config {
		return wgtypes.Config{Peers: []wgtypes.PeerConfig{{
			PublicKey: key.PublicKey(), Endpoint: at, AllowedIPs: []netip.Prefix{netip.PrefixFrom(n.addr, n.addr.BitLen())},
		}}}
	}
	if err := c.ConfigureDevice(ctx, server.name, asPeer(client, keys[1], netip.AddrPort{})); err != nil {
		return err
	}
	at := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), d.ListenPort)
	return c.ConfigureDevice(ctx, client.name, asPeer(server, keys[0], at))
}

// fetch serves a page on one node and prints it on the other.
func fetch(ctx context.Context, server, client *node, out io.Writer) error {
	l, err := server.net.ListenTCP(&net.TCPAddr{Port: 80})
	if err != nil {
		return err
	}
	s := &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "hello %s\n", r.RemoteAddr)
	})}
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	transport := &http.Transport{DialContext: client.net.DialContext}
	err = get(ctx, &http.Client{Transport: transport}, "http://"+server.addr.String()+"/", out)
	transport.CloseIdleConnections()
	err = errors.Join(err, s.Close())
	if end := <-served; !errors.Is(end, http.ErrServerClosed) {
		err = errors.Join(err, end)
	}
	return err
}

func get(ctx context.Context, c *http.Client, url string, out io.Writer) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	reply, err := c.Do(request)
	if err != nil {
		return err
	}
	defer reply.Body.Close()
	_, err = io.Copy(out, reply.Body)
	return err
}
