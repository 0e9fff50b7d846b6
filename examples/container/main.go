// Command container creates a Linux kernel device, configures it from a file, and
// removes it on SIGTERM. It needs only CAP_NET_ADMIN and the file: no other
// capability, no shell and no wg(8).
//
//	container DEVICE FILE
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgconf/resolve"
	"github.com/wgctrl/wgctrl/wgtypes"
)

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: container DEVICE FILE")
	}
	// NB: SIGTERM has no default action for the first process of a container.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	c, err := wgctrl.New(wgctrl.WithBackends(wgtypes.KindKernel))
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	if err := run(ctx, c, os.Args[1], os.Args[2], os.Stdout); err != nil {
		log.Fatal(err)
	}
}

// run creates the device and removes it when ctx ends. It does not remove a device
// that already existed.
func run(ctx context.Context, c *wgctrl.Client, device, file string, out io.Writer) error {
	err := c.CreateDevice(ctx, device, wgctrl.LinkOptions{})
	own := err == nil
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if own {
		defer func() {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			if err := c.DeleteDevice(ctx, device); err != nil {
				log.Print(err)
			}
		}()
	}
	if err := setUp(ctx, c, device, file); err != nil {
		return err
	}
	fmt.Fprintln(out, device, "is up")
	<-ctx.Done()
	return nil
}

func setUp(ctx context.Context, c *wgctrl.Client, device, file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	settings, err := wgconf.Parse(file, text).Settings(wgconf.DialectWGQuick)
	if err != nil {
		return err
	}
	if err := resolve.Settings(ctx, settings, resolve.Options{}); err != nil {
		return err
	}
	want, err := settings.Config()
	if err != nil {
		return err
	}
	if _, err := c.SyncDevice(ctx, device, want, wgctrl.SyncOptions{}); err != nil {
		return err
	}
	return c.SetLink(ctx, device, wgctrl.LinkChange{Up: new(true)})
}
