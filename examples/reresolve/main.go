// Command reresolve resolves the host names in a configuration file periodically. If
// the address of a peer has changed, it configures the new one. WireGuard does not do
// that, since devices have only addresses. Peers with a session stay unchanged.
//
//	reresolve DEVICE FILE
package main

import (
	"context"
	"errors"
	"log"
	"os"
	"os/signal"
	"time"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgconf/resolve"
	"github.com/wgctrl/wgctrl/wgtypes"
)

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: reresolve DEVICE FILE")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	text, err := os.ReadFile(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	settings, err := wgconf.Parse(os.Args[2], text).Settings(wgconf.DialectWGQuick)
	if err != nil {
		log.Fatal(err)
	}
	c, err := wgctrl.New()
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	r := refresher{c: c, device: os.Args[1], peers: settings.Peers, silence: wgtypes.SessionLifetime}
	for {
		if _, err := r.refresh(ctx); err != nil && ctx.Err() == nil {
			log.Print(err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(30 * time.Second):
		}
	}
}

// refresher updates the endpoints of peers that have host names.
type refresher struct {
	c        *wgctrl.Client
	device   string
	peers    []wgconf.Peer
	silence  time.Duration    // how long ago a peer shook hands that is looked up
	resolver resolve.Resolver // nil for the system's
}

// refresh resolves all names once and returns the number of endpoints that it
// changed. A name that cannot be resolved does not block others.
func (r *refresher) refresh(ctx context.Context) (changed int, err error) {
	d, err := r.c.Device(ctx, r.device)
	if err != nil {
		return 0, err
	}
	have := make(map[wgtypes.PublicKey]wgtypes.Peer)
	for _, p := range d.Peers {
		have[p.PublicKey] = p
	}
	var change wgtypes.Config
	var errs []error
	for _, p := range r.peers {
		is, exists := have[p.PublicKey]
		if _, numeric := p.Endpoint.AddrPort(); numeric || p.Endpoint.Host == "" || !exists || time.Since(is.LastHandshake) < r.silence {
			continue
		}
		// No retries: the next round does the same lookup.
		to, err := resolve.Endpoint(ctx, p.Endpoint, resolve.Options{Resolver: r.resolver, Retries: resolve.RetryNever})
		if err != nil {
			errs = append(errs, err)
		} else if to != is.Endpoint {
			change.Peers = append(change.Peers, wgtypes.PeerConfig{PublicKey: p.PublicKey, UpdateOnly: true, Endpoint: to})
		}
	}
	if len(change.Peers) > 0 {
		if err := r.c.ConfigureDevice(ctx, r.device, change); err != nil {
			return 0, errors.Join(append(errs, err)...)
		}
	}
	return len(change.Peers), errors.Join(errs...)
}
