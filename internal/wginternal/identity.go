package wginternal

import "github.com/wgctrl/wgctrl/wgtypes"

// Identity returns the part of ref that does not change while the device exists:
// the kind, and the index of a kernel device, which may be renamed, or otherwise
// the name.
func Identity(ref wgtypes.DeviceRef) wgtypes.DeviceRef {
	if ref.Index != 0 {
		ref.Name = ""
	}
	return ref
}

func refOf(d *wgtypes.Device) wgtypes.DeviceRef {
	return wgtypes.DeviceRef{Name: d.Name, Kind: d.Kind, Index: d.Index}
}

func sameDevice(a, b *wgtypes.Device) bool { return Identity(refOf(a)) == Identity(refOf(b)) }

// PeersByKey returns the peers of d by public key, as pointers into d. Of two
// peers with the same key, which no device has, it returns the last one.
func PeersByKey(d *wgtypes.Device) map[wgtypes.PublicKey]*wgtypes.Peer {
	m := make(map[wgtypes.PublicKey]*wgtypes.Peer, len(d.Peers))
	for i := range d.Peers {
		m[d.Peers[i].PublicKey] = &d.Peers[i]
	}
	return m
}
