// Command container makes a device of the Linux kernel, sets it up from a file, and
// removes it when it is told to end. It needs CAP_NET_ADMIN and nothing else: no
// other capability, no shell, no wg(8), and of files the one that it is given.
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
	// NB: the first process of a container is sent SIGTERM, and has no default for it.
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

// run keeps the device until ctx ends. One that was there before stays.
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
