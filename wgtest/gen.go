package wgtest

import (
	"math/rand/v2"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// RandomOptions bounds what [RandomDevice] and [RandomConfig] return. The zero value
// is the default.
type RandomOptions struct {
	// MinPeers is the smallest number of peers.
	MinPeers int
	// MaxPeers is the largest number of peers. Zero means MinPeers, or 4 if
	// MinPeers is zero; a negative value means no peers.
	MaxPeers int
	// MinAllowedIPs and MaxAllowedIPs bound each list of prefixes of a peer in
	// the same way.
	MinAllowedIPs, MaxAllowedIPs int
	// Collisions is the probability, from 0 to 1, that a key or prefix is one of
	// a few that all values share or, in RandomConfig, one of the device's. In a
	// device all keys and all prefixes differ nevertheless.
	Collisions float64
	// Unnormalized lets RandomConfig also return values that are valid but not
	// sent as they are: prefixes with host bits, IPv4-mapped endpoints, private
	// keys that are not clamped, settings of a peer that is removed.
	Unnormalized bool
	// Amnezia is the version of AmneziaWG that the devices have. Zero means none: the
	// values are those of WireGuard.
	Amnezia wgtypes.AmneziaVersion
}

// RandomDevice returns a device as a backend could have read it: no peer has the
// device's own key, no two peers have the same key or prefix, prefixes are
// masked, and a private key is clamped. Some peers have no endpoint; the others
// have an IPv4 address, an IPv6 address, or an IPv6 address with a numeric zone.
// Those addresses are link-local or reserved for documentation, because a device
// may send packets to them.
func RandomDevice(r *rand.Rand, o RandomOptions) *wgtypes.Device {
	return testutil.RandomDevice(r, testutil.RandomOptions(o))
}

// RandomConfig returns a valid change of have, which may be nil. If o.Collisions
// is above 0, the change can name peers and prefixes of have, name one several
// times, and name the device's own key.
func RandomConfig(r *rand.Rand, have *wgtypes.Device, o RandomOptions) wgtypes.Config {
	c := testutil.RandomConfig(r, have, testutil.RandomOptions(o))
	for i := range c.Peers {
		// A Client refuses to add a peer with the zero key.
		if p := &c.Peers[i]; p.PublicKey.IsZero() && !p.Remove {
			p.PublicKey = wgtypes.PublicKey{1}
		}
	}
	return c
}

// ConfigOf returns the Config that turns an empty device into d. Counters and
// handshakes are not part of a Config. Fields that are zero in d stay unset. The
// result shares no memory with d.
func ConfigOf(d *wgtypes.Device) wgtypes.Config { return testutil.ConfigOf(d) }
