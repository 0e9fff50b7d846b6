package wgconf

import "testing"

func TestDistance(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"wg0", "wg0", 0}, {"wg0", "wg1", 1}, {"wg", "wg1", 1}, {"", "wg", 2},
		{"gw0", "wg0", 2}, {"home", "homes", 1}, {"kitten", "sitten", 1}, {"", "long", mostWrong + 1},
	} {
		if got := distance(test.a, test.b); got != test.want {
			t.Errorf("distance(%q, %q) = %d, want %d", test.a, test.b, got, test.want)
		}
		if got := distance(test.b, test.a); got != test.want {
			t.Errorf("%q to %q: %d, want %d", test.b, test.a, got, test.want)
		}
	}
}

func TestSuggest(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"privatkey": "PrivateKey", "AllowedIP": "AllowedIPs", "MT": "MTU", "mtu": "MTU", "Adress": "Address", "ENDPOINTS": "Endpoint",
		"": "", "x": "", "office": "", "M": "", "Jm": "", "S9": "", "AmneziaJmin": "Jmin", "FirewallMark": "", "Key": "", "IPs": "", "DN": "DNS", "PSK": "PresharedKey", "psk": "PresharedKey",
		"Keepalive": "PersistentKeepalive", "persistent_keepalive": "PersistentKeepalive", "Persistent-Keepalive": "PersistentKeepalive",
		"DNS1": "DNS", "DNSServers": "DNS", "dns_server": "DNS", "Addresses": "Address", "IPAddress": "Address", "Addr": "Address",
		"AllowedIPv4": "AllowedIPs", "allowed": "AllowedIPs", "private_key": "PrivateKey", "PeerPublicKey": "PublicKey", "PreShared": "PresharedKey",
		"Port": "ListenPort", "Listen": "ListenPort", "Endpoints": "Endpoint", "PeerEndpoint": "Endpoint", "Post-Up": "PostUp",
	} {
		if got := suggest(given, DialectAWG.allKeys()); got != want {
			t.Errorf("suggest(%q) = %q, want %q", given, got, want)
		}
	}
}
