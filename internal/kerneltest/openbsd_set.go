package kerneltest

import (
	"syscall"

	"github.com/wgctrl/wgctrl/internal/wgopenbsd"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// maxOpenBSDPeers is MAX_PEERS_PER_IFACE.
const maxOpenBSDPeers = 1 << 20

// set applies a request.
func (k *OpenBSD) set(d *openBSDDevice, data []byte) error {
	if k.unprivileged {
		return syscall.EPERM
	}
	k.requests++
	c, err := k.ParseSet(data)
	if err != nil {
		return k.fault("set: %v", err)
	}
	if c.ReplacePeers {
		d.destroyAll()
	}
	if c.PrivateKey != nil {
		d.setKey(*c.PrivateKey)
	}
	if err := k.setPort(d, c); err != nil {
		return err
	}
	for i := 0; i < len(c.Peers); i++ {
		removed, err := d.setPeer(c.Peers[i])
		if err != nil {
			return err
		}
		if removed && k.structs.peerFlags&openBSDPeerSetDescription == 0 {
			// Old kernels read the same record again, with the same result, instead of
			// those that follow.
			break
		}
	}
	return nil
}

// setKey changes the private key. It removes the peer that has the new public key.
func (d *openBSDDevice) setKey(private wgtypes.PrivateKey) {
	if private.Equal(d.PrivateKey) {
		return
	}
	d.PrivateKey, d.PublicKey = wgtypes.PrivateKey{}, wgtypes.PublicKey{}
	if private.IsZero() {
		return
	}
	d.PrivateKey = private.Clamped()
	d.PublicKey = d.PrivateKey.PublicKey()
	if p := d.find(d.PublicKey); p != nil {
		d.destroy(p)
	}
}

// maxRTable is RT_TABLEID_MAX.
const maxRTable = 255

// setPort changes the port and the mark. OpenBSD stores both or none of them; DragonFly
// BSD stores the port first.
func (k *OpenBSD) setPort(d *openBSDDevice, c wgtypes.Config) error {
	port, mark := d.ListenPort, d.FirewallMark
	if c.ListenPort != nil {
		port = *c.ListenPort
	}
	if c.FirewallMark != nil {
		mark = *c.FirewallMark
	}
	if d.up {
		if port != d.ListenPort {
			if port != 0 && k.usedPorts[port] {
				return syscall.EADDRINUSE
			}
			port = k.choosePort(port)
		}
		if mark > maxRTable && k.config.OS == wgopenbsd.OpenBSD {
			return syscall.EINVAL
		}
	}
	d.ListenPort, d.FirewallMark = port, mark
	return nil
}

// choosePort returns port, or the first free one if port is 0.
func (k *OpenBSD) choosePort(port uint16) uint16 {
	if port != 0 {
		return port
	}
	port = 49152
	for k.usedPorts[port] {
		port++
	}
	return port
}

// setPeer applies the settings of a peer. It reports whether it only removed or skipped
// the peer.
func (d *openBSDDevice) setPeer(c wgtypes.PeerConfig) (removed bool, err error) {
	if !d.PublicKey.IsZero() && c.PublicKey == d.PublicKey {
		return true, nil
	}
	p := d.find(c.PublicKey)
	if p == nil {
		if c.Remove || c.UpdateOnly {
			return true, nil
		}
		if len(d.peers) == maxOpenBSDPeers {
			return false, syscall.ENOMEM
		}
		p = d.create(c.PublicKey)
	}
	if c.Remove {
		d.destroy(p)
		return true, nil
	}
	if c.Endpoint.IsValid() {
		p.Endpoint = c.Endpoint
	}
	if c.PresharedKey != nil {
		p.PresharedKey = *c.PresharedKey
	}
	if c.PersistentKeepalive != nil {
		p.PersistentKeepalive = *c.PersistentKeepalive
	}
	if c.ReplaceAllowedIPs {
		d.removeAllowedIPs(p)
	}
	for _, prefix := range c.AllowedIPs {
		d.add(p, prefix)
	}
	return false, nil
}
