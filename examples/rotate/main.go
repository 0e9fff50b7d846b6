// Command rotate gives two devices that are peers of each other new keys while
// packets flow between them. Both devices are on this machine. For devices on two
// machines, a program on each must perform its steps in the same order.
//
//	rotate psk DEVICE DEVICE
//	rotate key DEVICE DEVICE    a new private key for the first
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/wgtypes"
)

func main() {
	if len(os.Args) != 4 {
		log.Fatal("usage: rotate psk|key DEVICE DEVICE")
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	c, err := wgctrl.New()
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	if err := run(ctx, os.Args[1], side{c, os.Args[2]}, side{c, os.Args[3]}); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, what string, a, b side) error {
	switch what {
	case "psk":
		return rotatePSK(ctx, a, b)
	case "key":
		return rotateKey(ctx, a, b)
	}
	return fmt.Errorf("%q is neither psk nor key", what)
}

// side is one of the two devices.
type side struct {
	c      *wgctrl.Client
	device string
}

func (s side) read(ctx context.Context) (*wgtypes.Device, error) { return s.c.Device(ctx, s.device) }

// change applies changes of peers in one step.
func (s side) change(ctx context.Context, peers ...wgtypes.PeerConfig) error {
	return s.c.ConfigureDevice(ctx, s.device, wgtypes.Config{Peers: peers})
}

// settle applies a change that makes both devices agree again, even if ctx has ended.
// If that fails, the error says in which state the device is left.
func (s side) settle(ctx context.Context, left string, cfg wgtypes.Config) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := s.c.ConfigureDevice(ctx, s.device, cfg); err != nil {
		return fmt.Errorf("%s %s: %w", s.device, left, err)
	}
	return nil
}

// readPair reads both devices and returns each as a peer of the other.
func readPair(ctx context.Context, a, b side) (asPeerOfB, asPeerOfA wgtypes.Peer, err error) {
	da, err := a.read(ctx)
	if err != nil {
		return asPeerOfB, asPeerOfA, err
	}
	db, err := b.read(ctx)
	if err != nil {
		return asPeerOfB, asPeerOfA, err
	}
	if asPeerOfB, err = find(db, da.PublicKey); err == nil {
		asPeerOfA, err = find(da, db.PublicKey)
	}
	return asPeerOfB, asPeerOfA, err
}

func find(d *wgtypes.Device, key wgtypes.PublicKey) (wgtypes.Peer, error) {
	for _, p := range d.Peers {
		if p.PublicKey == key {
			return p, nil
		}
	}
	return wgtypes.Peer{}, fmt.Errorf("%s does not have the other device for a peer", d.Name)
}
