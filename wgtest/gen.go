package wgtest

import (
	"math/rand/v2"

	"github.com/wgctrl/wgctrl/internal/wgrand"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// GenOptions says what RandomDevice and RandomConfig make. The zero value is
// the default.
type GenOptions struct {
	// MinPeers and MaxPeers bound the number of peers. A maximum of 0 means
	// the minimum, but 4 at least where the minimum is 0; below 0 is none.
	MinPeers, MaxPeers int
	// MinAllowedIPs and MaxAllowedIPs bound each list of prefixes of a peer,
	// as above.
	MinAllowedIPs, MaxAllowedIPs int
	// Collisions is how often a key or prefix is one of a few that all values
	// have in common or, in RandomConfig, one that the device has: from 0, all
	// are new, to 1, none is. In a device no two are the same all the same.
	Collisions float64
	// Unnormalized lets RandomConfig also make what is valid but not sent as
	// it is: prefixes with host bits, IPv4-mapped endpoints, private keys that
	// are not clamped, settings beside Remove.
	Unnormalized bool
}

// RandomDevice returns a device that a backend could have read: no peer has
// the device's own key, no two have the same key or prefix, prefixes are masked
// and the private key, where there is one, is clamped. Endpoints are absent,
// or addresses that are reserved for documentation or link-local, since a
// device that gets one may send packets there; a zone is a number.
func RandomDevice(r *rand.Rand, o GenOptions) *wgtypes.Device {
	return wgrand.Device(r, wgrand.Options(o))
}

// RandomConfig returns a valid change to have, which may be nil for a device
// that is not known. With Collisions above 0 it names peers and prefixes that
// have has, the same ones several times, and the device's own key.
func RandomConfig(r *rand.Rand, have *wgtypes.Device, o GenOptions) wgtypes.Config {
	return wgrand.Config(r, have, wgrand.Options(o))
}

// ConfigOf returns the change that makes a device without key, port, mark and
// peers into d, as far as a configuration can: counters and handshakes are not
// in it. What d does not have is left unset. The result shares no memory with d.
func ConfigOf(d *wgtypes.Device) wgtypes.Config { return wgrand.ConfigOf(d) }
