package main

import (
	"context"
	"errors"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// rotatePSK gives both sides a new preshared key. Only handshakes use it: the current
// session continues, and the next handshake, within two minutes, uses the new key. A
// handshake between the two changes fails and is repeated five seconds later.
func rotatePSK(ctx context.Context, a, b side) error {
	asPeerOfB, asPeerOfA, err := readPair(ctx, a, b)
	if err != nil {
		return err
	}
	key, err := wgtypes.GeneratePresharedKey()
	if err != nil {
		return err
	}
	config := func(peer wgtypes.PublicKey, key wgtypes.PresharedKey) wgtypes.Config {
		return wgtypes.Config{Peers: []wgtypes.PeerConfig{{PublicKey: peer, UpdateOnly: true, PresharedKey: &key}}}
	}
	if err = a.c.ConfigureDevice(ctx, a.device, config(asPeerOfA.PublicKey, key)); err == nil {
		err = b.c.ConfigureDevice(ctx, b.device, config(asPeerOfB.PublicKey, key))
	}
	if err != nil {
		// With different keys, the next handshake would fail. A step that failed
		// because ctx ended may have been applied.
		const left = "may have a preshared key that the other does not have"
		return errors.Join(err,
			a.settle(ctx, left, config(asPeerOfA.PublicKey, asPeerOfA.PresharedKey)),
			b.settle(ctx, left, config(asPeerOfB.PublicKey, asPeerOfB.PresharedKey)))
	}
	return nil
}
