// Command watch runs a command for each event of a device or a peer. The command gets
// the event as JSON on its standard input, and its kind, device and peer in WG_EVENT,
// WG_DEVICE and WG_PEER.
//
//	watch [-interval 5s] COMMAND [ARGUMENT...]
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"os/signal"
	"time"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/wgtypes"
)

func main() {
	interval := flag.Duration("interval", 5*time.Second, "time between two readings of a device")
	flag.Parse()
	if flag.NArg() == 0 {
		log.Fatal("usage: watch [-interval 5s] COMMAND [ARGUMENT...]")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	c, err := wgctrl.New()
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	if err := watch(ctx, c, *interval, flag.Args(), os.Stdout); err != nil {
		log.Fatal(err)
	}
}

// watch runs the command for each event until ctx is cancelled. Changes that
// happen while the command runs are merged.
func watch(ctx context.Context, c *wgctrl.Client, interval time.Duration, command []string, out io.Writer) error {
	for e, err := range c.Watch(ctx, wgctrl.WatchOptions{Interval: interval}) {
		if err != nil {
			return err
		}
		if err := react(ctx, e, command, out); err != nil {
			log.Printf("%v: %v", e.Kind, err)
		}
	}
	return nil
}

func react(ctx context.Context, e wgtypes.Event, command []string, out io.Writer) error {
	text, err := json.Marshal(e) // without secrets
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Env = append(os.Environ(), "WG_EVENT="+e.Kind.String(), "WG_DEVICE="+e.Device.Name)
	if p := e.Peer(); p != nil {
		cmd.Env = append(cmd.Env, fmt.Sprint("WG_PEER=", p.PublicKey))
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(text), out, os.Stderr
	return cmd.Run()
}
