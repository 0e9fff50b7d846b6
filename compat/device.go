package wgctrl

import (
	"net"
	"net/netip"
	"runtime"
	"time"

	libtypes "github.com/wgctrl/wgctrl/wgtypes"
	"golang.zx2c4.com/wireguard/wgctrl/wgtypes"
)

func oldDevice(d *libtypes.Device) *wgtypes.Device {
	old := &wgtypes.Device{
		Name:         d.Name,
		Type:         oldType(d.Kind),
		PrivateKey:   d.PrivateKey.Bytes(),
		PublicKey:    wgtypes.Key(d.PublicKey),
		ListenPort:   int(d.ListenPort),
		FirewallMark: int(d.FirewallMark),
	}
	if len(d.Peers) == 0 {
		return old
	}
	old.Peers = make([]wgtypes.Peer, len(d.Peers))
	for i := range d.Peers {
		old.Peers[i] = oldPeer(&d.Peers[i], d.Kind)
	}
	return old
}

func oldType(k libtypes.Kind) wgtypes.DeviceType {
	switch k {
	case libtypes.KindKernel:
		return kernelType(runtime.GOOS)
	case libtypes.KindUserspace:
		return wgtypes.Userspace
	}
	return wgtypes.Unknown
}

// kernelType returns the type of a kernel device of the operating system goos. It is
// Unknown for DragonFly BSD and NetBSD, which have none in wgctrl-go.
func kernelType(goos string) wgtypes.DeviceType {
	switch goos {
	case "linux":
		return wgtypes.LinuxKernel
	case "openbsd":
		return wgtypes.OpenBSDKernel
	case "freebsd":
		return wgtypes.FreeBSDKernel
	case "windows":
		return wgtypes.WindowsKernel
	}
	return wgtypes.Unknown
}

func oldPeer(p *libtypes.Peer, k libtypes.Kind) wgtypes.Peer {
	return wgtypes.Peer{
		PublicKey:                   wgtypes.Key(p.PublicKey),
		PresharedKey:                p.PresharedKey.Bytes(),
		Endpoint:                    oldEndpoint(p.Endpoint, k),
		PersistentKeepaliveInterval: p.PersistentKeepalive,
		LastHandshakeTime:           oldTime(p.LastHandshake),
		ReceiveBytes:                int64(p.ReceiveBytes),
		TransmitBytes:               int64(p.TransmitBytes),
		AllowedIPs:                  oldAllowedIPs(p.AllowedIPs),
		ProtocolVersion:             p.ProtocolVersion,
	}
}

// oldEndpoint returns an IPv4 address in 16 bytes for userspace devices and in 4
// bytes for others, like wgctrl-go.
func oldEndpoint(e netip.AddrPort, k libtypes.Kind) *net.UDPAddr {
	if !e.IsValid() {
		return nil
	}
	ip := net.IP(e.Addr().AsSlice())
	if k == libtypes.KindUserspace {
		ip = ip.To16()
	}
	return &net.UDPAddr{IP: ip, Port: int(e.Port()), Zone: e.Addr().Zone()}
}

// oldTime returns t in the local zone. The zero time stays the zero value.
func oldTime(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.Local()
}

func oldAllowedIPs(prefixes []netip.Prefix) []net.IPNet {
	if len(prefixes) == 0 {
		return nil
	}
	nets := make([]net.IPNet, len(prefixes))
	for i, p := range prefixes {
		nets[i] = net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}
	}
	return nets
}
