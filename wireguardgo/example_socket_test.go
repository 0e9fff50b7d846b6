//go:build linux || darwin || freebsd || openbsd

package wireguardgo_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/wgtypes"
	"github.com/wgctrl/wgctrl/wireguardgo"
)

// A device with a socket, which other programs can read and change.
func ExampleNew() {
	dir, err := os.MkdirTemp("", "wg")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	dev, err := wireguardgo.New(wireguardgo.Options{Name: "vpn", Dir: dir, Bind: wireguardgo.Offline()})
	if err != nil {
		log.Fatal(err)
	}
	defer dev.Close()

	c, err := wgctrl.New(wgctrl.WithBackends(wgtypes.KindUserspace), wgctrl.WithSocketDirs(dir))
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	refs, err := c.List(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(refs[0].Name, refs[0].Kind)
	// Output: vpn userspace
}
