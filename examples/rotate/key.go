package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// rotateKey gives device a a new private key. Since b identifies a by its public key,
// this takes three steps:
//
//  1. b gets a second peer with the new public key, without allowed IPs.
//  2. a gets the new private key, which ends its session.
//  3. In b, the allowed IPs move to the second peer, and the first one is removed.
//
// Packets from a wait for its new handshake; those that it sends between this
// handshake and step 3 are lost. Packets from b use the old session until step 3, and
// then wait for a handshake.
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
		// A step that failed because ctx ended may have been applied.
		return errors.Join(err,
			a.settle(ctx, "may have a new key that the other does not know", wgtypes.Config{PrivateKey: &before.PrivateKey}),
			b.settle(ctx, "may have a second peer, "+second.PublicKey.String(),
				wgtypes.Config{Peers: []wgtypes.PeerConfig{{PublicKey: second.PublicKey, Remove: true}}}))
	}
	// The keepalive is set only now: before a has the key, it would start a handshake
	// without an answer, and the next one could start only five seconds later.
	left := fmt.Sprintf("has both peers, %v with the prefixes that are to be those of %v", old.PublicKey, second.PublicKey)
	return b.settle(ctx, left, wgtypes.Config{Peers: []wgtypes.PeerConfig{
		{PublicKey: second.PublicKey, PersistentKeepalive: &old.PersistentKeepalive, AllowedIPs: old.AllowedIPs},
		{PublicKey: old.PublicKey, Remove: true},
	}})
}
