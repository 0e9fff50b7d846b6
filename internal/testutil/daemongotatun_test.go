package testutil_test

import (
	"encoding/base64"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// hexOf returns a key whose bytes are all b.
func hexOf(b byte) string { return strings.Repeat(fmt.Sprintf("%02x", b), wgtypes.KeyLen) }

func base64Of(b byte) string {
	return base64.StdEncoding.EncodeToString([]byte(strings.Repeat(string(rune(b)), wgtypes.KeyLen)))
}

// settings describes the settings of d in one line, with peers sorted by key.
func settings(d *testutil.Daemon) string {
	text := []string{fmt.Sprintf("port %d mark %d", d.Device.ListenPort, d.Device.FirewallMark)}
	for _, p := range testutil.Settled(d.Device).Peers {
		psk := p.PresharedKey.Bytes()
		text = append(text, strings.TrimSpace(fmt.Sprintf("peer %d psk %d %v keepalive %d %v",
			p.PublicKey[0], psk[0], p.Endpoint, p.PersistentKeepalive/time.Second, p.AllowedIPs)))
	}
	return strings.Join(text, ", ")
}

// keyed returns a daemon with a private key and peer 1, which has every setting and a
// session, and peer 2.
func keyed(implementation testutil.Implementation) *testutil.Daemon {
	d := newDaemon(implementation)
	d.Device.ListenPort, d.Device.FirewallMark = 7, 8
	d.Device.Peers = []wgtypes.Peer{
		{
			PublicKey: testutil.RepeatedKey(1), PresharedKey: wgtypes.NewPresharedKey(testutil.RepeatedKey(9)), Endpoint: endpoint,
			PersistentKeepalive: 25 * time.Second, LastHandshake: time.Unix(1_700_000_000, 6), ReceiveBytes: 5, TransmitBytes: 6,
			AllowedIPs: testutil.Prefixes("10.1.0.0/16"),
		},
		{PublicKey: testutil.RepeatedKey(2), AllowedIPs: testutil.Prefixes("10.2.0.0/16")},
	}
	return d
}

const (
	keyedSettings = "port 7 mark 8, " + peer1Settings + ", " + peer2Settings
	peer1Settings = "peer 1 psk 9 192.0.2.1:51820 keepalive 25 [10.1.0.0/16]"
	peer2Settings = "peer 2 psk 0 invalid AddrPort keepalive 0 [10.2.0.0/16]"
)

// TestGotaTunFraming checks how the stream of a connection becomes requests.
func TestGotaTunFraming(t *testing.T) {
	t.Parallel()
	const ok, refused = "errno=0\n\n", "errno=22\n\n"
	for name, test := range map[string]struct {
		text, sent string
		mark       uint32
	}{
		"many requests":                  {"set=1\nfwmark=1\n\nset=1\nfwmark=2\n\n", ok + ok, 2},
		"empty lines first":              {"\n\n\nset=1\nfwmark=1\n\n", ok, 1},
		"CR LF":                          {"set=1\r\nfwmark=1\r\n\r\nset=1\nfwmark=3\n\n", ok + ok, 3},
		"end of the stream":              {"set=1\nfwmark=1\n", ok, 1},
		"end in the middle of a line":    {"set=1\nfwmark=1", ok, 1},
		"only the operation":             {"set=1", ok, 8},
		"invalid UTF-8 ends the stream":  {"set=1\nfwmark=1\nlisten_port=\xff\n\nset=1\nfwmark=2\n\n", ok, 1},
		"unknown operation":              {"sort=1\n\nset=1\nfwmark=1\n\n", "", 8},
		"another version":                {"set=2\n\n", "", 8},
		"unknown key":                    {"set=1\nfwmark=1\nhello=1\n\n", "", 8},
		"unknown key, then a request":    {"set=1\nhello=1\n\nset=1\nfwmark=1\n\n", "", 8},
		"no value":                       {"set=1\nfwmark\n\n", "", 8},
		"a key twice":                    {"set=1\nfwmark=1\nfwmark=1\n\n", "", 8},
		"errno keeps the connection":     {"set=1\nprotocol_version=2\n\nset=1\nfwmark=1\n\n", refused + ok, 1},
		"get with something":             {"get=1\nfwmark=1\n\n", "", 8},
		"nothing":                        {"", "", 8},
		"only empty lines":               {"\n\n", "", 8},
		"protocol version of the device": {"set=1\nprotocol_version=1\n\n", ok, 8},
		"protocol version of a peer":     {"set=1\npublic_key=" + hexOf(1) + "\nprotocol_version=1\n\n", "", 8},
		"key of the device after a peer": {"set=1\npublic_key=" + hexOf(1) + "\nfwmark=1\n\n", "", 8},
		"a DAITA key":                    {"set=1\npublic_key=" + hexOf(1) + "\ndaita_enable=1\n\n", "", 8},
	} {
		d := keyed(testutil.GotaTun)
		if got := d.Converse(test.text); got != test.sent || d.Device.FirewallMark != test.mark {
			t.Errorf("%s: Converse(%q) = %q with mark %d, want %q with mark %d", name, test.text, got, d.Device.FirewallMark, test.sent, test.mark)
		}
	}
	d := keyed(testutil.GotaTun)
	if got := d.Converse("get=1\n\nget=1\n\n"); strings.Count(got, "errno=0\n\n") != 2 {
		t.Errorf("Converse of two get requests = %q, want two replies", got)
	}
}

// TestGotaTunValues checks the values of keys. A line that GotaTun does not understand
// leaves the device as it is, with all other lines of the request.
func TestGotaTunValues(t *testing.T) {
	t.Parallel()
	const same = keyedSettings
	peer2 := func(text string) string { return "port 7 mark 8, " + peer1Settings + ", peer 2 " + text }
	in1, in2 := "public_key="+hexOf(1)+"\n", "public_key="+hexOf(2)+"\n"
	for _, test := range []struct{ lines, want string }{ // no want: the connection is closed
		{"listen_port=+5", strings.Replace(same, "port 7", "port 5", 1)},
		{"listen_port=0", strings.Replace(same, "port 7", "port 49152", 1)},
		{"listen_port=65536", ""}, {"listen_port=-1", ""}, {"listen_port=", ""}, {"listen_port=0x5", ""}, {"listen_port=++5", ""},
		{"fwmark=", strings.Replace(same, "mark 8", "mark 0", 1)},
		{"fwmark=0", strings.Replace(same, "mark 8", "mark 0", 1)},
		{"fwmark=4294967296", ""},
		{"replace_peers=true", "port 7 mark 8"},
		{"replace_peers=false", ""}, {"replace_peers=1", ""},
		{"private_key=" + hexOf(3)[1:], ""}, {"private_key=" + strings.Repeat("x", 64), ""}, {"private_key=", ""},
		{"public_key=" + base64Of(2) + "\nremove=true", "port 7 mark 8, " + peer1Settings},
		{"public_key=" + strings.TrimSuffix(base64Of(2), "=") + "\nremove=true", "port 7 mark 8, " + peer1Settings},
		{"public_key=" + strings.Repeat("!", 44), strings.Replace(same, "8, ", "8, peer 0 psk 0 invalid AddrPort keepalive 0 [], ", 1)}, // the zero key
		{"public_key=" + hexOf(1)[2:], ""},
		{in2 + "preshared_key=" + hexOf(4), peer2("psk 4 invalid AddrPort keepalive 0 [10.2.0.0/16]")},
		{in1 + "preshared_key=" + hexOf(0), strings.Replace(same, "psk 9", "psk 0", 1)},
		{in1 + "preshared_key=", strings.Replace(same, "psk 9", "psk 0", 1)},
		{in2 + "endpoint=[fe80::1%2]:5", peer2("psk 0 [fe80::1%2]:5 keepalive 0 [10.2.0.0/16]")},
		{in2 + "endpoint=[fe80::1%lo]:5", ""}, {in2 + "endpoint=localhost:5", ""}, {in2 + "endpoint=", ""},
		{in2 + "persistent_keepalive_interval=65535", peer2("psk 0 invalid AddrPort keepalive 65535 [10.2.0.0/16]")},
		{in1 + "persistent_keepalive_interval=0", strings.Replace(same, "keepalive 25", "keepalive 0", 1)},
		{in2 + "persistent_keepalive_interval=65536", ""}, {in2 + "persistent_keepalive_interval=1-2", ""},
		{in2 + "allowed_ip=10.9.0.0/16", peer2("psk 0 invalid AddrPort keepalive 0 [10.2.0.0/16 10.9.0.0/16]")},
		{in2 + "allowed_ip=10.9.0.0/16\nallowed_ip=10.9.0.0/16", peer2("psk 0 invalid AddrPort keepalive 0 [10.2.0.0/16 10.9.0.0/16]")},
		{in2 + "allowed_ip=-10.2.0.0/16", ""}, {in2 + "allowed_ip=10.0.0.0/33", ""},
		{in2 + "replace_allowed_ips=true", peer2("psk 0 invalid AddrPort keepalive 0 []")},
		{in2 + "allowed_ip=10.9.0.0/16\nreplace_allowed_ips=true", peer2("psk 0 invalid AddrPort keepalive 0 [10.9.0.0/16]")}, // in any position
		{in2 + "replace_allowed_ips=false", ""}, {in2 + "remove=false", ""}, {in2 + "update_only=false", ""},
		{in2 + "allowed_ip=10.9.0.0/16\nremove=true", "port 7 mark 8, " + peer1Settings},
		{"public_key=" + hexOf(3) + "\nremove=true", same},
		{"public_key=" + hexOf(3) + "\nallowed_ip=10.1.0.0/16\nupdate_only=true", same},
		{in2 + "remove=true\nremove=true", ""}, {in2 + "endpoint=192.0.2.1:1\nendpoint=192.0.2.1:1", ""},
		{in2 + "endpoint=192.0.2.1:1\n" + in2 + "endpoint=192.0.2.1:2", peer2("psk 0 192.0.2.1:2 keepalive 0 [10.2.0.0/16]")}, // two blocks
		{"fwmark=1\nlisten_port=1\n" + in2 + "hello=1", ""},
	} {
		d := keyed(testutil.GotaTun)
		reply, want, wantReply := string(d.Reply("set=1\n"+test.lines+"\n\n")), test.want, "errno=0\n\n"
		if want == "" {
			want, wantReply = same, ""
		}
		if got := settings(d); reply != wantReply || got != want {
			t.Errorf("Reply(%q) = %q with %s, want %q with %s", test.lines, reply, got, wantReply, want)
		}
	}
}

// TestGotaTunOrder checks that a request is executed in a fixed order: all peers are
// replaced first, and a private key at the end of the device's lines is set before peers.
func TestGotaTunOrder(t *testing.T) {
	t.Parallel()
	d := keyed(testutil.GotaTun)
	d.Device.PrivateKey, d.Device.PublicKey, d.Device.Peers = wgtypes.PrivateKey{}, wgtypes.PublicKey{}, nil
	text := "set=1\nfwmark=1\nreplace_peers=true\nprivate_key=" + hexOf(3) + "\npublic_key=" + hexOf(4) + "\n\n"
	if got := d.Converse(text); got != "errno=0\n\n" || len(d.Device.Peers) != 1 {
		t.Errorf("Converse(%q) = %q with %s, want errno 0 and one peer", text, got, settings(d))
	}
	text = "set=1\nfwmark=5\nprotocol_version=2\nreplace_peers=true\n\n"
	if got := d.Converse(text); got != "errno=22\n\n" || d.Device.FirewallMark != 1 || len(d.Device.Peers) != 1 {
		t.Errorf("Converse(%q) = %q with %s, want errno 22 and no change", text, got, settings(d))
	}
}

// TestGotaTunPeer checks what a block does to a peer: even an empty one ends its session.
func TestGotaTunPeer(t *testing.T) {
	t.Parallel()
	for implementation, want := range map[testutil.Implementation]string{
		testutil.GotaTun:    keyedSettings,
		testutil.OldGotaTun: "port 7 mark 8, peer 1 psk 0 invalid AddrPort keepalive 0 [10.1.0.0/16], " + peer2Settings,
	} {
		d := keyed(implementation)
		d.DAITA = map[wgtypes.PublicKey][]string{testutil.RepeatedKey(1): {"daita_enable=1", "daita_machine=x="}}
		d.Reply("set=1\npublic_key=" + hexOf(1) + "\n\n")
		if got := settings(d); got != want {
			t.Errorf("implementation %d: settings after an empty block = %s, want %s", implementation, got, want)
		}
		if p := d.Device.Peers[0]; !p.LastHandshake.IsZero() || p.ReceiveBytes != 0 || p.TransmitBytes != 0 {
			t.Errorf("implementation %d: peer after an empty block = %+v, want neither handshake nor traffic", implementation, p)
		}
		const daita = "tx_bytes=0\ndaita_enable=1\ndaita_machine=x=\nallowed_ip=10.1.0.0/16\n"
		if got := string(d.Reply(testutil.GetRequest)); !strings.Contains(got, daita) {
			t.Errorf("implementation %d: Reply of get = %q, want %q in it", implementation, got, daita)
		}
		own := d.Device.PublicKey
		d.Reply(fmt.Sprintf("set=1\npublic_key=%x\n\n", own[:]))
		if got := len(d.Device.Peers); got != 3 {
			t.Errorf("implementation %d: peers after the device's own key = %d, want 3", implementation, got)
		}
	}
}

// TestGotaTunCrash checks that GotaTun answers nothing after a crash, and that what it has
// done before the crash stays.
func TestGotaTunCrash(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		implementation testutil.Implementation
		hasKey         bool
		lines          string
		fault          string
	}{
		{testutil.GotaTun, false, "public_key=" + hexOf(3), "a peer before a private key"},
		{testutil.GotaTun, false, "public_key=" + hexOf(3) + "\nupdate_only=true", ""},
		{testutil.GotaTun, false, "public_key=" + hexOf(3) + "\nremove=true", ""},
		{testutil.GotaTun, false, "private_key=" + hexOf(0) + "\npublic_key=" + hexOf(3), ""}, // a zero key is a key
		{testutil.GotaTun, true, "public_key=" + hexOf(3) + "\npreshared_key=" + hexOf(0), ""},
		{testutil.OldGotaTun, true, "public_key=" + hexOf(3) + "\npreshared_key=" + hexOf(0), "a zero preshared key"},
	} {
		d := keyed(test.implementation)
		if !test.hasKey {
			d.Device.PrivateKey, d.Device.PublicKey, d.Device.Peers = wgtypes.PrivateKey{}, wgtypes.PublicKey{}, nil
		}
		got := d.Converse("set=1\nfwmark=1\n" + test.lines + "\n\nget=1\n\n")
		if crashed := test.fault != ""; crashed != (got == "") || crashed != slices.Equal(d.Faults, []string{test.fault}) || d.Device.FirewallMark != 1 {
			t.Errorf("implementation %d: Converse(%q) = %q with faults %q and mark %d, want fault %q and mark 1",
				test.implementation, test.lines, got, d.Faults, d.Device.FirewallMark, test.fault)
		}
		if again := d.Converse("get=1\n\n"); (test.fault != "") != (again == "") {
			t.Errorf("implementation %d: Converse(get) after %q = %q, want nothing after a crash", test.implementation, test.lines, again)
		}
	}
}

// TestGotaTunZeroKey checks that a zero private key is installed and reported.
func TestGotaTunZeroKey(t *testing.T) {
	t.Parallel()
	d := keyed(testutil.GotaTun)
	got := d.Converse("set=1\nprivate_key=" + hexOf(0) + "\n\nget=1\n\n")
	if want := "errno=0\n\nprivate_key=" + hexOf(0) + "\n"; !strings.HasPrefix(got, want) {
		t.Errorf("Converse = %q, want %q first", got, want)
	}
	unclamped := hexOf(0xff)
	got = d.Converse("set=1\nprivate_key=" + unclamped + "\n\nget=1\n\n")
	if want := "errno=0\n\nprivate_key=" + unclamped + "\n"; !strings.HasPrefix(got, want) {
		t.Errorf("Converse = %q, want %q first", got, want)
	}
}

// TestDaemonPrefixMoves moves the prefix of peer 1 to peer 2. Peer 1 still lists it, and
// takes it back when it is configured, except in boringtun, where it cannot be.
func TestDaemonPrefixMoves(t *testing.T) {
	t.Parallel()
	moved := netip.MustParsePrefix("10.1.0.0/16")
	d := keyed(testutil.GotaTun)
	for i, step := range []struct {
		lines    string
		unrouted int
		first    string // the list of peer 1
	}{
		{"public_key=" + hexOf(2) + "\nallowed_ip=10.1.0.0/16", 1, "[10.1.0.0/16]"},
		{"public_key=" + hexOf(1), 1, "[10.1.0.0/16]"},                     // peer 1 has it again, peer 2 lists it
		{"public_key=" + hexOf(1) + "\nreplace_allowed_ips=true", 1, "[]"}, // nobody has it
		{"public_key=" + hexOf(2), 0, "[]"},                                // peer 2 has it
		{"public_key=" + hexOf(1) + "\nallowed_ip=10.1.0.0/16\npublic_key=" + hexOf(2) + "\nremove=true", 0, "[10.1.0.0/16]"},
	} {
		if got := d.Converse("set=1\n" + step.lines + "\n\n"); got != "errno=0\n\n" {
			t.Errorf("step %d: Converse = %q, want errno 0", i, got)
		}
		if got, first := d.Unrouted(), fmt.Sprint(d.Device.Peers[0].AllowedIPs); len(got) != step.unrouted || first != step.first {
			t.Errorf("step %d: unrouted = %v and peer 1 has %s, want %d and %s", i, got, first, step.unrouted, step.first)
		}
	}
	d = keyed(testutil.Boringtun)
	d.Converse("set=1\npublic_key=" + hexOf(3) + "\nallowed_ip=10.1.0.0/16\n\n")
	if diff := cmp.Diff([]netip.Prefix{moved}, d.Unrouted(), equal); diff != "" || !slices.Contains(d.Device.Peers[0].AllowedIPs, moved) {
		t.Errorf("unrouted prefixes of boringtun (-want +got):\n%s", diff)
	}
}

// TestGotaTunSockets checks when GotaTun opens its sockets again, and that a failure
// leaves the new settings stored but no sockets.
func TestGotaTunSockets(t *testing.T) {
	t.Parallel()
	d := keyed(testutil.GotaTun)
	d.BusyPorts = map[uint16]bool{9: true}
	newPeer := "public_key=" + hexOf(3) + "\n"
	for i, step := range []struct {
		lines, reply string
		port         uint16
		mark         uint32
	}{
		{"listen_port=9\nfwmark=10\n" + newPeer, "errno=22\n\n", 0, 10},
		{"listen_port=9\nfwmark=10\n", "errno=0\n\n", 0, 10}, // unchanged, so nothing is opened
		{newPeer, "errno=0\n\n", 0, 10},
		{"fwmark=11\n", "errno=22\n\n", 0, 11}, // tries again
		{"listen_port=8\n", "errno=0\n\n", 8, 11},
		{"private_key=" + hexOf(0x50) + "\n", "errno=0\n\n", 8, 11},
		{"listen_port=9\n", "errno=22\n\n", 0, 11},
		{"private_key=" + hexOf(0x50) + "\n", "errno=0\n\n", 0, 11}, // the same key
		{"private_key=" + hexOf(0x60) + "\n", "errno=22\n\n", 0, 11},
	} {
		if got := string(d.Reply("set=1\n" + step.lines + "\n")); got != step.reply || d.Device.ListenPort != step.port || d.Device.FirewallMark != step.mark {
			t.Errorf("step %d: Reply(%q) = %q with port %d and mark %d, want %q, %d and %d",
				i, step.lines, got, d.Device.ListenPort, d.Device.FirewallMark, step.reply, step.port, step.mark)
		}
	}
	if got := len(d.Device.Peers); got != 3 {
		t.Errorf("peers = %d, want 3: the one of the failed change was stored", got)
	}
}

// TestGotaTunGet checks the whole reply, whose peers are in random order.
func TestGotaTunGet(t *testing.T) {
	t.Parallel()
	const peer = "rx_bytes=5\ntx_bytes=6\nallowed_ip=10.0.0.0/8\nallowed_ip=10.1.0.0/16\nallowed_ip=fd00::/8\n"
	first := "public_key=" + hexOf(1) + "\npreshared_key=" + hexOf(9) + "\nendpoint=192.0.2.1:51820\npersistent_keepalive_interval=25\n"
	for implementation, handshake := range map[testutil.Implementation]string{
		testutil.GotaTun:    "last_handshake_time_sec=1700000000\nlast_handshake_time_nsec=6\n",
		testutil.OldGotaTun: "last_handshake_time_sec=",
	} {
		d := keyed(implementation)
		d.Device.Peers = d.Device.Peers[:1]
		d.Device.Peers[0].AllowedIPs = testutil.Prefixes("fd00::/8", "10.1.0.0/16", "10.0.0.0/8")
		if implementation == testutil.OldGotaTun {
			d.Device.Peers[0].LastHandshake = time.Now().Add(-5 * time.Second) // it reports the age
		}
		got := string(d.Reply(testutil.GetRequest))
		key := daemonKey.Bytes()
		want := fmt.Sprintf("private_key=%x\nlisten_port=7\nfwmark=8\n", key[:]) + first + handshake
		if !strings.HasPrefix(got, want) || !strings.HasSuffix(got, "\n"+peer+"errno=0\n\n") {
			t.Errorf("implementation %d: Reply(get) = %q, want %q and then %q", implementation, got, want, peer)
		}
		if implementation == testutil.OldGotaTun && strings.Contains(got, "last_handshake_time_sec=17") {
			t.Errorf("Reply(get) = %q, want the age of the handshake", got)
		}
	}
	d := &testutil.Daemon{Implementation: testutil.GotaTun, Device: &wgtypes.Device{}}
	if got, want := string(d.Reply(testutil.GetRequest)), "listen_port=0\nerrno=0\n\n"; got != want {
		t.Errorf("Reply(get) of a device without settings = %q, want %q", got, want)
	}
	d = keyed(testutil.GotaTun)
	orders := make(map[bool]bool)
	for range 20 {
		reply := string(d.Reply(testutil.GetRequest))
		orders[strings.Index(reply, hexOf(1)) < strings.Index(reply, hexOf(2))] = true
	}
	if len(orders) != 2 {
		t.Errorf("orders of peers in 20 replies = %v, want both", orders)
	}
}
