//go:build unix

package uapinet_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/uapi/uapinet"
)

// device stands for a device of a WireGuard implementation, such as
// *device.Device of golang.zx2c4.com/wireguard/device.
type device struct{}

func (device) IpcGetOperation(w io.Writer) error {
	_, err := io.WriteString(w, "listen_port=51820\n")
	return err
}

func (device) IpcSetOperation(io.Reader) error { return errors.New("read-only") }

// The socket exists until the program closes the listener.
func ExampleListen() {
	var dev device
	l, err := uapinet.Listen("wg0") // /var/run/wireguard/wg0.sock, for its owner only
	if err != nil {
		log.Fatal(err)
	}
	defer l.Close() // removes the socket and ends Serve
	go uapinet.Serve(l, dev)
}

// A program serves its own device, and a client finds it. Other programs call
// Listen, since clients search its directory by default.
func ExampleServe() {
	dir, err := os.MkdirTemp("", "wg")
	if err != nil {
		log.Fatal(err)
	}
	defer os.Remove(dir)

	l, err := uapinet.ListenIn(dir, "wg0")
	if err != nil {
		log.Fatal(err)
	}
	served := make(chan error)
	go func() { served <- uapinet.Serve(l, device{}) }()

	c, err := wgctrl.New(wgctrl.WithSocketDirs(dir))
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	d, err := c.Device(context.Background(), "wg0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(d.Name, d.ListenPort)

	l.Close()
	fmt.Println(<-served)
	// Output:
	// wg0 51820
	// <nil>
}
