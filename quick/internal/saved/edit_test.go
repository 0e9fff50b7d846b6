package saved_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/quick/internal/saved"
	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// The keys of the tests, which belong to nothing.
const (
	privateKey = "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk="
	keyA       = "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg="
	keyB       = "TrMvSoP4jYQlY6RIzBgbssQqY3vxI2Pi+y71lOWWXX0="
	keyC       = "gN65BkIKy1eCE9pP1wdc8ROUtkHLF2PfAqYdyYBz6EA="
	psk        = "/UwcSPg38hW/D9Y3tcS1FOV0K1wuURMbS0sesJEP5ak="
)

const text = `# Office tunnel
[Interface]
  PrivateKey=` + privateKey + ` # do not share
Address = 10.0.0.1/24, fd00::1/64
Address = 10.9.9.9/32 # extra
ListenPort = 51820
DNS = 10.0.0.53, example.com lan
Table = 1234
MTU = 1400
SaveConfig = true
PostUp = iptables -A FORWARD -i %i -j ACCEPT && echo "a\\b & c" # keep
PreDown = sed -i 's/\(x\)/&\1\\/' /tmp/x

# Alice
[Peer]
PublicKey = ` + keyA + `
AllowedIPs = 10.0.0.2/32,   10.1.0.7/16
Endpoint = alice.example.com:51820
# a note below the key

# Bob's router
[peer] # Bob
publickey = ` + keyB + `
PresharedKey = ` + psk + `
AllowedIPs = 10.0.0.3/32
AllowedIPs = fd00::3/128, fd00:3::/48 # nets
Endpoint = 192.0.2.3:7
PersistentKeepalive = off
`

// running returns the State after the text was applied to a new device, and alice
// was resolved to 192.0.2.1.
func running(t *testing.T, text string) saved.State {
	t.Helper()
	s, err := wgconf.Parse("wg0.conf", []byte(text)).Settings(wgconf.DialectAWGQuick)
	if err != nil {
		t.Fatal(err)
	}
	state := saved.State{
		Addresses: append([]netip.Prefix(nil), s.Interface.Addresses...),
		MTU:       s.Interface.MTU,
		Lookup: func(host string) []netip.Addr {
			if host == "alice.example.com" {
				return []netip.Addr{netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("192.0.2.1")}
			}
			return nil
		},
	}
	for i := range s.Peers {
		if s.Peers[i].Endpoint.Host == "alice.example.com" {
			s.Peers[i].Endpoint.Host = "192.0.2.1"
		}
	}
	c, err := s.Config()
	if err != nil {
		t.Fatal(err)
	}
	state.Device = wginternal.Apply(&wgtypes.Device{Name: "wg0"}, c)
	return state
}

// TestEdit makes one change to the state at a time, and compares the lines that
// change.
func TestEdit(t *testing.T) {
	t.Parallel()
	prefix, endpoint := netip.MustParsePrefix, netip.MustParseAddrPort
	for _, tt := range []struct {
		name   string
		change func(*saved.State)
		want   string // lines removed and added
	}{
		{"nothing", func(*saved.State) {}, ""},
		{"order of addresses", func(s *saved.State) {
			s.Addresses[0], s.Addresses[2] = s.Addresses[2], s.Addresses[0]
		}, ""},
		{"private key", func(s *saved.State) {
			s.Device.PrivateKey = newPrivateKey(t, "2J3Q3l8S4qnZ3w4m3vJ0j8vXn2T5lH7o2q1x0mE4pXo=")
		}, `
-  PrivateKey=` + privateKey + ` # do not share
+  PrivateKey=2J3Q3l8S4qnZ3w4m3vJ0j8vXn2T5lH7o2q1x0mE4pXo= # do not share`},
		{"hidden private key", func(s *saved.State) { s.Device.PrivateKey = wgtypes.PrivateKey{} }, ""},
		{"no private key", func(s *saved.State) {
			s.Device.PrivateKey, s.Device.PublicKey = wgtypes.PrivateKey{}, wgtypes.PublicKey{}
		}, `
-  PrivateKey=` + privateKey + ` # do not share`},
		{"port", func(s *saved.State) { s.Device.ListenPort = 7 }, `
-ListenPort = 51820
+ListenPort = 7`},
		{"mark", func(s *saved.State) { s.Device.FirewallMark = 7 }, `
+FwMark = 0x7`},
		{"chosen mark", func(s *saved.State) { s.Device.FirewallMark, s.ChosenMark = 51820, 51820 }, ""},
		{"other than the chosen mark", func(s *saved.State) { s.Device.FirewallMark, s.ChosenMark = 1, 51820 }, `
+FwMark = 0x1`},
		{"MTU", func(s *saved.State) { s.MTU = 1280 }, `
-MTU = 1400
+MTU = 1280`},
		{"address added", func(s *saved.State) { s.Addresses = append(s.Addresses, prefix("fe80::1/64")) }, `
+Address = fe80::1/64`},
		{"addresses removed", func(s *saved.State) { s.Addresses = s.Addresses[1:2] }, `
-Address = 10.0.0.1/24, fd00::1/64
-Address = 10.9.9.9/32 # extra
+Address = fd00::1/64`},
		{"allowed IP added", func(s *saved.State) {
			s.Device.Peers[0].AllowedIPs = append(s.Device.Peers[0].AllowedIPs, prefix("10.2.0.0/16"))
		}, `
-AllowedIPs = 10.0.0.2/32,   10.1.0.7/16
+AllowedIPs = 10.0.0.2/32, 10.1.0.7/16, 10.2.0.0/16`},
		{"allowed IP moved", func(s *saved.State) {
			s.Device.Peers[0].AllowedIPs = []netip.Prefix{prefix("10.1.0.0/16"), prefix("fd00:3::/48")}
			s.Device.Peers[1].AllowedIPs = s.Device.Peers[1].AllowedIPs[:2]
		}, `
-AllowedIPs = 10.0.0.2/32,   10.1.0.7/16
-AllowedIPs = fd00::3/128, fd00:3::/48 # nets
+AllowedIPs = 10.1.0.7/16, fd00:3::/48
+AllowedIPs = fd00::3/128 # nets`},
		{"no allowed IPs", func(s *saved.State) { s.Device.Peers[1].AllowedIPs = nil }, `
-AllowedIPs = 10.0.0.3/32
-AllowedIPs = fd00::3/128, fd00:3::/48 # nets`},
		{"no preshared key", func(s *saved.State) { s.Device.Peers[1].PresharedKey = wgtypes.PresharedKey{} }, `
-PresharedKey = ` + psk},
		{"keepalives", func(s *saved.State) {
			s.Device.Peers[0].PersistentKeepalive = 25 * time.Second
			s.Device.Peers[1].PersistentKeepalive = 15 * time.Second
		}, `
-PersistentKeepalive = off
+PersistentKeepalive = 25
+PersistentKeepalive = 15`},
		{"roamed within the addresses of the name", func(s *saved.State) { s.Device.Peers[0].Endpoint = endpoint("[2001:db8::1]:51820") }, ""},
		{"roamed", func(s *saved.State) { s.Device.Peers[0].Endpoint = endpoint("[2001:db8::2]:51820") }, `
-Endpoint = alice.example.com:51820
+Endpoint = [2001:db8::2]:51820`},
		{"roamed to another port", func(s *saved.State) { s.Device.Peers[0].Endpoint = endpoint("192.0.2.1:51821") }, `
-Endpoint = alice.example.com:51820
+Endpoint = 192.0.2.1:51821`},
		{"name that cannot be resolved", func(s *saved.State) { s.Lookup = nil }, ""},
		{"name that was never resolved", func(s *saved.State) { s.Device.Peers[0].Endpoint = netip.AddrPort{} }, ""},
		{"address roamed", func(s *saved.State) { s.Device.Peers[1].Endpoint = endpoint("192.0.2.4:8") }, `
-Endpoint = 192.0.2.3:7
+Endpoint = 192.0.2.4:8`},
		{"order of peers", func(s *saved.State) {
			s.Device.Peers[0], s.Device.Peers[1] = s.Device.Peers[1], s.Device.Peers[0]
		}, ""},
		{"first peer removed", func(s *saved.State) { s.Device.Peers = s.Device.Peers[1:] }, `
-# Alice
-[Peer]
-PublicKey = ` + keyA + `
-AllowedIPs = 10.0.0.2/32,   10.1.0.7/16
-Endpoint = alice.example.com:51820
-# a note below the key
-`},
		{"peer added", func(s *saved.State) {
			s.Device.Peers = append(s.Device.Peers, wgtypes.Peer{PublicKey: newPublicKey(t, keyC), AllowedIPs: []netip.Prefix{prefix("10.0.0.9/32")}})
		}, `
+
+[Peer]
+PublicKey = ` + keyC + `
+AllowedIPs = 10.0.0.9/32`},
		{"last peer replaced", func(s *saved.State) { s.Device.Peers[1] = wgtypes.Peer{PublicKey: newPublicKey(t, keyC)} }, `
-# Bob's router
-[peer] # Bob
-publickey = ` + keyB + `
-PresharedKey = ` + psk + `
-AllowedIPs = 10.0.0.3/32
-AllowedIPs = fd00::3/128, fd00:3::/48 # nets
-Endpoint = 192.0.2.3:7
-PersistentKeepalive = off
+[Peer]
+PublicKey = ` + keyC},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, end := range []string{"\n", "\r\n"} {
				text := strings.ReplaceAll(text, "\n", end)
				s := running(t, text)
				tt.change(&s)
				got := edit(t, text, s)
				if end == "\r\n" && strings.Count(got, "\n") != strings.Count(got, "\r\n") {
					t.Errorf("Edit mixes line ends: %q", got)
				}
				if diff := changes(text, got); diff != tt.want {
					t.Errorf("Edit changed%s\nwant%s", diff, tt.want)
				}
			}
		})
	}
}

// TestEditUnusual edits files of other layouts.
func TestEditUnusual(t *testing.T) {
	t.Parallel()
	address := []netip.Prefix{netip.MustParsePrefix("10.0.0.1/24")}
	addA := func(s *saved.State) { s.Device.Peers = []wgtypes.Peer{{PublicKey: newPublicKey(t, keyA)}} }
	const peerA = "[Peer]\nPublicKey = " + keyA + "\n"
	for _, tt := range []struct {
		name, text string
		change     func(*saved.State)
		want       string
	}{
		{"empty file", "", addA, "\n" + peerA},
		{"empty file with address", "", func(s *saved.State) { s.Addresses = address }, "[Interface]\nAddress = 10.0.0.1/24\n\n"},
		{"no line feed at the end", "[Interface]", func(s *saved.State) { s.Device.ListenPort = 1 }, "[Interface]\nListenPort = 1\n"},
		{"no line feed, peer", "[Interface]\nListenPort = 1", addA, "[Interface]\nListenPort = 1\n\n" + peerA},
		{
			"only [Peer]", peerA, func(s *saved.State) { s.Device.ListenPort, s.Device.FirewallMark, s.Addresses = 1, 2, address },
			"[Interface]\nAddress = 10.0.0.1/24\nListenPort = 1\nFwMark = 0x2\n\n" + peerA,
		},
		{
			"header that only wg(8) reads", "[ Interface ]\nListenPort = 1\n",
			func(s *saved.State) { s.Addresses, s.Device.ListenPort = address, 2 },
			"[Interface]\nAddress = 10.0.0.1/24\n\n[ Interface ]\nListenPort = 2\n",
		},
		{
			"several [Interface]", "[Interface]\nListenPort = 1\n[Interface]\nListenPort = 2\n",
			func(s *saved.State) { s.Device.ListenPort = 3 }, "[Interface]\nListenPort = 1\n[Interface]\nListenPort = 3\n",
		},
		{
			"several sections of a peer", peerA + "Endpoint = alice.example.com:51820\n\n" + peerA + "AllowedIPs = 10.0.0.1/32\n",
			func(*saved.State) {}, peerA + "Endpoint = alice.example.com:51820\nAllowedIPs = 10.0.0.1/32\n",
		},
		{
			"incremental list", peerA + "AllowedIPs = +10.0.0.1/32, -10.0.0.2/32\n", func(*saved.State) {},
			peerA + "AllowedIPs = +10.0.0.1/32, -10.0.0.2/32\n",
		},
		{
			"changed incremental list", peerA + "AllowedIPs = +10.0.0.1/32, -10.0.0.2/32\n",
			func(s *saved.State) {
				s.Device.Peers[0].AllowedIPs = append(s.Device.Peers[0].AllowedIPs, netip.MustParsePrefix("10.0.0.2/32"))
			},
			peerA + "AllowedIPs = 10.0.0.1/32, 10.0.0.2/32\n",
		},
		{
			"port 0", "[Interface]\nListenPort = 0 # any\n", func(s *saved.State) { s.Device.ListenPort, s.ChosenPort = 40000, 40000 },
			"[Interface]\nListenPort = 0 # any\n",
		},
		{"no port", "[Interface]\n", func(s *saved.State) { s.Device.ListenPort, s.ChosenPort = 40000, 40000 }, "[Interface]\n"},
		{"no MTU", "[Interface]\n", func(s *saved.State) { s.MTU = 1420 }, "[Interface]\n"},
		{
			"address twice", "[Interface]\nAddress = 10.0.0.1/24, 10.0.0.1/24\n", func(*saved.State) {},
			"[Interface]\nAddress = 10.0.0.1/24, 10.0.0.1/24\n",
		},
		{
			"address twice, another added", "[Interface]\nAddress = 10.0.0.1/24, 10.0.0.1/24\n",
			func(s *saved.State) { s.Addresses = append(s.Addresses, netip.MustParsePrefix("fd00::1/64")) },
			"[Interface]\nAddress = 10.0.0.1/24\nAddress = fd00::1/64\n",
		},
		{
			"parameter of AmneziaWG", "[Interface]\nJc = 4 # four\nJmin = 10\nJmax = 20\nS1 = 15\n",
			func(s *saved.State) { s.Device.Amnezia.Jc, s.Device.Amnezia.S1, s.Device.Amnezia.S2 = 5, 0, 7 },
			"[Interface]\nJc = 5 # four\nJmin = 10\nJmax = 20\nS2 = 7\n",
		},
		{
			"device that does not show parameters of AmneziaWG", "[Interface]\nJc = 4\n",
			func(s *saved.State) { s.Device.Amnezia, s.Device.ListenPort = nil, 1 }, "[Interface]\nJc = 4\nListenPort = 1\n",
		},
		{
			"comments apart from the removed peer", "# a\n\n# b\n" + peerA + "\n# c\n\n# d\n[Peer]\nPublicKey = " + keyB + "\n",
			func(s *saved.State) { s.Device.Peers = s.Device.Peers[1:] }, "# a\n\n# c\n\n# d\n[Peer]\nPublicKey = " + keyB + "\n",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := running(t, tt.text)
			tt.change(&s)
			if got := edit(t, tt.text, s); got != tt.want {
				t.Errorf("Edit(%q) = %q, want %q", tt.text, got, tt.want)
			}
		})
	}
}

// TestEditErrors shows that a file with errors is not edited.
func TestEditErrors(t *testing.T) {
	t.Parallel()
	f := wgconf.Parse("wg0.conf", []byte("[Interface]\nListenPort = x\n"))
	got, err := saved.Edit(f, wgconf.DialectWGQuick, saved.State{Device: new(wgtypes.Device)})
	if err == nil {
		t.Errorf("Edit = %v, want an error", got)
	}
}

// TestNew shows a text that is not made from a file.
func TestNew(t *testing.T) {
	t.Parallel()
	s := running(t, "[Interface]\nListenPort = 1\n[Peer]\nPublicKey = "+keyA+"\n")
	base := &wgconf.Settings{Interface: wgconf.Interface{PostUp: []string{`a && b \\ & c`}, Search: []string{"lan"}}}
	got := string(saved.New("wg0.conf", base, s).AppendTo(nil))
	want := "[Interface]\nDNS = lan\nPostUp = a && b \\\\ & c\nListenPort = 1\n\n[Peer]\nPublicKey = " + keyA + "\n"
	if got != want {
		t.Errorf("New = %q, want %q", got, want)
	}
}

// edit returns the edited text, and expects that a second edit changes nothing.
func edit(t *testing.T, text string, s saved.State) string {
	t.Helper()
	f, err := saved.Edit(wgconf.Parse("wg0.conf", []byte(text)), wgconf.DialectAWGQuick, s)
	if err != nil {
		t.Fatalf("Edit(%q) = %v, want no error", text, err)
	}
	got := string(f.AppendTo(nil))
	again, err := saved.Edit(f, wgconf.DialectAWGQuick, s)
	if err != nil {
		t.Fatalf("second Edit(%q) = %v, want no error", got, err)
	}
	if diff := cmp.Diff(got, string(again.AppendTo(nil))); diff != "" {
		t.Errorf("second Edit (-before +after):\n%s", diff)
	}
	return got
}

// changes returns the lines that only a has, and those that only b has, without
// carriage returns.
func changes(a, b string) string {
	var out strings.Builder
	count := make(map[string]int)
	for l := range strings.Lines(b) {
		count[l]++
	}
	for l := range strings.Lines(a) {
		if count[l]--; count[l] < 0 {
			out.WriteString("\n-" + strings.TrimRight(l, "\r\n"))
		}
	}
	clear(count)
	for l := range strings.Lines(a) {
		count[l]++
	}
	for l := range strings.Lines(b) {
		if count[l]--; count[l] < 0 {
			out.WriteString("\n+" + strings.TrimRight(l, "\r\n"))
		}
	}
	return out.String()
}

func newPrivateKey(t *testing.T, s string) wgtypes.PrivateKey {
	t.Helper()
	k, err := wgtypes.ParsePrivateKey(s)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func newPublicKey(t *testing.T, s string) wgtypes.PublicKey {
	t.Helper()
	k, err := wgtypes.ParsePublicKey(s)
	if err != nil {
		t.Fatal(err)
	}
	return k
}
