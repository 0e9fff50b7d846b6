// Command list prints every device and its peers. It streams the peers, so that it
// needs no more memory for a million peers than for a few.
//
//	list
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"os"
	"time"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/wgtypes"
)

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	c, err := wgctrl.New()
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	if err := list(ctx, c, os.Stdout); err != nil {
		log.Fatal(err)
	}
}

// list prints the devices that can be read, and returns the errors of the others.
func list(ctx context.Context, c *wgctrl.Client, out io.Writer) error {
	refs, err := c.List(ctx) // needs no privileges
	errs := []error{err}
	for _, ref := range refs {
		err := show(ctx, c, ref, out)
		if errors.Is(err, fs.ErrNotExist) {
			continue // removed since List
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

func show(ctx context.Context, c *wgctrl.Client, ref wgtypes.DeviceRef, out io.Writer) error {
	r, err := c.Only(ref).StreamDevice(ctx, ref.Name)
	if err != nil {
		return err
	}
	defer r.Close()
	d := r.Device()
	fmt.Fprintf(out, "%s: %v, key %v, port %d\n", d.Name, d.Kind, d.PublicKey, d.ListenPort)
	for p, err := range r.Peers() {
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "  %v at %v, allowed %v, received %d, sent %d, %s\n",
			p.PublicKey, p.Endpoint, p.AllowedIPs, p.ReceiveBytes, p.TransmitBytes, handshake(p.LastHandshake))
	}
	return nil
}

func handshake(t time.Time) string {
	if t.IsZero() {
		return "never shook hands"
	}
	return "shook hands at " + t.Format(time.RFC3339)
}
