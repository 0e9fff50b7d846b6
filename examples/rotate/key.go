package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// rotateKey gives a a new private key. b knows a by its public key, so that b gets
// a second peer first, which has no prefix yet; then a changes its key; then the
// second peer takes the prefixes over, and the first one goes.
//
// With the key ends a's session. What a sends then waits for the handshake that it
// begins, and what b sends still arrives, by the old session, until the last step,
// and then waits too. Only what a sends between its handshake and the last step,
// a moment, is lost.
func rotateKey(ctx context.Context, a, b side) error {
	old, _, err := readPair(ctx, a, b)
	if err != nil {
		return err
	}
	before, err := a.read(ctx)
	if err != nil {
		return err
	}
	key, err := wgtypes.GeneratePrivateKey()
	if err != nil {
		return err
	}
	second := wgtypes.PeerConfig{PublicKey: key.PublicKey(), PresharedKey: &old.PresharedKey, Endpoint: old.Endpoint}
	if err = b.change(ctx, second); err == nil {
		err = a.c.ConfigureDevice(ctx, a.device, wgtypes.Config{PrivateKey: &key})
	}
	if err != nil {
		// What failed may have happened all the same, if ctx ended meanwhile.
		return errors.Join(err,
			a.settle(ctx, "may have a new key that the other does not know", wgtypes.Config{PrivateKey: &before.PrivateKey}),
			b.settle(ctx, "may have a second peer, "+second.PublicKey.String(),
				wgtypes.Config{Peers: []wgtypes.PeerConfig{{PublicKey: second.PublicKey, Remove: true}}}))
	}
	// Not before a has the key: a keepalive would begin a handshake that nobody
	// answers, and the next may be begun five seconds later.
	left := fmt.Sprintf("has both peers, %v with the prefixes that are to be those of %v", old.PublicKey, second.PublicKey)
	return b.settle(ctx, left, wgtypes.Config{Peers: []wgtypes.PeerConfig{
		{PublicKey: second.PublicKey, PersistentKeepalive: &old.PersistentKeepalive, AllowedIPs: old.AllowedIPs},
		{PublicKey: old.PublicKey, Remove: true},
	}})
}
