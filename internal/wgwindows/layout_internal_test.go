package wgwindows

import "testing"

// TestLayout compares the constants with the layout that clang gives the driver's structs
// for x86_64, i686 and aarch64. docs/testing.md says how to run clang.
func TestLayout(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name      string
		got, want uint32
	}{
		{"WG_IOCTL_INTERFACE.Flags", ifFlags, 0},
		{"WG_IOCTL_INTERFACE.ListenPort", ifListenPort, 4},
		{"WG_IOCTL_INTERFACE.PrivateKey", ifPrivateKey, 6},
		{"WG_IOCTL_INTERFACE.PublicKey", ifPublicKey, 38},
		{"WG_IOCTL_INTERFACE.PeersCount", ifPeersCount, 72},
		{"sizeof(WG_IOCTL_INTERFACE)", ifSize, 80},
		{"WG_IOCTL_PEER.Flags", peerFlags, 0},
		{"WG_IOCTL_PEER.ProtocolVersion", peerProtocolVersion, 4},
		{"WG_IOCTL_PEER.PublicKey", peerPublicKey, 8},
		{"WG_IOCTL_PEER.PresharedKey", peerPresharedKey, 40},
		{"WG_IOCTL_PEER.PersistentKeepalive", peerKeepalive, 72},
		{"WG_IOCTL_PEER.Endpoint", peerEndpoint, 76},
		{"WG_IOCTL_PEER.TxBytes", peerTxBytes, 104},
		{"WG_IOCTL_PEER.RxBytes", peerRxBytes, 112},
		{"WG_IOCTL_PEER.LastHandshake", peerLastHandshake, 120},
		{"WG_IOCTL_PEER.AllowedIPsCount", peerAllowedIPsCount, 128},
		{"sizeof(WG_IOCTL_PEER)", peerSize, 136},
		{"WG_IOCTL_ALLOWED_IP.Address", ipAddress, 0},
		{"WG_IOCTL_ALLOWED_IP.AddressFamily", ipFamily, 16},
		{"WG_IOCTL_ALLOWED_IP.Cidr", ipCidr, 18},
		{"WG_IOCTL_ALLOWED_IP.Flags", ipFlags, 20},
		{"sizeof(WG_IOCTL_ALLOWED_IP)", ipSize, 24},
		{"sockaddr_in6.sin6_family", sockFamily, 0},
		{"sockaddr_in6.sin6_port", sockPort, 2},
		{"sockaddr_in.sin_addr", sockAddr4, 4},
		{"sockaddr_in6.sin6_addr", sockAddr6, 8},
		{"sockaddr_in6.sin6_scope_id", sockScope, 24},
		{"sizeof(SOCKADDR_INET)", sockSize, 28},
		{"WG_IOCTL_GET", ioctlGet, 0xb098c506},
		{"WG_IOCTL_SET", ioctlSet, 0xb098c509},
	} {
		if c.got != c.want {
			t.Errorf("%s = %#x, want %#x", c.name, c.got, c.want)
		}
	}
}

func TestHasRemovalFlag(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]bool{
		"0.11": true, "0.11.0.0": true, "0.12.1": true, "1.0": true, "1.0.0.0": true, "10.0": true,
		"0.10.1": false, "0.10": false, "0.9.9.9": false, "0.1": false,
		"": false, "1": false, "11": false, "1.x": false, "v1.0": false, "1.0 beta": false, "1..0": false, "-1.0": false,
		"+1.0": false, "1.4294967296": false,
	} {
		if got := hasRemovalFlag(version); got != want {
			t.Errorf("hasRemovalFlag(%q) = %t, want %t", version, got, want)
		}
	}
}

// TestRemovesAllowedIPs checks that one old adapter is enough to distrust the flag: its
// driver stays loaded.
func TestRemovesAllowedIPs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		versions []string
		want     bool
	}{
		{[]string{"1.0"}, true}, {[]string{"1.0", "0.11"}, true}, {[]string{"1.0", "0.10.1"}, false}, {[]string{"", "1.0"}, false},
	} {
		var adapters []Adapter
		for _, v := range c.versions {
			adapters = append(adapters, Adapter{Version: v})
		}
		if got := removesAllowedIPs(adapters); got != c.want {
			t.Errorf("removesAllowedIPs(%q) = %t, want %t", c.versions, got, c.want)
		}
	}
}
