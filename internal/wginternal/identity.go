package wginternal

import "github.com/wgctrl/wgctrl/wgtypes"

func refOf(d *wgtypes.Device) wgtypes.DeviceRef {
	return wgtypes.DeviceRef{Name: d.Name, Kind: d.Kind, Index: d.Index}
}

// sameDevice reports whether a and b are states of one device.
func sameDevice(a, b *wgtypes.Device) bool { return refOf(a).Identity() == refOf(b).Identity() }

// PeersByKey returns the peers of d by public key, as pointers into d. Of two
// peers with the same key, which no device has, it returns the last one.
func PeersByKey(d *wgtypes.Device) map[wgtypes.PublicKey]*wgtypes.Peer {
	m := make(map[wgtypes.PublicKey]*wgtypes.Peer, len(d.Peers))
	for i := range d.Peers {
		m[d.Peers[i].PublicKey] = &d.Peers[i]
	}
	return m
}
