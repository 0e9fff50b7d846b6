package testutil

import (
	"bytes"
	"context"
	"net/netip"
	"slices"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// ReadDevice opens the device name of b and reads it with all its peers.
func ReadDevice(ctx context.Context, b wginternal.Backend, name string) (*wgtypes.Device, error) {
	d, err := b.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	return wginternal.ReadDevice(ctx, d, nil)
}

// ConfigureDevice opens the device name of b and applies c, after wginternal.Normalize.
func ConfigureDevice(ctx context.Context, b wginternal.Backend, name string, c wgtypes.Config) error {
	d, err := b.Open(ctx, name)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Configure(ctx, wginternal.Normalize(c), nil)
}

// RepeatedKey returns a key of equal bytes.
func RepeatedKey(b byte) (k [wgtypes.KeyLen]byte) {
	for i := range k {
		k[i] = b
	}
	return k
}

// ManyPeers returns a change that adds n peers with one allowed IP each. n is at
// most 65536. 1000 peers are more than the buffers of a socket hold.
func ManyPeers(n int) wgtypes.Config {
	var c wgtypes.Config
	for i := range n {
		c.Peers = append(c.Peers, wgtypes.PeerConfig{
			PublicKey:  wgtypes.PublicKey{1, byte(i), byte(i >> 8)},
			AllowedIPs: []netip.Prefix{netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), 32)},
		})
	}
	return c
}

// Settled returns a copy of d with sorted peers, without what traffic changes.
func Settled(d *wgtypes.Device) *wgtypes.Device {
	d = d.Clone()
	for i := range d.Peers {
		d.Peers[i].TransmitBytes = 0
	}
	slices.SortFunc(d.Peers, func(a, b wgtypes.Peer) int { return bytes.Compare(a.PublicKey[:], b.PublicKey[:]) })
	return d
}
