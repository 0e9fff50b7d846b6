package testutil_test

import (
	"bytes"
	"fmt"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/wgtypes"
)

var (
	equal     = cmp.Options{cmpopts.EquateComparable(netip.Prefix{}, netip.AddrPort{}), cmpopts.EquateEmpty()}
	daemonKey = wgtypes.NewPrivateKey([wgtypes.KeyLen]byte{0x48, 31: 0x40})
	endpoint  = netip.MustParseAddrPort("192.0.2.1:51820")
)

// newDaemon returns a daemon with a private key and the peers 1 and 2.
func newDaemon(implementation testutil.Implementation) *testutil.Daemon {
	return &testutil.Daemon{Implementation: implementation, Device: &wgtypes.Device{
		PrivateKey: daemonKey, PublicKey: daemonKey.PublicKey(),
		Peers: []wgtypes.Peer{
			{PublicKey: wgtypes.PublicKey{1}, LastHandshake: time.Unix(1_700_000_000, 0), ReceiveBytes: 5, TransmitBytes: 6},
			{PublicKey: wgtypes.PublicKey{2}, ProtocolVersion: 1, AllowedIPs: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}},
		},
	}}
}

func peers(list ...wgtypes.PeerConfig) wgtypes.Config { return wgtypes.Config{Peers: list} }

// set sends c and checks the reply.
func set(t *testing.T, d *testutil.Daemon, c wgtypes.Config, want string) {
	t.Helper()
	request := string(uapi.AppendSet(nil, c))
	if got := string(d.Reply(request)); got != want {
		t.Errorf("Reply(%q) = %q, want %q", request, got, want)
	}
}

// TestBoringtunCarriesOver checks each field that boringtun keeps from one peer
// of a request to the next.
func TestBoringtunCarriesOver(t *testing.T) {
	t.Parallel()
	psk, otherPSK := wgtypes.NewPresharedKey([wgtypes.KeyLen]byte{7}), wgtypes.NewPresharedKey([wgtypes.KeyLen]byte{8})
	other := netip.MustParseAddrPort("192.0.2.2:1")
	first := wgtypes.PeerConfig{
		PublicKey: wgtypes.PublicKey{3}, PresharedKey: &psk, Endpoint: endpoint, PersistentKeepalive: new(25 * time.Second),
		AllowedIPs: []netip.Prefix{netip.MustParsePrefix("10.3.0.0/16")},
	}
	second, own, last := wgtypes.PeerConfig{PublicKey: wgtypes.PublicKey{4}}, first, wgtypes.PeerConfig{PublicKey: wgtypes.PublicKey{6}}
	own.PublicKey, own.PresharedKey, own.Endpoint, own.PersistentKeepalive = wgtypes.PublicKey{5}, &otherPSK, other, new(time.Second)
	own.AllowedIPs = nil
	d := newDaemon(testutil.Boringtun)
	d.Device.Peers = nil
	set(t, d, peers(first, second, own, last), "errno=0\n\n")
	want := []wgtypes.Peer{
		{PublicKey: first.PublicKey, PresharedKey: psk, Endpoint: endpoint, PersistentKeepalive: 25 * time.Second, AllowedIPs: first.AllowedIPs},
		{PublicKey: second.PublicKey, PresharedKey: psk, Endpoint: endpoint, PersistentKeepalive: 25 * time.Second},
		{PublicKey: own.PublicKey, PresharedKey: otherPSK, Endpoint: other, PersistentKeepalive: time.Second},
		{PublicKey: last.PublicKey, PresharedKey: otherPSK, Endpoint: other, PersistentKeepalive: time.Second},
	}
	for i := range want {
		want[i].ProtocolVersion = 1
	}
	if diff := cmp.Diff(want, d.Device.Peers, equal); diff != "" {
		t.Errorf("peers after a request with four (-want +got):\n%s", diff)
	}
	set(t, d, peers(wgtypes.PeerConfig{PublicKey: first.PublicKey, Remove: true}, wgtypes.PeerConfig{PublicKey: second.PublicKey}), "errno=0\n\n")
	if diff := cmp.Diff(want[2:], d.Device.Peers, equal); diff != "" {
		t.Errorf("peers after a removal and a peer in one request (-want +got):\n%s", diff)
	}
	if d.Faults != nil {
		t.Errorf("Faults = %q, want none", d.Faults)
	}
}

func TestDaemonFaults(t *testing.T) {
	t.Parallel()
	prefix := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	newPeer := peers(wgtypes.PeerConfig{PublicKey: wgtypes.PublicKey{3}})
	withKey := newPeer
	withKey.PrivateKey = &daemonKey
	for _, test := range []struct {
		implementation testutil.Implementation
		hasKey         bool
		change         wgtypes.Config
		faults         int
		crashes        bool
	}{
		{testutil.Boringtun, true, newPeer, 0, false},
		{testutil.Boringtun, true, peers(newPeer.Peers[0], newPeer.Peers[0]), 1, true},
		{testutil.Boringtun, false, newPeer, 1, true},
		{testutil.Boringtun, false, withKey, 0, false},
		{testutil.Boringtun, true, peers(wgtypes.PeerConfig{PublicKey: wgtypes.PublicKey{1}}), 1, true},
		{testutil.Boringtun, true, peers(wgtypes.PeerConfig{PublicKey: wgtypes.PublicKey{1}, Remove: true}), 0, false},
		{testutil.Boringtun, true, wgtypes.Config{ReplacePeers: true, Peers: []wgtypes.PeerConfig{{PublicKey: wgtypes.PublicKey{1}}}}, 0, false},
		{testutil.Boringtun, true, peers(wgtypes.PeerConfig{PublicKey: wgtypes.PublicKey{3}, UpdateOnly: true}), 1, false},
		{testutil.Boringtun, true, peers(wgtypes.PeerConfig{PublicKey: wgtypes.PublicKey{3}, ReplaceAllowedIPs: true}), 1, false},
		{testutil.Boringtun, true, peers(wgtypes.PeerConfig{PublicKey: wgtypes.PublicKey{3}, RemoveAllowedIPs: prefix}), 1, false},
		{testutil.GotaTun, false, newPeer, 1, true},
		{testutil.GotaTun, false, withKey, 0, false},
		{testutil.GotaTun, true, peers(wgtypes.PeerConfig{PublicKey: wgtypes.PublicKey{1}}), 0, false},
		{testutil.GotaTun, false, peers(wgtypes.PeerConfig{PublicKey: wgtypes.PublicKey{3}, UpdateOnly: true}), 0, false},
		{testutil.GotaTun, false, peers(wgtypes.PeerConfig{PublicKey: wgtypes.PublicKey{3}, Remove: true}), 0, false},
		{testutil.WireguardGo, false, newPeer, 0, false},
	} {
		d := newDaemon(test.implementation)
		if !test.hasKey {
			d.Device.PrivateKey, d.Device.PublicKey = wgtypes.PrivateKey{}, wgtypes.PublicKey{}
		}
		request := uapi.AppendSet(nil, test.change)
		reply := d.Reply(string(request))
		if len(d.Faults) != test.faults {
			t.Errorf("implementation %d, key %t: Faults after %q = %q, want %d", test.implementation, test.hasKey, request, d.Faults, test.faults)
		}
		if test.crashes != (reply == nil) {
			t.Errorf("implementation %d, key %t: Reply(%q) = %q, want none: %t", test.implementation, test.hasKey, request, reply, test.crashes)
		}
		if again := d.Reply(testutil.GetRequest); test.crashes != (again == nil) {
			t.Errorf("implementation %d, key %t: Reply after %q = %q, want none: %t", test.implementation, test.hasKey, request, again, test.crashes)
		}
	}
}

// TestUnparsedLine sends a line that removes a single allowed IP, after one that
// every implementation knows.
func TestUnparsedLine(t *testing.T) {
	t.Parallel()
	change := peers(wgtypes.PeerConfig{PublicKey: wgtypes.PublicKey{2}, RemoveAllowedIPs: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}})
	change.ListenPort = new(uint16(7))
	for _, test := range []struct {
		implementation testutil.Implementation
		reply          string
		port           uint16
		prefixes       int
	}{
		{testutil.WireguardGo, "errno=0\n\n", 7, 0},
		{testutil.OldWireguardGo, string(uapi.AppendErrno(nil, syscall.EINVAL)), 7, 1},
		{testutil.GotaTun, "", 0, 1},
	} {
		d := newDaemon(test.implementation)
		set(t, d, change, test.reply)
		if got := d.Device; got.ListenPort != test.port || len(got.Peers[1].AllowedIPs) != test.prefixes {
			t.Errorf("implementation %d: port = %d, allowed IPs = %v, want port %d and %d allowed IPs",
				test.implementation, got.ListenPort, got.Peers[1].AllowedIPs, test.port, test.prefixes)
		}
	}
}

func TestUnknownRequest(t *testing.T) {
	t.Parallel()
	errno := func(errno syscall.Errno, sign string) string {
		return strings.Replace(string(uapi.AppendErrno(nil, errno)), "-", sign, 1)
	}
	for _, test := range []struct {
		implementation testutil.Implementation
		request, want  string
	}{
		{testutil.WireguardGo, "sort=1\n\n", ""},
		{testutil.Boringtun, "sort=1\n\n", errno(syscall.EIO, "")},
		{testutil.GotaTun, "sort=1\n\n", ""},
		{testutil.WireguardGo, "set=1\nhello=1\n\n", errno(syscall.EINVAL, "-")},
		{testutil.Boringtun, "set=1\nhello=1\n\n", errno(syscall.EINVAL, "")},
		{testutil.GotaTun, "set=1\nhello=1\n\n", ""},
		// This tells GotaTun from others.
		{testutil.WireguardGo, "set=1\nprotocol_version=1\n\n", errno(syscall.EINVAL, "-")},
		{testutil.Boringtun, "set=1\nprotocol_version=1\n\n", errno(syscall.EINVAL, "")},
		{testutil.GotaTun, "set=1\nprotocol_version=1\n\n", "errno=0\n\n"},
	} {
		if got := string(newDaemon(test.implementation).Reply(test.request)); got != test.want {
			t.Errorf("implementation %d: Reply(%q) = %q, want %q", test.implementation, test.request, got, test.want)
		}
	}
}

func TestDaemonErrno(t *testing.T) {
	t.Parallel()
	for implementation, want := range map[testutil.Implementation]string{
		testutil.WireguardGo: "errno=-22\n\n", testutil.OldWireguardGo: "errno=-22\n\n",
		testutil.Boringtun: "errno=22\n\n", testutil.GotaTun: "errno=22\n\n",
	} {
		if got := string(newDaemon(implementation).Errno(syscall.EINVAL)); got != want {
			t.Errorf("implementation %d: Errno(EINVAL) = %q, want %q", implementation, got, want)
		}
	}
}

// TestGotaTunEndsSession configures one of two peers with a session.
func TestGotaTunEndsSession(t *testing.T) {
	t.Parallel()
	d := newDaemon(testutil.GotaTun)
	set(t, d, peers(wgtypes.PeerConfig{PublicKey: wgtypes.PublicKey{2}}), "errno=0\n\n")
	if p := d.Device.Peers[0]; p.LastHandshake.IsZero() || p.ReceiveBytes != 5 || p.TransmitBytes != 6 {
		t.Errorf("peer that was not configured = %+v, want its handshake and traffic", p)
	}
	set(t, d, peers(wgtypes.PeerConfig{PublicKey: wgtypes.PublicKey{1}}), "errno=0\n\n")
	if p := d.Device.Peers[0]; !p.LastHandshake.IsZero() || p.ReceiveBytes != 0 || p.TransmitBytes != 0 {
		t.Errorf("peer that was configured = %+v, want neither handshake nor traffic", p)
	}
}

func TestDaemonGet(t *testing.T) {
	t.Parallel()
	for implementation, want := range map[testutil.Implementation][]string{
		testutil.WireguardGo: {"private_key", "public_key", "preshared_key", "protocol_version", "persistent_keepalive_interval", "allowed_ip", "errno"},
		testutil.Boringtun:   {"own_public_key", "public_key", "allowed_ip", "errno"},
		testutil.GotaTun:     {"private_key", "listen_port", "public_key", "allowed_ip", "errno"},
	} {
		d := newDaemon(implementation)
		d.Device.Peers = d.Device.Peers[1:]
		reply := d.Reply(testutil.GetRequest)
		if _, err := uapi.ParseDevice(bytes.NewReader(reply), time.Time{}); err != nil {
			t.Errorf("implementation %d: ParseDevice(%q) = %v, want nil", implementation, reply, err)
		}
		var got []string
		for line := range strings.Lines(string(reply)) {
			key, value, _ := strings.Cut(line, "=")
			if key != "\n" && !strings.HasPrefix(key, "last_handshake") && !strings.HasSuffix(key, "_bytes") {
				got = append(got, key)
			}
			if want := fmt.Sprintf("%x\n", d.Device.PublicKey[:]); key == "own_public_key" && value != want {
				t.Errorf("own_public_key = %q, want %q", value, want)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("implementation %d: keys of %q (-want +got):\n%s", implementation, reply, diff)
		}
	}
}
