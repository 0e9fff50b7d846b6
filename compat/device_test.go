package wgctrl

import (
	"net/netip"
	"reflect"
	"runtime"
	"testing"
	"time"

	libtypes "github.com/wgctrl/wgctrl/wgtypes"
	"golang.zx2c4.com/wireguard/wgctrl/wgtypes"
)

func fullDevice() *libtypes.Device {
	return &libtypes.Device{
		Name: "wg0", Index: 7, Kind: libtypes.KindUserspace,
		PrivateKey: libtypes.NewPrivateKey(key), PublicKey: libtypes.PublicKey{4}, ListenPort: 51820, FirewallMark: 0x1234,
		Peers: []libtypes.Peer{{
			PublicKey: libtypes.PublicKey{5}, PresharedKey: libtypes.NewPresharedKey(key), Endpoint: netip.MustParseAddrPort("[fe80::1%eth0]:1"),
			PersistentKeepalive: 25 * time.Second, LastHandshake: time.Unix(1, 2).UTC(), ReceiveBytes: 1, TransmitBytes: 2,
			AllowedIPs: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::/0")}, ProtocolVersion: 1,
		}},
	}
}

// TestEveryDeviceField checks that oldDevice converts every field.
func TestEveryDeviceField(t *testing.T) {
	t.Parallel()
	d := oldDevice(fullDevice())
	isSet(t, *d)
	p := d.Peers[0]
	if d.Name != "wg0" || d.Type != wgtypes.Userspace || d.PrivateKey != key || d.PublicKey != (wgtypes.Key{4}) ||
		d.ListenPort != 51820 || d.FirewallMark != 0x1234 {
		t.Errorf("oldDevice() = %+v, want the values of %+v", d, fullDevice())
	}
	if p.PublicKey != (wgtypes.Key{5}) || p.PresharedKey != key || p.Endpoint.String() != "[fe80::1%eth0]:1" ||
		p.PersistentKeepaliveInterval != 25*time.Second || p.LastHandshakeTime != time.Unix(1, 2) ||
		p.ReceiveBytes != 1 || p.TransmitBytes != 2 || p.ProtocolVersion != 1 ||
		len(p.AllowedIPs) != 2 || p.AllowedIPs[0].String() != "10.0.0.0/8" || p.AllowedIPs[1].String() != "::/0" {
		t.Errorf("oldDevice() has the peer %+v, want the values of %+v", p, fullDevice().Peers[0])
	}
}

// TestNothing checks that unknown values are nil or zero.
func TestNothing(t *testing.T) {
	t.Parallel()
	d := oldDevice(&libtypes.Device{Peers: []libtypes.Peer{{}}})
	if want := (&wgtypes.Device{Peers: []wgtypes.Peer{{}}}); !reflect.DeepEqual(d, want) {
		t.Errorf("oldDevice() = %+v, want %+v", d, want)
	}
	d = oldDevice(&libtypes.Device{Kind: libtypes.KindKernel, Peers: []libtypes.Peer{}})
	if want := (&wgtypes.Device{Type: kernelType(runtime.GOOS)}); !reflect.DeepEqual(d, want) {
		t.Errorf("oldDevice() = %+v, want %+v", d, want)
	}
}

// TestKernelType checks the types of kernel devices, which wgctrl-go distinguishes.
func TestKernelType(t *testing.T) {
	t.Parallel()
	for goos, want := range map[string]wgtypes.DeviceType{
		"linux": wgtypes.LinuxKernel, "openbsd": wgtypes.OpenBSDKernel, "freebsd": wgtypes.FreeBSDKernel,
		"windows": wgtypes.WindowsKernel, "dragonfly": wgtypes.Unknown, "netbsd": wgtypes.Unknown,
	} {
		if got := kernelType(goos); got != want {
			t.Errorf("kernelType(%q) = %v, want %v", goos, got, want)
		}
	}
}

// TestEndpointLength checks that the length of an IPv4 address depends on the
// device, as with the original.
func TestEndpointLength(t *testing.T) {
	t.Parallel()
	for kind, want := range map[libtypes.Kind]int{libtypes.KindKernel: 4, libtypes.KindUserspace: 16} {
		e := oldEndpoint(netip.MustParseAddrPort("192.0.2.1:0"), kind)
		if len(e.IP) != want || e.String() != "192.0.2.1:0" {
			t.Errorf("oldEndpoint() of a %v = %v with %d bytes, want 192.0.2.1:0 with %d", kind, e, len(e.IP), want)
		}
	}
}
