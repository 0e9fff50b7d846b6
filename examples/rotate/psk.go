package main

import (
	"context"
	"errors"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// rotatePSK gives both sides a new preshared key. It is of use in handshakes alone:
// the session of the moment goes on, and the next handshake, within two minutes,
// has the new key. One that falls between the two changes fails, and is tried
// again five seconds later.
func rotatePSK(ctx context.Context, a, b side) error {
	asPeerOfB, asPeerOfA, err := readPair(ctx, a, b)
	if err != nil {
		return err
	}
	key, err := wgtypes.GeneratePresharedKey()
	if err != nil {
		return err
	}
	set := func(s side, peer wgtypes.PublicKey, key wgtypes.PresharedKey) error {
		return s.change(ctx, wgtypes.PeerConfig{PublicKey: peer, UpdateOnly: true, PresharedKey: &key})
	}
	if err := set(a, asPeerOfA.PublicKey, key); err != nil {
		return err
	}
	if err := set(b, asPeerOfB.PublicKey, key); err != nil {
		// Two that disagree would part at the next handshake.
		return errors.Join(err, set(a, asPeerOfA.PublicKey, asPeerOfA.PresharedKey))
	}
	return nil
}
