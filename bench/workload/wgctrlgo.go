package workload

import (
	"net"

	wgctrlgo "golang.zx2c4.com/wireguard/wgctrl/wgtypes"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// WgctrlGo returns c in the type of wgctrl-go.
func WgctrlGo(c wgtypes.Config) wgctrlgo.Config {
	out := wgctrlgo.Config{
		PrivateKey:   new(wgctrlgo.Key(c.PrivateKey.Bytes())),
		ListenPort:   new(int(*c.ListenPort)),
		FirewallMark: new(int(*c.FirewallMark)),
		ReplacePeers: c.ReplacePeers,
	}
	for i := range c.Peers {
		from := &c.Peers[i]
		p := wgctrlgo.PeerConfig{
			PublicKey:                   wgctrlgo.Key(from.PublicKey),
			Endpoint:                    net.UDPAddrFromAddrPort(from.Endpoint),
			PersistentKeepaliveInterval: from.PersistentKeepalive,
		}
		if from.PresharedKey != nil {
			p.PresharedKey = new(wgctrlgo.Key(from.PresharedKey.Bytes()))
		}
		for _, prefix := range from.AllowedIPs {
			p.AllowedIPs = append(p.AllowedIPs, net.IPNet{
				IP: prefix.Addr().AsSlice(), Mask: net.CIDRMask(prefix.Bits(), prefix.Addr().BitLen()),
			})
		}
		out.Peers = append(out.Peers, p)
	}
	return out
}
