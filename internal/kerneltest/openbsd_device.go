package kerneltest

import (
	"net/netip"
	"slices"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// openBSDDevice is the state of a device. Its Peers are not used.
type openBSDDevice struct {
	wgtypes.Device
	up    bool
	peers []*openBSDKernelPeer // in the order of creation
	// owners has the peer of each prefix, which is masked.
	owners map[netip.Prefix]*openBSDKernelPeer
}

// openBSDKernelPeer is a peer. Its AllowedIPs are in the order in which they were added,
// with the host bits that they had then.
type openBSDKernelPeer struct {
	wgtypes.Peer
	description string
}

func newOpenBSDDevice() *openBSDDevice {
	return &openBSDDevice{owners: make(map[netip.Prefix]*openBSDKernelPeer)}
}

// load replaces the state by that of from.
func (d *openBSDDevice) load(from *wgtypes.Device) {
	up := d.up
	*d = *newOpenBSDDevice()
	d.Device, d.up = *from, up
	for _, p := range from.Peers {
		peer := d.create(p.PublicKey)
		peer.Peer = p
		peer.AllowedIPs = nil
		for _, prefix := range p.AllowedIPs {
			d.add(peer, prefix)
		}
	}
}

func (d *openBSDDevice) find(k wgtypes.PublicKey) *openBSDKernelPeer {
	for _, p := range d.peers {
		if p.PublicKey == k {
			return p
		}
	}
	return nil
}

func (d *openBSDDevice) create(k wgtypes.PublicKey) *openBSDKernelPeer {
	p := &openBSDKernelPeer{Peer: wgtypes.Peer{PublicKey: k}}
	d.peers = append(d.peers, p)
	return p
}

func (d *openBSDDevice) destroy(p *openBSDKernelPeer) {
	d.removeAllowedIPs(p)
	d.peers = slices.DeleteFunc(d.peers, func(other *openBSDKernelPeer) bool { return other == p })
}

func (d *openBSDDevice) destroyAll() {
	d.peers = nil
	clear(d.owners)
}

func (d *openBSDDevice) removeAllowedIPs(p *openBSDKernelPeer) {
	for _, prefix := range p.AllowedIPs {
		delete(d.owners, prefix.Masked())
	}
	p.AllowedIPs = nil
}

// add gives a prefix to p. A prefix that p has already stays where it is in the list.
func (d *openBSDDevice) add(p *openBSDKernelPeer, prefix netip.Prefix) {
	masked := prefix.Masked()
	owner := d.owners[masked]
	if owner == p {
		return
	}
	if owner != nil {
		i := slices.IndexFunc(owner.AllowedIPs, func(other netip.Prefix) bool {
			return other.Bits() == masked.Bits() && other.Masked() == masked
		})
		owner.AllowedIPs = slices.Delete(owner.AllowedIPs, i, i+1)
	}
	d.owners[masked] = p
	p.AllowedIPs = append(p.AllowedIPs, prefix)
}
